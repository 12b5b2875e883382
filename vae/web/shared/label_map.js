// The label map: which digit each place decodes to. Its packing is described in
// vae/inference/label_map.py.

import { clamp } from "./math.js";

const NONE = 15;
const CLEAR = 16;
const HOLE = 32;

// Bytes of the packed file -> {rows, columns, left, right, bottom, top, places}.
export function unpackLabelMap(bytes) {
  const end = bytes.indexOf(10);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  return { ...header, places: bytes.subarray(end + 1) };
}

// What is drawn at a place: {digit, or null where none could be named; isClear: the picture shows it
// clearly; isHole: it is like no real digit}.
export function labelAt({ rows, columns, left, right, bottom, top, places }, [x, y]) {
  const column = Math.round(clamp((x - left) / (right - left), 0, 1) * (columns - 1));
  const row = Math.round(clamp((top - y) / (top - bottom), 0, 1) * (rows - 1));
  const byte = places[row * columns + column];
  const digit = byte & NONE;
  return { digit: digit === NONE ? null : digit, isClear: Boolean(byte & CLEAR), isHole: Boolean(byte & HOLE) };
}
