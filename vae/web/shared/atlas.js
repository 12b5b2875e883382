// The atlas: the decoded plane as tiles of 28x28 intensities on a grid, and the picture blended from
// the tiles around a place. Its packing is described in vae/inference/atlas.py.

import { clamp } from "./math.js";
import { PIXELS } from "./picture.js";

// Bytes of the packed file -> {rows, columns, left, right, bottom, top, tiles}.
export async function unpackAtlas(bytes) {
  const end = bytes.indexOf(10);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  const body = new Blob([bytes.subarray(end + 1)]).stream();
  const inflated = body.pipeThrough(new DecompressionStream("deflate"));
  const steps = new Uint8Array(await new Response(inflated).arrayBuffer());
  return { ...header, tiles: integrate(steps, header.rows, header.columns) };
}

// Undo the differences along columns and rows, and gather each place's 784 pixels into one tile.
function integrate(steps, rows, columns) {
  const tiles = new Uint8Array(steps.length);
  const above = new Uint8Array(columns);
  for (let pixel = 0, from = 0; pixel < PIXELS; pixel++) {
    above.fill(0);
    for (let row = 0, to = pixel; row < rows; row++) {
      let left = 0;
      for (let column = 0; column < columns; column++, from++, to += PIXELS) {
        left = (left + steps[from]) & 255;
        above[column] += left;
        tiles[to] = above[column];
      }
    }
  }
  return tiles;
}

// The bicubic mixture of the 16 tiles around a place, 784 intensities, written into `out`. It is
// `blend` of vae/inference/plane.py.
export function blendAtlas(atlas, [x, y], out = new Uint8Array(PIXELS)) {
  const { tiles, rows, columns } = atlas;
  const across = cubicTaps((x - atlas.left) / (atlas.right - atlas.left), columns);
  const down = cubicTaps((atlas.top - y) / (atlas.top - atlas.bottom), rows);
  mixture.fill(0);
  for (const [row, high] of down) {
    for (const [column, wide] of across) {
      const weight = high * wide;
      const from = (row * columns + column) * PIXELS;
      for (let i = 0; i < PIXELS; i++) mixture[i] += weight * tiles[from + i];
    }
  }
  for (let i = 0; i < PIXELS; i++) out[i] = clamp(mixture[i] + 0.5, 0, 255);
  return out;
}

const mixture = new Float32Array(PIXELS); // shared by all blends

// The four grid lines around a position in [0, 1], each with its weight: [[line, weight], ...]. Weights
// of a Catmull-Rom spline; beyond the edge the grid goes on in a straight line.
function cubicTaps(position, count) {
  const scaled = clamp(position, 0, 1) * (count - 1);
  const first = Math.min(scaled | 0, count - 2);
  const t = scaled - first;
  const near = (t * (1 - t) ** 2) / 2;
  const far = (t ** 2 * (1 - t)) / 2;
  const weights = [-near, 1 - t + 2 * near - far, t + 2 * far - near, -far];
  if (first === 0) extend(weights, 0, 1, 2);
  if (first === count - 2) extend(weights, 3, 2, 1);
  return weights.map((weight, i) => [clamp(first - 1 + i, 0, count - 1), weight]);
}

function extend(weights, outer, edge, inner) {
  weights[edge] += 2 * weights[outer];
  weights[inner] -= weights[outer];
  weights[outer] = 0;
}
