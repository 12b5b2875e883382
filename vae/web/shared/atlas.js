// The atlas: the decoded plane as tiles of 28x28 intensities on a grid, and the picture blended from
// the four tiles around a place. Its packing is described in vae/inference/atlas.py.

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

// The bilinear mixture of the four tiles around a place, 784 intensities, written into `out`.
export function blendAtlas(atlas, [x, y], out = new Uint8Array(PIXELS)) {
  const { tiles, rows, columns } = atlas;
  const u = clamp(((x - atlas.left) / (atlas.right - atlas.left)) * (columns - 1), 0, columns - 1);
  const v = clamp(((atlas.top - y) / (atlas.top - atlas.bottom)) * (rows - 1), 0, rows - 1);
  const column = Math.min(u | 0, columns - 2);
  const row = Math.min(v | 0, rows - 2);
  const [du, dv] = [u - column, v - row];
  const a = (row * columns + column) * PIXELS;
  const c = a + columns * PIXELS; // the row below
  const [b, d] = [a + PIXELS, c + PIXELS];
  const [wa, wb, wc, wd] = [(1 - du) * (1 - dv), du * (1 - dv), (1 - du) * dv, du * dv];
  for (let i = 0; i < PIXELS; i++) {
    out[i] = wa * tiles[a + i] + wb * tiles[b + i] + wc * tiles[c + i] + wd * tiles[d + i] + 0.5;
  }
  return out;
}
