// The map: a Plotly chart of the codes with what is drawn over and under it (marks, decoded plane,
// further layers), its bar and its gestures. Knows no server.

import { debounce, oncePerFrame } from "../shared/animation.js";
import { unpackAtlas } from "../shared/atlas.js";
import { unpackCodes, createIndex } from "../shared/codes.js";
import { labelAt, unpackLabelMap } from "../shared/label_map.js";
import { clamp, contains } from "../shared/math.js";
import { loadBytes, loadScript } from "../shared/resources.js";
import { onLookChange, readTheme } from "../shared/theme.js";
import { nameInAddress, viewState } from "./address.js";
import { fillBar } from "./bar.js";
import { createChart } from "./chart.js";
import { listenToGestures } from "./gestures.js";
import { paintManifold } from "./manifold.js";
import { gripOf, MARKS, paintEdge, paintMarks, paintNames } from "./marks.js";
import { clampView, createFrame, fitView, zoomView } from "./view.js";

const MARKUP = `
  <div class="map-bar"></div>
  <div class="map-box">
    <div class="map-chart" tabindex="0" role="application"></div>
    <div class="map-plane">
      <canvas class="map-manifold"></canvas>
      <svg class="map-overlay" aria-hidden="true">${MARKS}</svg>
      <canvas class="map-loupe" width="168" height="168" hidden></canvas>
    </div>
    <p class="map-notice notice" role="status" hidden></p>
  </div>`;

