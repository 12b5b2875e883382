// The visitor's digit on the map: the glow of the posterior, the encoder's ellipse at true scale,
// the other modes, and the digit's own picture on a stalk.

import { createElement } from "../shared/dom.js";
import { cover, drawGrey } from "../shared/picture.js";

const GLOW = [214, 0, 111];
const FACE = 44; // pixels that the digit's picture is wide
const STALK = 34; // pixels
const MARKUP = `
  <canvas class="map-layer digit-glow"></canvas>
  <svg class="map-layer digit-marks" aria-hidden="true">
    <ellipse class="guess" /><g class="modes"></g><g class="stalk"><line /><circle r="4" /></g>
  </svg>
  <canvas class="digit-face" width="${2 * FACE}" height="${2 * FACE}" style="width: ${FACE}px"></canvas>`;

// Adds its layers to `map`; gives show(digit), the digit of a DigitData.
export function createOverlay(map) {
  const layers = createElement("template", { innerHTML: MARKUP }).content;
  const find = (selector) => marks.querySelector(selector);
  const [glow, marks, face] = layers.children;
  let digit = null;
  let density = null; // canvas, a pixel a cell of the grid

  function paint(frame) {
    if (!digit) return [];
    paintGlow(frame);
    const [cx, cy] = frame.toPixel(digit.encoder.mean);
    const [rx, ry] = digit.encoder.deviation.map((value) => 2 * value * frame.unit);
    for (const [name, value] of Object.entries({ cx, cy, rx, ry })) find(".guess").setAttribute(name, value);
    find(".modes").innerHTML = digit.modes
      .map(({ place, share }) => [...frame.toPixel(place), Math.round(100 * share)])
      .map(([x, y, share]) => `<circle cx="${x}" cy="${y}" r="5" /><text x="${x + 9}" y="${y + 4}">${share} %</text>`)
      .join("");
    const [x, y] = frame.toPixel(digit.place);
    find(".stalk").setAttribute("transform", `translate(${x} ${y})`);
    const end = y < STALK + FACE ? y + STALK : y - STALK - FACE; // the face's upper edge
    find(".stalk line").setAttribute("y1", end > y ? STALK : -STALK);
    face.style.transform = `translate(${x - FACE / 2}px, ${end}px)`;
    face.hidden = !frame.holds([x, y]);
    // In a line: a name amid four points of a square could not get out between them.
    return [[x, y], ...[1, 3, 5].map((sixths) => [x, end + (sixths * FACE) / 6])];
  }

  function paintGlow(frame) {
    const half = digit.reach * (1 + 1 / (density.width - 1)); // to the outer cells' edges
    const [left, top] = frame.toPixel([-half, half]);
    const [right, bottom] = frame.toPixel([half, -half]);
    [glow.width, glow.height] = [frame.width, frame.height];
    glow.getContext("2d").drawImage(density, left, top, right - left, bottom - top);
  }

  map.addLayers(layers, paint);
  return {
    show(next) {
      digit = next;
      density = drawDensity(digit.glow);
      cover(face, drawGrey(digit.seen));
      map.refresh();
    },
  };
}

// Alpha is the posterior's density, from its highest place downwards, as the server prepared it.
function drawDensity(values) {
  const side = Math.round(Math.sqrt(values.length));
  const image = new ImageData(side, side);
  values.forEach((value, i) => {
    const [row, column] = [Math.floor(i / side), i % side];
    image.data.set([...GLOW, value], 4 * ((side - 1 - row) * side + column)); // the bottom row comes first
  });
  const canvas = new OffscreenCanvas(side, side);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}
