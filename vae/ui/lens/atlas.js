// The atlas: the decoded plane as tiles, and the picture blended from the four around a place.
// Its packing is described in vae/inference/atlas.py.

const SIDE = 28;
const PIXELS = SIDE * SIDE;

// The atlas of that version of the model, or null if the bytes are of another.
async function unpackAtlas(bytes, version) {
  const end = bytes.indexOf(10);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  if (header.version !== version) return null;
  const body = new Blob([bytes.subarray(end + 1)]).stream();
  const inflated = body.pipeThrough(new DecompressionStream("deflate"));
  const steps = new Uint8Array(await new Response(inflated).arrayBuffer());
  return { ...header, tiles: integrate(steps, header.rows, header.columns) };
}

// Gives `take` the atlas of that version when the courier has brought it.
function awaitAtlas(version, signal, take) {
  const receive = async () => {
    if (!window.latentPost?.atlas) return;
    const atlas = await unpackAtlas(window.latentPost.atlas, version);
    if (atlas && !signal.aborted) take(atlas);
  };
  document.addEventListener("latent-atlas", receive, { signal });
  receive();
}

// Undo the differences along columns and rows, and gather each place's 784 pixels into one tile.
function integrate(steps, rows, columns) {
  const tiles = new Uint8Array(steps.length);
  const above = new Uint8Array(columns);
  for (let pixel = 0, from = 0; pixel < PIXELS; pixel++) {
    above.fill(0);
    for (let row = 0, to = pixel; row < rows; row++) {
      let left = 0;
      for (let column = 0; column < columns; column++, from++, to += PIXELS) {
        left = (left + steps[from]) & 255;
        above[column] += left;
        tiles[to] = above[column];
      }
    }
  }
  return tiles;
}

const gauss = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

// Bilinear mixture of the four tiles around (x, y), written to `out`: 784 intensities, 0 to 255.
function blendAtlas(atlas, x, y, out) {
  const { tiles, rows, columns } = atlas;
  const u = clamp(((x - atlas.left) / (atlas.right - atlas.left)) * (columns - 1), 0, columns - 1);
  const v = clamp(((atlas.top - y) / (atlas.top - atlas.bottom)) * (rows - 1), 0, rows - 1);
  const column = Math.min(u | 0, columns - 2);
  const row = Math.min(v | 0, rows - 2);
  const du = u - column;
  const dv = v - row;
  const a = (row * columns + column) * PIXELS;
  const b = a + PIXELS;
  const c = a + columns * PIXELS;
  const d = c + PIXELS;
  const wa = (1 - du) * (1 - dv);
  const wb = du * (1 - dv);
  const wc = (1 - du) * dv;
  const wd = du * dv;
  for (let i = 0; i < PIXELS; i++) {
    out[i] = wa * tiles[a + i] + wb * tiles[b + i] + wc * tiles[c + i] + wd * tiles[d + i] + 0.5;
  }
}

// A 28x28 canvas that holds the last picture put into it; ink is [r, g, b] on clear or black.
function makePlate() {
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const context = canvas.getContext("2d");
  const image = context.createImageData(SIDE, SIDE);
  const words = new Uint32Array(image.data.buffer);
  return {
    canvas,
    put(values) {
      for (let i = 0; i < PIXELS; i++) words[i] = 0xff000000 | (values[i] * 0x010101);
      context.putImageData(image, 0, 0);
    },
    putInk(values, [red, green, blue]) {
      const ink = (blue << 16) | (green << 8) | red;
      for (let i = 0; i < PIXELS; i++) words[i] = (values[i] << 24) | ink;
      context.putImageData(image, 0, 0);
    },
    // A picture of its own colours: `colour(i)` gives pixel i's [r, g, b].
    putColours(colour) {
      for (let i = 0; i < PIXELS; i++) {
        const [red, green, blue] = colour(i);
        words[i] = 0xff000000 | (blue << 16) | (green << 8) | red;
      }
      context.putImageData(image, 0, 0);
    },
    // Shows the picture on a canvas, all over it.
    cover(screen) {
      const pen = screen.getContext("2d", { alpha: false });
      pen.imageSmoothingQuality = "high";
      pen.drawImage(canvas, 0, 0, screen.width, screen.height);
    },
  };
}
