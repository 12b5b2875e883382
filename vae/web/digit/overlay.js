// The visitor's digit on the map: the glow of the posterior, the encoder's ellipse at true scale,
// the other modes, and the digit's own picture on a stalk.

import { createPlate } from "../shared/picture.js";

const GLOW = [214, 0, 111];
const FACE = 44; // pixels that the digit's picture is wide
const STALK = 34; // pixels
const MARKS = `<ellipse class="guess" /><g class="modes"></g><g class="stalk"><line y1="${-STALK}" /><circle r="4" /></g>`;

// Adds its layers to `map`; gives show(digit), the digit of a DigitData.
export function createOverlay(map) {
  const glow = document.createElement("canvas");
  const marks = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const face = document.createElement("canvas");
  const plate = createPlate();
  let digit = null;
  let density = null; // canvas, a pixel a cell of the grid

  glow.className = "digit-glow";
  marks.setAttribute("class", "digit-marks");
  marks.setAttribute("aria-hidden", "true");
  marks.innerHTML = MARKS;
  face.width = face.height = 2 * FACE;
  map.addLayer(glow, (frame) => digit && paintGlow(frame));
  map.addLayer(marks, (frame) => digit && paintMarks(frame));
  map.addBadge(face, () => digit?.place, FACE, STALK);
  face.classList.add("digit-face");

  // Alpha is the posterior's density, from its highest place downwards, as the server prepared it.
  function createDensity({ glow: values }) {
    const side = Math.round(Math.sqrt(values.length));
    const canvas = new OffscreenCanvas(side, side);
    const image = new ImageData(side, side);
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        image.data.set([...GLOW, values[row * side + column]], 4 * ((side - 1 - row) * side + column));
      }
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
    return canvas;
  }

  function paintGlow(frame) {
    const half = digit.reach * (1 + 1 / (density.width - 1)); // to the outer cells' edges
    const [left, top] = frame.toPixel([-half, half]);
    const [right, bottom] = frame.toPixel([half, -half]);
    [glow.width, glow.height] = [frame.width, frame.height];
    glow.getContext("2d").drawImage(density, left, top, right - left, bottom - top);
  }

  function paintMarks(frame) {
    const find = (selector) => marks.querySelector(selector);
    const [cx, cy] = frame.toPixel(digit.encoder.mean);
    const [rx, ry] = digit.encoder.deviation.map((value) => 2 * value * frame.unit);
    for (const [name, value] of Object.entries({ cx, cy, rx, ry })) find(".guess").setAttribute(name, value);
    find(".stalk").setAttribute("transform", `translate(${frame.toPixel(digit.place).join(" ")})`);
    find(".modes").innerHTML = digit.modes
      .map(({ place, share }) => [...frame.toPixel(place), Math.round(100 * share)])
      .map(([x, y, share]) => `<circle cx="${x}" cy="${y}" r="5" /><text x="${x + 9}" y="${y + 4}">${share} %</text>`)
      .join("");
  }

  return {
    show(next) {
      digit = next;
      density = createDensity(digit);
      plate.put(digit.seen);
      plate.cover(face);
      map.refresh();
    },
  };
}
