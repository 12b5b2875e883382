// Pictures of 28 by 28 intensities, 0 to 255, bright ink on black.

import { createElement } from "./dom.js";

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

const plate = new OffscreenCanvas(SIDE, SIDE);
const context = plate.getContext("2d");
const image = context.createImageData(SIDE, SIDE);
const pixels = new Uint32Array(image.data.buffer); // 0xAABBGGRR

export const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

// Each gives a 28x28 canvas that holds the picture until the next one is drawn: in grey on black, in
// ink [r, g, b] on a transparent ground, or with pixel i in the colour [r, g, b] of `colourOf(i)`.
export const drawGrey = (values) => fill((i) => 0xff000000 | (values[i] * 0x010101));
export const drawInk = (values, ink) => fill((i) => (values[i] << 24) | pack(ink));
export const drawColours = (colourOf) => fill((i) => 0xff000000 | pack(colourOf(i)));

const pack = ([red, green, blue]) => (blue << 16) | (green << 8) | red;

function fill(pixelOf) {
  for (let i = 0; i < PIXELS; i++) pixels[i] = pixelOf(i);
  context.putImageData(image, 0, 0);
  return plate;
}

// Draw a picture over the whole of a canvas.
export function cover(canvas, picture) {
  const pen = canvas.getContext("2d", { alpha: false });
  pen.imageSmoothingQuality = "high";
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
}

// A small canvas that shows the picture.
export function createThumbnail(values, properties = {}) {
  const size = { width: 2 * SIDE, height: 2 * SIDE };
  const canvas = createElement("canvas", { className: "picture", ...size, ...properties });
  cover(canvas, drawGrey(values));
  return canvas;
}
