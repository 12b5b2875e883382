// The map: pin, ghost, path, glyphs and manifold, drawn over and under the Plotly chart without
// ever changing its figure.

const TILE = 34; // pixels a digit of the manifold, at least

// Plotly's private geometry, in this one place: pixels of the chart's box to the plane and back.
function chartFrame(gd) {
  const { xaxis, yaxis } = gd?._fullLayout ?? {};
  if (!xaxis?._length || !yaxis?._length) return null;
  return {
    left: xaxis._offset,
    top: yaxis._offset,
    width: xaxis._length,
    height: yaxis._length,
    unit: xaxis._length / Math.abs(xaxis.range[1] - xaxis.range[0]),
    toPlane: (px, py) => [xaxis.p2d(px - xaxis._offset), yaxis.p2d(py - yaxis._offset)],
    toPixel: ([x, y]) => [xaxis.d2p(x), yaxis.d2p(y)],
  };
}

const SKETCH = `
  <canvas class="latent-manifold"></canvas>
  <svg class="latent-overlay" aria-hidden="true">
    <line class="path" /><circle class="before" r="4" /><g class="glyphs"></g>
    <g class="pin"><path d="M0 0 C-4 -9 -11 -13 -11 -21 A11 11 0 1 1 11 -21 C11 -13 4 -9 0 0Z" />
      <circle cy="-21" r="4" /></g>
    <g class="ghost"><circle r="9" /><circle r="1.5" /></g>
  </svg>
  <canvas class="latent-bubble" width="168" height="168"></canvas>
  <div class="latent-modes" role="group" aria-label="What the map shows">
    <button type="button" data-mode="dots">Dots</button>
    <button type="button" data-mode="both">Both</button>
    <button type="button" data-mode="digits">Digits</button>
  </div>`;

