// Noise on a digit, and the machine removing it: the place on the plane that explains it best.

import { blendAtlas } from "../shared/atlas.js";
import { clamp } from "../shared/math.js";
import { PIXELS, SIDE } from "../shared/picture.js";

const REFINEMENTS = [1, 0.5, 0.25]; // steps, in tiles, by which the best place is refined
const VARIANCE = 0.1; // of the noise, of pixels in [0, 1]
const FRAME = 3; // pixels that a digit of MNIST's kind leaves empty, all around

// `noise`: 784 draws from the standard normal; `level`: their deviation, of pixels in [0, 1].
export function addNoise(picture, noise, level) {
  return Uint8Array.from(picture, (value, i) => clamp(value + 255 * level * noise[i], 0, 255));
}

// Gives `denoise(picture) -> place`: the most probable place under white noise and the prior,
// argmin |picture - decoded|^2 + VARIANCE |z|^2, first over the tiles, then between them. Noise that
// only adds (black cannot get blacker) is measured on the empty frame and taken off.
export function createDenoiser(atlas) {
  const { tiles, rows, columns } = atlas;
  const placeAt = (row, column) => [
    atlas.left + ((atlas.right - atlas.left) * column) / (columns - 1),
    atlas.top - ((atlas.top - atlas.bottom) * row) / (rows - 1),
  ];
  const penalty = ([x, y]) => VARIANCE * (x * x + y * y);
  const constants = new Float32Array(rows * columns);
  for (let tile = 0; tile < constants.length; tile++) {
    constants[tile] = -penalty(placeAt(Math.floor(tile / columns), tile % columns));
    for (let i = tile * PIXELS; i < (tile + 1) * PIXELS; i++) constants[tile] -= (tiles[i] / 255) ** 2;
  }
  const between = new Uint8Array(PIXELS);

  function score(picture, row, column) {
    const place = placeAt(row, column);
    blendAtlas(atlas, place, between);
    let sum = -penalty(place);
    for (let i = 0; i < PIXELS; i++) {
      const value = between[i] / 255;
      sum += value * (2 * picture[i] - value);
    }
    return sum;
  }

  function bestTile(picture) {
    let [best, tile] = [-Infinity, 0];
    for (let candidate = 0, at = 0; candidate < constants.length; candidate++) {
      let sum = 0;
      for (let i = 0; i < PIXELS; i++, at++) sum += picture[i] * tiles[at];
      sum = (2 * sum) / 255 + constants[candidate];
      if (sum > best) [best, tile] = [sum, candidate];
    }
    return { best, row: Math.floor(tile / columns), column: tile % columns };
  }

  return (noisy) => {
    const floor = frameMean(noisy);
    const picture = Float32Array.from(noisy, (value) => (value - floor) / 255);
    let { best, row, column } = bestTile(picture);
    for (const step of REFINEMENTS) {
      const [r, c] = [row, column];
      for (const dr of [-step, 0, step]) {
        for (const dc of [-step, 0, step]) {
          const value = score(picture, r + dr, c + dc);
          if (value > best) [best, row, column] = [value, r + dr, c + dc];
        }
      }
    }
    return placeAt(row, column);
  };
}

export function frameMean(picture) {
  let [sum, count] = [0, 0];
  for (let i = 0; i < PIXELS; i++) {
    const [row, column] = [Math.floor(i / SIDE), i % SIDE];
    if (Math.min(row, column, SIDE - 1 - row, SIDE - 1 - column) >= FRAME) continue;
    sum += picture[i];
    count++;
  }
  return sum / count;
}
