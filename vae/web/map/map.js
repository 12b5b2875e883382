// The map: a Plotly chart of the codes with what is drawn over and under it (pin, ghost, names,
// decoded plane, further layers), its legend, its view modes and its gestures. Knows no server.

import { unpackCodes, createIndex } from "../shared/codes.js";
import { spread } from "../shared/labels.js";
import { contains } from "../shared/math.js";
import { loadBytes, loadScript } from "../shared/resources.js";
import { onThemeChange, readTheme } from "../shared/theme.js";
import { nameInAddress, shown } from "./address.js";
import { createChart, MARGIN } from "./chart.js";
import { listenToGestures } from "./gestures.js";
import { paintManifold } from "./manifold.js";
import { clampView, createFrame, fitView, zoomView } from "./view.js";

const NAME = 28; // pixels between the middles of two names, at least
const GRIP = 16; // pixels around the pin in which a press takes hold of it
const PIN = 32; // pixels that the pin is high
const MARKUP = `
  <div class="map-bar">
    <div class="map-legend" role="group" aria-label="Show or hide a digit"></div>
    <div class="map-modes" role="group" aria-label="What the map shows">
      <button type="button" data-mode="dots">Dots</button><button type="button" data-mode="both">Both</button><button type="button" data-mode="digits">Digits</button>
    </div>
    <div class="map-zoom" role="group" aria-label="Zoom">
      <button type="button" data-zoom="1" aria-label="Zoom in">+</button><button type="button" data-zoom="-1" aria-label="Zoom out">−</button><button type="button" data-zoom="0" aria-label="Show the whole map" title="Show the whole map">⌂</button>
    </div>
  </div>
  <div class="map-box">
    <canvas class="map-manifold"></canvas>
    <div class="map-chart" tabindex="0" role="application"></div>
    <svg class="map-overlay" aria-hidden="true">
      <rect class="edge" /><line class="trail" /><circle class="before" r="4" /><g class="names"></g>
      <g class="pin"><path d="M0 0 C-4 -9 -11 -13 -11 -21 A11 11 0 1 1 11 -21 C11 -13 4 -9 0 0Z" /><circle cy="-21" r="4" /></g>
      <g class="ghost"><circle r="9" /><circle r="1.5" /></g>
    </svg>
    <canvas class="map-loupe" width="168" height="168" hidden></canvas>
    <p class="map-notice" role="status" hidden></p>
  </div>`;

