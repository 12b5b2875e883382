// Dirt on a digit, and the machine cleaning it: the place on the plane that explains it best.

const SETTLE = [1, 0.5, 0.25]; // steps, in tiles, by which a cleaned digit's place is refined
const NOISE = 0.1; // its variance, of pixels in [0, 1]
const FRAME = 3; // pixels

function dirty(seen, noise, level) {
  return Uint8Array.from(seen, (value, i) => clamp(value + 255 * level * noise[i], 0, 255));
}

// The place whose picture is nearest to a dirty one: the likeliest under white noise. Noise that
// only adds (black cannot get blacker) is measured on the empty frame around the digit, and taken off.
function makeCleaner(atlas) {
  const { tiles, rows, columns } = atlas;
  const place = (row, column) => [
    atlas.left + ((atlas.right - atlas.left) * column) / (columns - 1),
    atlas.top - ((atlas.top - atlas.bottom) * row) / (rows - 1),
  ];
  const prior = ([x, y]) => NOISE * (x * x + y * y);
  const constant = new Float32Array(rows * columns);
  for (let tile = 0; tile < constant.length; tile++) {
    constant[tile] = -prior(place(Math.floor(tile / columns), tile % columns));
    for (let i = tile * PIXELS; i < (tile + 1) * PIXELS; i++) constant[tile] -= (tiles[i] / 255) ** 2;
  }
  const between = new Uint8Array(PIXELS);

  function score(picture, row, column) {
    const here = place(row, column);
    blendAtlas(atlas, ...here, between);
    let sum = -prior(here);
    for (let i = 0; i < PIXELS; i++) {
      const value = between[i] / 255;
      sum += value * (2 * picture[i] - value);
    }
    return sum;
  }

  return (seen) => {
    const floor = frameMean(seen);
    const picture = Float32Array.from(seen, (value) => (value - floor) / 255);
    let [best, row, column] = [-Infinity, 0, 0];
    for (let tile = 0, at = 0; tile < constant.length; tile++) {
      let sum = 0;
      for (let i = 0; i < PIXELS; i++, at++) sum += picture[i] * tiles[at];
      sum = (2 * sum) / 255 + constant[tile];
      if (sum > best) [best, row, column] = [sum, Math.floor(tile / columns), tile % columns];
    }
    for (const step of SETTLE) {
      const [r, c] = [row, column];
      for (const dr of [-step, 0, step]) {
        for (const dc of [-step, 0, step]) {
          const found = score(picture, r + dr, c + dc);
          if (found > best) [best, row, column] = [found, r + dr, c + dc];
        }
      }
    }
    return place(row, column);
  };
}

// The mean of the outer pixels, that a digit of MNIST's kind leaves empty.
function frameMean(picture) {
  let [sum, count] = [0, 0];
  for (let i = 0; i < PIXELS; i++) {
    const [row, column] = [Math.floor(i / SIDE), i % SIDE];
    if (Math.min(row, column, SIDE - 1 - row, SIDE - 1 - column) >= FRAME) continue;
    sum += picture[i];
    count++;
  }
  return sum / count;
}
