// The codes: where the model has put each test digit, and which codes are nearest to a place.
// Their packing is described in vae/inference/codes.py.

import { clamp } from "./math.js";

const CELLS = 64; // of the search grid, each way

// Bytes -> {count, x, y (float32), labels (uint8)}.
export function unpackCodes(bytes) {
  const { buffer, byteOffset } = bytes;
  const count = new DataView(buffer, byteOffset).getUint32(0, true);
  const floats = new Float32Array(buffer.slice(byteOffset + 4, byteOffset + 4 + 8 * count));
  const labels = bytes.slice(4 + 8 * count, 4 + 9 * count);
  return { count, x: floats.subarray(0, count), y: floats.subarray(count), labels };
}

// The indices of each digit's codes, digits in order: [[digit, indices], ...].
export const groupByDigit = (labels) =>
  [...Map.groupBy(labels.keys(), (i) => labels[i])].sort(([a], [b]) => a - b);

// Answers which codes lie nearest to a place: the codes are sorted into the cells of a grid, and
// rings of cells are searched outwards.
export function createIndex({ count, x, y, labels }) {
  const [left, right] = [Math.min(...x), Math.max(...x)];
  const [bottom, top] = [Math.min(...y), Math.max(...y)];
  const size = Math.max(right - left, top - bottom, 1e-6) / CELLS;
  const cellOf = (value, low) => clamp(Math.floor((value - low) / size), 0, CELLS - 1);
  const cells = Array.from({ length: CELLS * CELLS }, () => []);
  for (let i = 0; i < count; i++) cells[cellOf(y[i], bottom) * CELLS + cellOf(x[i], left)].push(i);

  // The k nearest codes as [squared distance, index], the nearest first.
  function nearest([px, py], k) {
    const [column, row] = [cellOf(px, left), cellOf(py, bottom)];
    // How far the place lies outside the grid: the rings are that much farther away.
    const outside = Math.hypot(px - clamp(px, left, right), py - clamp(py, bottom, top));
    const best = [];
    for (let ring = 0; ring < CELLS; ring++) {
      const reached = (ring - 1) * size - outside;
      if (best.length === k && reached > 0 && best[k - 1][0] < reached ** 2) break;
      for (const cell of ringCells(column, row, ring)) {
        for (const i of cells[cell]) insert(best, [(x[i] - px) ** 2 + (y[i] - py) ** 2, i], k);
      }
    }
    return best;
  }

  // The digits around a place: [[digit, share in [0, 1]], ...] among the k nearest, the largest share
  // first, and how far the k-th is, in units of z.
  function describe(place, k = 15) {
    const near = nearest(place, k);
    const votes = new Uint8Array(10);
    for (const [, i] of near) votes[labels[i]]++;
    const fractions = [...votes].map((count, digit) => [digit, count / near.length]).filter(([, share]) => share);
    fractions.sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    return { fractions, distance: Math.sqrt(near.at(-1)[0]) };
  }

  return { nearest, describe };
}

function insert(best, entry, k) {
  if (best.length === k && entry[0] >= best[k - 1][0]) return;
  let at = best.length;
  while (at > 0 && best[at - 1][0] > entry[0]) at--;
  best.splice(at, 0, entry);
  if (best.length > k) best.pop();
}

function* ringCells(column, row, ring) {
  for (let dy = -ring; dy <= ring; dy++) {
    const r = row + dy;
    if (r < 0 || r >= CELLS) continue;
    const step = Math.abs(dy) === ring ? 1 : 2 * ring || 1;
    for (let dx = -ring; dx <= ring; dx += step) {
      const c = column + dx;
      if (c >= 0 && c < CELLS) yield r * CELLS + c;
    }
  }
}