// Fill `root` with a map.
//
// `source`: {codes, plotly: addresses or bytes; bounds; centers: {digit: place}; palette; label}.
// `hooks`: onHover(place or null, isTouch), onPin(place), onMovePin(place), onKey(event), onDrawn(),
// all of them optional. Places given to them lie on the map.
export function createMap(root, source, hooks = {}) {
  root.innerHTML = MARKUP;
  root.classList.add("latent-map-part");
  const find = (selector) => root.querySelector(selector);
  const [element, overlay, manifold, loupe] = [".map-chart", ".map-overlay", ".map-manifold", ".map-loupe"].map(find);
  const { bounds, centers, palette } = source;
  const marks = { pin: null, ghost: null, before: null };
  const layers = []; // {paint(frame, theme)}
  const look = { mode: shown.mode, hidden: shown.hidden, view: null, box: null, ink: "" };
  const leave = new AbortController();
  const { signal } = leave;
  let chart = null;
  let atlas = null;
  let index = null;
  let theme = null;
  let frame = null;
  let planned = 0;
  let stale = true; // the decoded plane must be painted again
  let screen = null; // the canvas that the loupe shows

  element.setAttribute("aria-label", source.label);
  element.style.touchAction = "none";

  // ---- geometry

  function measure() {
    const width = Math.floor(element.parentElement.clientWidth) - MARGIN.left - MARGIN.right;
    const height = Math.floor(element.parentElement.clientHeight) - MARGIN.top - MARGIN.bottom;
    if (width < 20 || height < 20) return false;
    look.box = { left: MARGIN.left, top: MARGIN.top, width, height };
    const { zoom } = shown;
    const whole = fitView(bounds, look.box);
    setView(zoom ? { ...zoom, unit: zoom.times * whole.unit } : whole);
    return true;
  }

  function setView(view) {
    look.view = clampView(view, bounds, look.box);
    frame = createFrame(look.view, look.box);
    stale = true;
  }

  function changeView(view) {
    setView(view);
    const times = look.view.unit / fitView(bounds, look.box).unit;
    shown.zoom = times > 1.001 ? { x: look.view.x, y: look.view.y, times } : null;
    refresh(() => chart?.setView());
    nameSoon();
  }

  let naming = 0;
  function nameSoon() {
    clearTimeout(naming);
    naming = setTimeout(nameInAddress, 300);
  }

  const home = () => changeView(fitView(bounds, look.box));

  // ---- painting

  let redraw = null;
  function refresh(alsoDraw) {
    redraw = alsoDraw ?? redraw;
    planned ||= requestAnimationFrame(() => {
      planned = 0;
      redraw?.();
      redraw = null;
      paint();
    });
  }

  function paint() {
    if (!frame) return;
    const now = readTheme(root);
    if (now.text !== theme?.text) {
      theme = now;
      stale = true;
      if (look.ink !== theme.text) {
        look.ink = theme.text;
        chart?.draw();
      }
    }
    for (const part of [overlay, manifold]) {
      Object.assign(part.style, { width: `${frame.width}px`, height: `${frame.height}px` });
    }
    paintEdge();
    paintNames();
    paintMarks();
    if (stale) paintPlane();
    stale = false;
    for (const layer of layers) layer.paint(frame, theme);
  }

  function paintEdge() {
    const [x, y] = frame.toPixel([bounds.left, bounds.top]);
    const width = (bounds.right - bounds.left) * frame.unit;
    const height = (bounds.top - bounds.bottom) * frame.unit;
    setAttributes(find(".edge"), { x, y, width, height });
  }

  function paintPlane() {
    const wanted = look.mode !== "dots" && atlas;
    manifold.hidden = !wanted;
    if (!wanted) return;
    const isHidden = (place) => look.hidden.size > 0 && index && look.hidden.has(index.describe(place, 5).fractions[0][0]);
    paintManifold(manifold, frame, atlas, theme.ink, isHidden);
  }

  // Labels of the lands, clear of each other and of the pin.
  function paintNames() {
    const names = Object.entries(centers).filter(([digit]) => !look.hidden.has(Number(digit)));
    const points = names.map(([, center]) => frame.toPixel(center));
    const pin = marks.pin && frame.toPixel(marks.pin);
    const placed = spread(points, NAME, pin ? [[pin[0], pin[1] - PIN / 2 - 4]] : []);
    find(".names").innerHTML =
      look.mode === "digits"
        ? ""
        : names.map(([digit], i) => `<text class="name" x="${placed[i][0]}" y="${placed[i][1]}">${digit}</text>`).join("");
  }

  // Everything that changes on hover.
  function paintMarks() {
    const { pin, ghost, before } = marks;
    for (const [name, place] of Object.entries({ pin, ghost, before })) {
      const mark = find(`.${name}`);
      mark.style.display = place ? "" : "none";
      if (!place) continue;
      const [x, y] = frame.toPixel(place);
      const hangs = name === "pin" && y < PIN + 2; // at the upper edge is no room to stand
      mark.setAttribute("transform", `translate(${x} ${y}) rotate(${hangs ? 180 : 0})`);
    }
    const trail = find(".trail");
    trail.style.display = pin && before ? "" : "none";
    if (pin && before) {
      const [[x1, y1], [x2, y2]] = [frame.toPixel(before), frame.toPixel(pin)];
      setAttributes(trail, { x1, y1, x2, y2 });
    }
    loupe.hidden = !(screen && ghost);
    if (!loupe.hidden) floatLoupe(frame.toPixel(ghost));
  }

  // A finger hides what it points at, and the lens may be off the screen: a loupe above the finger.
  function floatLoupe([x, y]) {
    const half = loupe.offsetWidth / 2;
    const room = element.parentElement.clientWidth - half;
    const left = Math.min(Math.max(frame.left + x, half), room) - half;
    const above = frame.top + y - 2 * half - 32;
    loupe.style.transform = `translate(${left}px, ${above > 0 ? above : frame.top + y + 40}px)`;
    loupe.getContext("2d").drawImage(screen, 0, 0, loupe.width, loupe.height);
  }

  // ---- legend and view modes

  function setMode(mode) {
    look.mode = shown.mode = mode;
    stale = true;
    pressButtons();
    refresh(() => chart?.setVisible());
    nameSoon();
  }

  function toggle(digit) {
    if (!look.hidden.delete(digit)) look.hidden.add(digit);
    if (look.hidden.size === Object.keys(centers).length) look.hidden.clear(); // a map of nothing helps nobody
    stale = true;
    pressButtons();
    refresh(() => chart?.setVisible());
    nameSoon();
  }

  function pressButtons() {
    for (const button of find(".map-modes").children) {
      button.setAttribute("aria-pressed", String(button.dataset.mode === look.mode));
    }
    for (const button of find(".map-legend").children) {
      button.setAttribute("aria-pressed", String(!look.hidden.has(Number(button.textContent))));
    }
  }

  for (const digit of Object.keys(centers)) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = digit;
    button.title = `Show or hide the ${digit}s`;
    button.style.setProperty("--digit", palette.colours[digit]);
    button.onclick = () => toggle(Number(digit));
    find(".map-legend").append(button);
  }
  find(".map-modes").onclick = ({ target }) => target.dataset.mode && setMode(target.dataset.mode);

  // ---- gestures

  const onMap = (place) => (place && contains(bounds, place) ? place : null);
  const gestures = listenToGestures(element, signal, {
    frame: () => frame,
    isOnPin: ([x, y]) => {
      if (!marks.pin || !hooks.onMovePin) return false;
      const [px, py] = frame.toPixel(marks.pin);
      return Math.abs(x - px) < GRIP && y - py < GRIP / 2 && y - py > -PIN - GRIP / 2;
    },
    hover: (place, isTouch) => hooks.onHover?.(onMap(place), isTouch),
    pin: (place) => (onMap(place) ? hooks.onPin?.(place) : hooks.onHover?.(null, false)),
    movePin: (place) => onMap(place) && hooks.onMovePin(place),
    pan: (dx, dy) => changeView({ ...look.view, x: look.view.x - dx / frame.unit, y: look.view.y + dy / frame.unit }),
    zoom: (factor, place) => changeView(zoomView(look.view, factor, place)),
    home,
    key: (event) => hooks.onKey?.(event),
  });
  find(".map-zoom").onclick = ({ target }) => {
    const steps = Number(target.dataset.zoom);
    if (steps) gestures.zoomBy(steps);
    else if (target.dataset.zoom) home();
  };

  // ---- once

  const sizes = new ResizeObserver(() => measure() && refresh(() => chart?.draw()));
  sizes.observe(element.parentElement);
  const stopTheme = onThemeChange(root, () => refresh());
  pressButtons();
  start().catch((error) => notify(`The map could not be drawn: ${error.message}`));

  async function start() {
    const [Plotly, bytes] = await Promise.all([loadScript(source.plotly, "Plotly"), loadBytes(source.codes)]);
    if (signal.aborted || !measure()) return;
    const codes = unpackCodes(bytes);
    theme = readTheme(root);
    look.ink = theme.text;
    chart = createChart(Plotly, element, codes, palette, look);
    paint();
    await chart.ready;
    if (signal.aborted) return;
    hooks.onDrawn?.();
    index = createIndex(codes);
    stale = true;
    refresh();
  }

  function notify(words) {
    find(".map-notice").textContent = words;
    find(".map-notice").hidden = !words;
  }

  return {
    element,
    notify,
    refresh: () => refresh(),
    // The digits around a place, as `createIndex().describe`; null until the codes are here.
    describe: (place) => index?.describe(place) ?? null,
    // Where the pin, the ghost and the pin before stand; `loupe`: the canvas a finger's loupe shows.
    mark(places, loupeScreen = null) {
      Object.assign(marks, places);
      screen = loupeScreen;
      if (!frame) return;
      if ("pin" in places) paintNames();
      paintMarks();
    },
    setAtlas(newAtlas) {
      atlas = newAtlas;
      stale = true;
      refresh();
    },
    // A canvas or SVG over the dots that `paint(frame, theme)` keeps up to date.
    addLayer(node, paintLayer) {
      node.classList.add("map-layer");
      overlay.before(node);
      layers.push({
        paint(...now) {
          Object.assign(node.style, { width: `${frame.width}px`, height: `${frame.height}px` });
          paintLayer(...now);
        },
      });
    },
    // A node of `size` pixels that stands `stalk` pixels above the place that `where()` gives, while
    // that place is in view.
    addBadge(node, where, size, stalk) {
      node.classList.add("map-badge");
      Object.assign(node.style, { width: `${size}px`, height: `${size}px` });
      overlay.before(node);
      layers.push({
        paint() {
          const place = where();
          const [x, y] = place ? frame.toPixel(place) : [-1, -1];
          node.hidden = x < 0 || y < 0 || x > frame.width || y > frame.height;
          node.style.transform = `translate(${frame.left + x - size / 2}px, ${frame.top + y - stalk - size}px)`;
        },
      });
    },
    // Bring a place into the middle if it lies outside the part in view.
    reveal(place) {
      if (!frame) return;
      const [x, y] = frame.toPixel(place);
      const isInView = x > 0 && y > 0 && x < frame.width && y < frame.height;
      if (!isInView) changeView({ ...look.view, x: place[0], y: place[1] });
    },
    dispose() {
      leave.abort();
      clearTimeout(naming);
      cancelAnimationFrame(planned);
      sizes.disconnect();
      stopTheme();
      chart?.dispose();
    },
  };
}

function setAttributes(node, values) {
  for (const [name, value] of Object.entries(values)) node.setAttribute(name, value);
}