function makeMap(hooks) {
  const map = { gd: null, mode: "dots", dispose: detach, refresh, mark, reveal };
  const watcher = new MutationObserver(attach);
  watcher.observe(document.body, { childList: true, subtree: true });
  let leave = null;
  let parts = {};
  let planned = 0;
  let gone = false;

  function attach() {
    if (gone) return;
    const gd = document.querySelector(".st-key-latent-map .js-plotly-plot");
    const kept = gd && gd === map.gd && parts.manifold?.isConnected;
    if (kept || !chartFrame(gd)) return;
    leave?.abort();
    leave = new AbortController();
    if (map.gd) hooks.hover(null); // whatever pointed at the old chart points at nothing now
    else requestAnimationFrame(hooks.drawn);
    map.gd = gd;
    sketch(gd);
    listen(gd, leave.signal);
    setMode(map.mode);
  }

  function detach() {
    gone = true;
    cancelAnimationFrame(planned);
    watcher.disconnect();
    leave?.abort();
    for (const part of Object.values(parts)) part.remove();
  }

  function sketch(gd) {
    for (const part of Object.values(parts)) part.remove();
    const holder = document.createElement("div");
    holder.innerHTML = SKETCH;
    const [manifold, overlay, bubble, modes] = holder.children;
    parts = { manifold, overlay, bubble, modes };
    gd.prepend(manifold);
    gd.append(overlay, bubble, modes);
    gd.tabIndex = 0;
    gd.setAttribute("role", "application");
    gd.setAttribute("aria-label", hooks.label);
    modes.addEventListener("click", ({ target }) => target.dataset.mode && setMode(target.dataset.mode));
  }

  function listen(gd, signal) {
    for (const name of ["plotly_relayout", "plotly_relayouting", "plotly_afterplot"]) {
      gd.on(name, refresh);
      signal.addEventListener("abort", () => gd.removeListener?.(name, refresh));
    }
    const sizes = new ResizeObserver(refresh);
    sizes.observe(gd);
    signal.addEventListener("abort", () => sizes.disconnect());
    gd.addEventListener("keydown", hooks.key, { signal });
    gd.addEventListener("keydown", () => delete gd.dataset.byPointer, { signal, capture: true });
    gd.addEventListener("pointerdown", () => (gd.dataset.byPointer = ""), { signal, capture: true });
    listenToPointer(gd, signal, hooks);
  }

  function setMode(mode) {
    map.mode = mode;
    map.gd.dataset.latentMode = mode;
    for (const button of parts.modes.children) {
      button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    }
    refresh();
  }

  // Show the whole map if a place lies outside the part of it in view.
  function reveal(place) {
    const frame = chartFrame(map.gd);
    if (!frame) return;
    const [x, y] = frame.toPixel(place);
    if (x >= 0 && y >= 0 && x <= frame.width && y <= frame.height) return;
    map.gd.querySelector(".modebar-btn[data-val=reset]")?.click();
  }

  function refresh() {
    planned ||= requestAnimationFrame(() => {
      planned = 0;
      attach();
      paint();
    });
  }

  function paint() {
    const frame = chartFrame(map.gd);
    if (!frame || !parts.overlay?.isConnected) return;
    hooks.theme(map.gd);
    for (const part of [parts.overlay, parts.manifold]) {
      Object.assign(part.style, { left: `${frame.left}px`, top: `${frame.top}px` });
      Object.assign(part.style, { width: `${frame.width}px`, height: `${frame.height}px` });
    }
    Object.assign(parts.modes.style, { left: `${frame.left + 6}px`, top: `${frame.top + 6}px` });
    paintGlyphs(frame);
    mark();
    paintManifold(frame);
    hooks.painted?.(map.gd, frame);
  }

  // The big digits follow their dots: hidden in the legend, hidden here.
  function paintGlyphs(frame) {
    const shown = new Set(map.gd._fullData.filter((t) => t.visible === true).map((t) => t.name));
    const glyphs = Object.entries(hooks.homes).filter(([digit]) => shown.has(digit));
    parts.overlay.querySelector(".glyphs").innerHTML = glyphs
      .map(([digit, home]) => [digit, ...frame.toPixel(home)])
      .map(([d, x, y]) => `<text class="glyph" x="${x}" y="${y}">${d}</text>`)
      .join("");
  }

  // The moving marks alone: all that changes while a place is only looked at.
  function mark() {
    const frame = chartFrame(map.gd);
    if (!frame || !parts.overlay?.isConnected) return;
    const { pin, ghost, before, finger } = hooks.state;
    stand(".pin", pin && frame.toPixel(pin));
    stand(".ghost", ghost && frame.toPixel(ghost));
    stand(".before", before && frame.toPixel(before));
    stepAside(pin && frame.toPixel(pin));
    parts.bubble.style.display = finger ? "" : "none";
    if (finger) float(frame, frame.toPixel(ghost));
    const line = parts.overlay.querySelector(".path");
    line.style.display = before ? "" : "none";
    if (!before) return;
    const [x, y] = frame.toPixel(pin);
    const [x1, y1] = frame.toPixel(before);
    for (const [name, value] of Object.entries({ x1, y1, x2: x, y2: y })) line.setAttribute(name, value);
  }

  // A finger hides what it points at and the lens may be off the screen: the picture comes along.
  function float(frame, [x, y]) {
    const { style, width, height } = parts.bubble;
    const half = parts.bubble.offsetWidth / 2;
    const side = clamp(frame.left + x, half, map.gd.clientWidth - half) - half;
    const above = frame.top + y - 2 * half - 32;
    style.transform = `translate(${side}px, ${above > 0 ? above : frame.top + y + 40}px)`;
    parts.bubble.getContext("2d").drawImage(hooks.screen, 0, 0, width, height);
  }

  // A digit's name that the pin would cover stands under its point, or goes if there is no room.
  function stepAside(pin) {
    const names = [...parts.overlay.querySelectorAll(".glyph")].map(({ x, y, style }) => ({
      style,
      left: x.baseVal[0].value,
      top: y.baseVal[0].value,
    }));
    for (const name of names) {
      const below = pin ? name.top - pin[1] : Infinity;
      const covered = below > -36 && below < 10 && Math.abs(name.left - pin[0]) < 16;
      const taken = (other) => other !== name && Math.hypot(other.left - name.left, other.top - pin[1] - 14) < 24;
      const room = covered && below > -10 && !names.some(taken);
      name.style.opacity = covered && !room ? 0 : "";
      name.style.transform = room ? `translateY(${14 - below}px)` : "";
    }
  }

  function stand(selector, place) {
    const mark = parts.overlay.querySelector(selector);
    mark.style.display = place ? "" : "none";
    const hangs = selector === ".pin" && place?.[1] < 34; // at the upper edge is no room to stand
    if (place) mark.setAttribute("transform", `translate(${place}) rotate(${hangs ? 180 : 0})`);
  }

  let painted = "";
  const values = new Uint8Array(PIXELS);
  const plate = makePlate();

  // The closer one looks, the more digits there are: the step follows the zoom.
  function paintManifold(frame) {
    const { atlas, ink } = hooks.state;
    const { manifold } = parts;
    const wanted = map.mode !== "dots" && atlas;
    manifold.style.display = wanted ? "" : "none";
    if (!wanted) return;
    const corner = frame.toPlane(frame.left, frame.top);
    const now = [atlas.version, ink, corner, frame.unit, frame.width, frame.height].join();
    if (now === painted && manifold.width > 1) return;
    painted = now;
    const scale = window.devicePixelRatio || 1;
    manifold.width = frame.width * scale;
    manifold.height = frame.height * scale;
    const context = manifold.getContext("2d");
    context.scale(scale, scale);
    context.imageSmoothingQuality = "high";
    const step = tileStep(frame.unit);
    const size = step * frame.unit;
    const [right, bottom] = frame.toPlane(frame.left + frame.width, frame.top + frame.height);
    for (const x of stops(Math.max(corner[0], atlas.left), Math.min(right, atlas.right), step)) {
      for (const y of stops(Math.max(bottom, atlas.bottom), Math.min(corner[1], atlas.top), step)) {
        blendAtlas(atlas, x, y, values);
        plate.putInk(values, ink);
        const [px, py] = frame.toPixel([x, y]);
        context.drawImage(plate.canvas, px - size / 2, py - size / 2, size, size);
      }
    }
  }

  return map;
}

const tileStep = (unit) => [0.01, 0.02, 0.05, 0.1, 0.125, 0.2, 0.25, 0.5, 1].find((s) => s * unit >= TILE) ?? 2;

function stops(low, high, step) {
  const found = [];
  for (let k = Math.ceil(low / step - 1e-6); k * step <= high + 1e-6; k++) found.push(k * step);
  return found;
}
