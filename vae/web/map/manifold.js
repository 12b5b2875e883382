// The decoded plane as a picture under the dots: the closer one looks, the more digits it holds.

import { blendAtlas } from "../shared/atlas.js";
import { drawInk, PIXELS } from "../shared/picture.js";

const TILE = 34; // pixels a digit, at least
const STEPS = [0.01, 0.02, 0.05, 0.1, 0.125, 0.2, 0.25, 0.5, 1];

const values = new Uint8Array(PIXELS);

// Paint the part of the atlas in the frame; `isHidden(place)` tells which digits are left out.
export function paintManifold(canvas, frame, atlas, ink, isHidden) {
  const scale = window.devicePixelRatio || 1;
  canvas.width = frame.width * scale;
  canvas.height = frame.height * scale;
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  pen.imageSmoothingQuality = "high";
  const step = STEPS.find((size) => size * frame.unit >= TILE) ?? 2;
  const size = step * frame.unit;
  const [left, top] = frame.toPlane([0, 0]);
  const [right, bottom] = frame.toPlane([frame.width, frame.height]);
  for (const x of multiples(Math.max(left, atlas.left + step / 2), Math.min(right, atlas.right - step / 2), step)) {
    for (const y of multiples(Math.max(bottom, atlas.bottom + step / 2), Math.min(top, atlas.top - step / 2), step)) {
      if (isHidden([x, y])) continue;
      const picture = drawInk(blendAtlas(atlas, [x, y], values), ink);
      const [px, py] = frame.toPixel([x, y]);
      pen.drawImage(picture, px - size / 2, py - size / 2, size, size);
    }
  }
}

// The multiples of `step` from `low` to `high`.
function multiples(low, high, step) {
  const list = [];
  for (let k = Math.ceil(low / step - 1e-6); k * step <= high + 1e-6; k++) list.push(k * step);
  return list;
}
