// What is the visitor's own on the map: the glow of the posterior, the encoder's ellipse at true
// scale, the other hills, and the digit's own picture on a stalk.

const GLOW = [214, 0, 111];

const MARKS = `
  <canvas class="latent-glow"></canvas>
  <svg class="latent-overlay latent-mine" aria-hidden="true">
    <ellipse class="guess" /><g class="hills"></g><g class="stalk"><line y1="-34" /><circle r="4" /></g>
  </svg>
  <canvas class="latent-face" width="84" height="84"></canvas>`;

function makeMine() {
  const glowPlate = new OffscreenCanvas(1, 1);
  const facePlate = makePlate();
  let parts = null;
  let glowing = null;
  let painted = "";
  let shown = null; // the relief that is on the canvas

  function attach(gd) {
    if (parts?.glow.parentElement === gd) return;
    remove();
    const holder = document.createElement("div");
    holder.innerHTML = MARKS;
    const [glow, marks, face] = holder.children;
    parts = { glow, marks, face };
    gd.dataset.latentGuest = "";
    gd.append(glow, marks, face);
  }

  function remove() {
    for (const part of Object.values(parts ?? {})) part.remove();
    parts = null;
    painted = "";
  }

  // Alpha is the posterior's density, from its highest place downwards, brightened by the server.
  function prepareGlow({ relief }) {
    if (glowing === relief) return;
    glowing = relief;
    const side = Math.round(Math.sqrt(relief.length));
    glowPlate.width = glowPlate.height = side;
    const image = new ImageData(side, side);
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        const to = 4 * ((side - 1 - row) * side + column);
        image.data.set([...GLOW, relief[row * side + column]], to);
      }
    }
    glowPlate.getContext("2d").putImageData(image, 0, 0);
  }

  function paint(gd, frame, digit, encoder) {
    if (!digit.relief) return;
    attach(gd);
    for (const part of [parts.glow, parts.marks]) {
      Object.assign(part.style, { left: `${frame.left}px`, top: `${frame.top}px` });
      Object.assign(part.style, { width: `${frame.width}px`, height: `${frame.height}px` });
    }
    paintGlow(frame, digit);
    paintMarks(frame, digit, encoder);
  }

  function paintGlow(frame, digit) {
    prepareGlow(digit);
    const half = digit.reach + digit.reach / (glowPlate.width - 1); // to the outer cells' edges
    const [left, top] = frame.toPixel([-half, half]);
    const [right, bottom] = frame.toPixel([half, -half]);
    const now = [left, top, right, bottom, frame.width, frame.height].join();
    if (now === painted && glowing === shown) return;
    painted = now;
    shown = glowing;
    parts.glow.width = frame.width;
    parts.glow.height = frame.height;
    const pen = parts.glow.getContext("2d");
    pen.drawImage(glowPlate, left, top, right - left, bottom - top);
  }

  function paintMarks(frame, digit, { mean, deviation }) {
    const find = (selector) => parts.marks.querySelector(selector);
    const [cx, cy] = frame.toPixel(mean);
    const [rx, ry] = deviation.map((value) => 2 * value * frame.unit);
    for (const [name, value] of Object.entries({ cx, cy, rx, ry })) find(".guess").setAttribute(name, value);
    const [x, y] = frame.toPixel(digit.place);
    find(".stalk").setAttribute("transform", `translate(${x} ${y})`);
    find(".hills").innerHTML = digit.hills
      .map(({ place, share }) => [...frame.toPixel(place), Math.round(100 * share)])
      .map(([hx, hy, share]) => `<circle cx="${hx}" cy="${hy}" r="5" /><text x="${hx + 9}" y="${hy + 4}">${share} %</text>`)
      .join("");
    const inside = x > 0 && y > 0 && x < frame.width && y < frame.height;
    parts.face.style.display = inside ? "" : "none";
    parts.face.style.transform = `translate(${frame.left + x - 22}px, ${frame.top + y - 78}px)`;
    facePlate.put(digit.seen);
    parts.face.getContext("2d").drawImage(facePlate.canvas, 0, 0, 84, 84);
  }

  return { paint, remove };
}
