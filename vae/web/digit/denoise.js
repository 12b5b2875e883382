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
  const between = new Uint8Array(PIXELS);

  // How well the picture that a place decodes to explains the noisy one, beside a constant.
  function score(noisy, decoded, [x, y]) {
    let sum = -VARIANCE * (x * x + y * y);
    for (let i = 0; i < PIXELS; i++) {
      const value = decoded[i] / 255;
      sum += value * (2 * noisy[i] - value);
    }
    return sum;
  }

  return (picture) => {
    const floor = frameMean(picture);
    const noisy = Float32Array.from(picture, (value) => (value - floor) / 255);
    let best = { score: -Infinity };

    function consider(row, column, tile) {
      const place = placeAt(row, column);
      const value = score(noisy, tile ?? blendAtlas(atlas, place, between), place);
      if (value > best.score) best = { score: value, row, column, place };
    }

    for (let i = 0; i < rows * columns; i++) {
      consider(Math.floor(i / columns), i % columns, tiles.subarray(i * PIXELS, (i + 1) * PIXELS));
    }
    for (const step of REFINEMENTS) {
      const { row, column } = best;
      for (const dr of [-step, 0, step]) for (const dc of [-step, 0, step]) consider(row + dr, column + dc);
    }
    return best.place;
  };
}

export function frameMean(picture) {
  const frame = picture.filter((_, i) => {
    const [row, column] = [Math.floor(i / SIDE), i % SIDE];
    return Math.min(row, column, SIDE - 1 - row, SIDE - 1 - column) < FRAME;
  });
  return frame.reduce((sum, value) => sum + value, 0) / frame.length;
}
