// A view: which part of the plane a box of pixels shows, with equal units both ways. Pure arithmetic.
//
// A view is {x, y, unit}: the place in the middle of the box, and pixels per unit of z.

import { clamp } from "../shared/math.js";

export const STEP = 1.5; // zoom of a key or a button
const CLOSEST = 60; // times the whole map
const ROOM = 1.04; // of the whole map's size, so that its edge is seen

// The view that shows all of `bounds` in a box of width x height pixels.
export function fitView({ left, right, bottom, top }, { width, height }) {
  const unit = Math.min(width / (right - left), height / (top - bottom)) / ROOM;
  return { x: (left + right) / 2, y: (bottom + top) / 2, unit };
}

// The nearest view that stays on the map and shows no more than all of it.
export function clampView(view, bounds, box) {
  const whole = fitView(bounds, box);
  const unit = clamp(view.unit, whole.unit, CLOSEST * whole.unit);
  const middle = (value, low, high, pixels) => {
    const room = ((high - low) * ROOM - pixels / unit) / 2; // how far the middle may travel, either way
    const centre = (low + high) / 2;
    return room > 0 ? clamp(value, centre - room, centre + room) : centre;
  };
  const x = middle(view.x, bounds.left, bounds.right, box.width);
  return { x, y: middle(view.y, bounds.bottom, bounds.top, box.height), unit };
}

// The view after zooming by `factor` about a place, which stays where it is on the screen.
export function zoomView(view, factor, [x, y]) {
  return { x: x + (view.x - x) / factor, y: y + (view.y - y) / factor, unit: view.unit * factor };
}

// The ranges of the two axes, [low, high] each.
export function viewRanges({ x, y, unit }, { width, height }) {
  const [halfX, halfY] = [width / unit / 2, height / unit / 2];
  return { x: [x - halfX, x + halfX], y: [y - halfY, y + halfY] };
}

// A view in its box, with the ways from pixels, counted from the box's upper left corner, to the
// plane and back.
export function createFrame(view, box) {
  const { x, y, unit } = view;
  const { width, height } = box;
  return {
    ...box,
    ...view,
    toPlane: ([px, py]) => [x + (px - width / 2) / unit, y - (py - height / 2) / unit],
    toPixel: ([z1, z2]) => [width / 2 + (z1 - x) * unit, height / 2 - (z2 - y) * unit],
    holds: ([px, py]) => px >= 0 && py >= 0 && px <= width && py <= height,
  };
}
