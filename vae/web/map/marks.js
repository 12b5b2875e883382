// What stands at places of the map, as SVG: the map's edge, the digits' names, the pin, the ghost
// (the place under the pointer), the pin before, and the trail from there.

import { spread } from "../shared/labels.js";

const NAME = 28; // pixels between the middles of two names, at least
const PIN = 32; // pixels that the pin is high
const GRIP = 16; // pixels around the pin in which a press takes hold of it

export const MARKS = `
  <path class="edge" /><path class="trail" /><circle class="before" r="4" /><g class="names"></g>
  <g class="pin">
    <path d="M0 0 C-4 -9 -11 -13 -11 -21 A11 11 0 1 1 11 -21 C11 -13 4 -9 0 0Z" /><circle cy="-21" r="4" />
  </g>
  <g class="ghost"><circle r="9" /><circle r="1.5" /></g>`;

export function paintEdge(svg, frame, bounds) {
  const [x1, y1] = frame.toPixel([bounds.left, bounds.top]);
  const [x2, y2] = frame.toPixel([bounds.right, bounds.bottom]);
  svg.querySelector(".edge").setAttribute("d", `M${x1} ${y1}H${x2}V${y2}H${x1}Z`);
}

// The names of some digits stand on their lands, clear of each other, of the pin and of `covers`:
// middles, in pixels, of what else stands on the map.
export function paintNames(svg, frame, digits, centers, pin, covers) {
  const points = digits.map((digit) => frame.toPixel(centers[digit]));
  const [x, y] = pin ? frame.toPixel(pin) : [];
  const middle = hangs(y) ? PIN / 2 + 4 : -PIN / 2 - 4;
  const places = spread(points, NAME, pin ? [[x, y + middle], ...covers] : covers);
  svg.querySelector(".names").innerHTML = places
    .map(([x, y], i) => `<text class="name" x="${x}" y="${y}">${digits[i]}</text>`)
    .join("");
}

// All that changes on hover; each of the three is a place or null.
export function paintMarks(svg, frame, { pin, ghost, before }) {
  for (const [name, place] of Object.entries({ pin, ghost, before })) {
    const mark = svg.querySelector(`.${name}`);
    mark.style.display = place ? "" : "none";
    if (!place) continue;
    const [x, y] = frame.toPixel(place);
    mark.setAttribute("transform", `translate(${x} ${y}) rotate(${name === "pin" && hangs(y) ? 180 : 0})`);
  }
  const trail = pin && before ? `M${frame.toPixel(before)}L${frame.toPixel(pin)}` : "";
  svg.querySelector(".trail").setAttribute("d", trail);
}

// How far the pin's tip is from a press that takes hold of the pin, [dx, dy]; null if it does not.
export function gripOf([x, y], frame, pin) {
  const [px, py] = frame.toPixel(pin);
  const height = hangs(py) ? y - py : py - y; // of the press over the tip, towards the head
  const isOnPin = Math.abs(x - px) < GRIP && height > -GRIP / 2 && height < PIN + GRIP / 2;
  return isOnPin ? [px - x, py - y] : null;
}

// At the upper edge is no room for a pin to stand.
const hangs = (y) => y < PIN + 2;
