// Pictures of 28 by 28 intensities, 0 to 255, bright ink on black.

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

export const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

// A 28x28 canvas that holds the last picture put on it.
export function createPlate() {
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const context = canvas.getContext("2d");
  const image = context.createImageData(SIDE, SIDE);
  const pixels = new Uint32Array(image.data.buffer); // 0xAABBGGRR

  function fill(pixel) {
    for (let i = 0; i < PIXELS; i++) pixels[i] = pixel(i);
    context.putImageData(image, 0, 0);
  }
  return {
    canvas,
    put: (values) => fill((i) => 0xff000000 | (values[i] * 0x010101)),
    // Ink [r, g, b] on a transparent ground.
    putInk: (values, [red, green, blue]) => fill((i) => (values[i] << 24) | (blue << 16) | (green << 8) | red),
    // `colour(i)` gives pixel i's [r, g, b].
    putColours: (colour) =>
      fill((i) => {
        const [red, green, blue] = colour(i);
        return 0xff000000 | (blue << 16) | (green << 8) | red;
      }),
    // Draws the picture over the whole of another canvas.
    cover(screen) {
      const pen = screen.getContext("2d", { alpha: false });
      pen.imageSmoothingQuality = "high";
      pen.drawImage(canvas, 0, 0, screen.width, screen.height);
    },
  };
}

const plate = createPlate();

// A small canvas that shows the picture; `label` names it for assistive technology.
export function createThumbnail(picture, label = "") {
  const canvas = document.createElement("canvas");
  canvas.className = "thumbnail";
  canvas.width = canvas.height = 2 * SIDE;
  plate.put(picture);
  plate.cover(canvas);
  if (label) {
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", label);
  }
  return canvas;
}