// Fill `root` with a map, until `hooks.signal` aborts.
//
// `source`: {codes, plotly, atlas: addresses or bytes; label_map: the same, or nothing; bounds;
// centers: {digit: place}; palette; label}.
// `hooks`: onHover(place or null), onPin(place), onMovePin(place), onRest() after
// that, onKey(event), onDrawn(),
// onAtlas(atlas), and `screen`, the canvas that shows the ghost's picture. Places given to the hooks
// lie on the map. Where a page has several maps: `view`, what this one shows, as `viewState`, with
// `chosen`, a digit beside which the others are grey, or null; `fillBar`, its bar; onView() after a
// change of the view, and onCodes(codes, index) once they are here.
export function createMap(root, source, hooks) {
  root.innerHTML = MARKUP;
  root.classList.add("latent-map-part");
  const find = (selector) => root.querySelector(selector);
  const [element, plane, overlay] = [".map-chart", ".map-plane", ".map-overlay"].map(find);
  const [manifold, loupe] = [".map-manifold", ".map-loupe"].map(find);
  const { bounds, centers, palette } = source;
  const { signal, view = viewState } = hooks;
  const look = { frame: null, theme: null };
  const layers = []; // paint(frame) of each; it returns the middles, in pixels, of what covers the map
  const nameSoon = debounce(hooks.onView ?? nameInAddress, 300, signal);
  const redraws = new Set(); // methods of the chart that the next frame calls
  let marks = {}; // {pin, ghost, before}
  let covers = [];
  let chart = null;
  let atlas = null;
  let index = null;
  let labelMap = null;
  let isTouched = false; // a finger hovers

  // ---- geometry

  // Updates size and theme; returns whether the map has room.
  function measure() {
    const box = { width: plane.clientWidth, height: plane.clientHeight };
    if (box.width < 20 || box.height < 20) return false;
    const whole = fitView(bounds, box);
    setView(view.zoom ? { ...view.zoom, unit: view.zoom.times * whole.unit } : whole, box);
    keepZoom();
    look.theme = readTheme(root);
    return true;
  }

  function setView(next, box) {
    look.frame = createFrame(clampView(next, bounds, box), box);
  }

  function changeView(next) {
    const { x, y, unit } = look.frame;
    setView(next, look.frame);
    keepZoom();
    nameSoon();
    refresh("setView");
    return x !== look.frame.x || y !== look.frame.y || unit !== look.frame.unit;
  }

  function keepZoom() {
    const { x, y, unit } = look.frame;
    const times = unit / fitView(bounds, look.frame).unit;
    view.zoom = times > 1.001 ? { x, y, times } : null;
  }

  // About a place, or the middle of what is seen; a factor of 0 shows the whole map. Whether the view
  // changed.
  function zoom(factor, place = [look.frame.x, look.frame.y]) {
    return changeView(factor ? zoomView(look.frame, factor, place) : fitView(bounds, look.frame));
  }

  function pan(dx, dy) {
    const { x, y, unit } = look.frame;
    changeView({ x: x - dx / unit, y: y + dy / unit, unit });
  }

  // ---- painting

  function refresh(redraw) {
    if (redraw) redraws.add(redraw);
    paintSoon();
  }

  const paintSoon = oncePerFrame(() => {
    if (!look.frame) return;
    if (chart) for (const redraw of redraws) chart[redraw]();
    redraws.clear();
    paintEdge(overlay, look.frame, bounds);
    covers = layers.flatMap((paint) => paint(look.frame));
    mark(marks);
    paintPlane();
  }, signal);

  // Show where pin, ghost and the pin before stand, each a place or null.
  function mark(places) {
    marks = places;
    if (!look.frame) return;
    const digits = Object.keys(centers).filter((digit) => view.mode !== "digits" && !view.hidden.has(Number(digit)));
    paintNames(overlay, look.frame, digits, centers, marks.pin, covers);
    paintMarks(overlay, look.frame, marks);
    loupe.hidden = !(isTouched && marks.ghost);
    if (!loupe.hidden) floatLoupe(look.frame.toPixel(marks.ghost));
  }

  // A finger hides what it points at, and the lens may be off the screen: the picture comes along.
  function floatLoupe([x, y]) {
    const size = loupe.offsetWidth;
    const left = clamp(x - size / 2, 0, look.frame.width - size);
    const above = y - size - 32;
    loupe.style.transform = `translate(${left}px, ${above > 0 ? above : y + 40}px)`;
    loupe.getContext("2d").drawImage(hooks.screen, 0, 0, loupe.width, loupe.height);
  }

  function paintPlane() {
    manifold.hidden = view.mode === "dots" || !atlas;
    if (manifold.hidden) return;
    const { hidden } = view;
    const isHidden = (place) => hidden.size && index && hidden.has(index.describe(place, 5).fractions[0][0]);
    paintManifold(manifold, look.frame, atlas, look.theme.ink, isHidden);
  }

  // ---- once

  function hover(place, isTouch) {
    const isOnMap = place && contains(bounds, place);
    isTouched = isTouch && isOnMap;
    hooks.onHover(isOnMap ? place : null);
  }

  listenToGestures(element, plane, signal, {
    frame: () => look.frame,
    gripOf: (point) => marks.pin && gripOf(point, look.frame, marks.pin),
    hover,
    pin: (place) => {
      isTouched = false;
      if (place && contains(bounds, place)) hooks.onPin(place);
      else hooks.onHover(null);
    },
    rest: hooks.onRest,
    movePin: (place) => contains(bounds, place) && hooks.onMovePin(place),
    pan,
    zoom,
    key: hooks.onKey,
  });
  (hooks.fillBar ?? fillBar)(find(".map-bar"), source, view, zoom, () => {
    nameSoon();
    refresh("setVisible");
  });
  element.setAttribute("aria-label", source.label);
  onLookChange(find(".map-box"), signal, () => measure() && refresh("draw"));
  start().catch((error) => {
    console.error(error);
    find(".map-notice").textContent = "Part of the map could not be loaded. Reload the page to try again.";
    find(".map-notice").hidden = false;
  });

  async function start() {
    const [Plotly, bytes] = await Promise.all([loadScript(source.plotly, "Plotly"), loadBytes(source.codes)]);
    if (signal.aborted || !measure()) return;
    const codes = unpackCodes(bytes);
    chart = createChart(Plotly, element, { codes, palette, look, view, signal });
    await chart.draw();
    if (signal.aborted) return;
    hooks.onDrawn();
    index = createIndex(codes);
    hooks.onCodes?.(codes, index);
    await new Promise(requestAnimationFrame); // the first drawing comes first
    const [atlasBytes, labelBytes] = await Promise.all([
      loadBytes(source.atlas),
      source.label_map ? loadBytes(source.label_map) : null,
    ]);
    if (labelBytes) labelMap = unpackLabelMap(labelBytes);
    atlas = await unpackAtlas(atlasBytes);
    if (signal.aborted) return;
    hooks.onAtlas(atlas);
    refresh();
  }

  return {
    mark,
    refresh,
    // What is known of a place: the digits around it, as `createIndex().describe`, and `drawing`, what
    // is drawn there, as `labelAt`, or null if that is not known. null until the codes are here.
    describe: (place) => index && { ...index.describe(place), drawing: labelMap && labelAt(labelMap, place) },
    // Nodes over the dots, placed in the plane's box, that `paint(frame)` keeps up to date; it returns
    // the middles, in pixels, of what covers the map.
    addLayers(nodes, paint) {
      overlay.before(nodes);
      layers.push(paint);
    },
    // Bring a place into the middle if it lies outside the part in view.
    reveal([x, y]) {
      const { frame } = look;
      if (frame && !frame.holds(frame.toPixel([x, y]))) changeView({ x, y, unit: frame.unit });
    },
  };
}
