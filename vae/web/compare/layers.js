// What can be laid over a map: the centre and range of the codes beside the prior's circles, and the
// holes.

import { loadBytes } from "../shared/resources.js";
import { unpackLabelMap } from "../shared/label_map.js";
import { createElement } from "../shared/dom.js";

const DEVIATIONS = [1, 2, 3];
const ARM = 8; // pixels of the cross, each way
const HOLE = 32; // see shared/label_map.js

const EXTENT = `
  <g class="prior">${DEVIATIONS.map(() => "<circle />").join("")}</g>
  <path class="range" /><path class="centre" />`;

// The prior's circles, a box for the range of the codes and a cross at their mean. `source` holds
// {centre, range: {left, right, bottom, top}} in units of z. Returns how to show or hide them.
export function addExtent(map, source) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.classList.add("map-layer", "map-extent");
  svg.innerHTML = EXTENT;
  map.addLayers(svg, (frame) => {
    paintExtent(svg, frame, source);
    return [];
  });
  return (isShown) => (svg.style.display = isShown ? "" : "none");
}

function paintExtent(svg, frame, { centre, range }) {
  const [x, y] = frame.toPixel([0, 0]);
  svg.querySelectorAll("circle").forEach((circle, i) => {
    for (const [name, value] of Object.entries({ cx: x, cy: y, r: DEVIATIONS[i] * frame.unit })) {
      circle.setAttribute(name, value);
    }
  });
  const { left, right, bottom, top } = range;
  const [x1, y1] = frame.toPixel([left, top]);
  const [x2, y2] = frame.toPixel([right, bottom]);
  svg.querySelector(".range").setAttribute("d", `M${x1} ${y1}H${x2}V${y2}H${x1}Z`);
  const [cx, cy] = frame.toPixel(centre);
  svg.querySelector(".centre").setAttribute("d", `M${cx - ARM} ${cy}h${2 * ARM}M${cx} ${cy - ARM}v${2 * ARM}`);
}

// A fog over the places whose pictures are like no real digit, once the label map at the address
// `source` is here. Returns how to show or hide it.
export function addFog(map, source) {
  const canvas = createElement("canvas", { className: "map-layer map-fog", hidden: true });
  let holes = null;
  map.addLayers(canvas, (frame) => {
    if (holes && !canvas.hidden) paintFog(canvas, frame, holes);
    return [];
  });

  return async (isShown) => {
    canvas.hidden = !(isShown && source);
    if (canvas.hidden) return;
    holes ??= unpackLabelMap(await loadBytes(source));
    map.refresh();
  };
}

function paintFog(canvas, frame, { rows, columns, left, right, bottom, top, places }) {
  canvas.width = frame.width;
  canvas.height = frame.height;
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#d81b60";
  const [wide, high] = [((right - left) / (columns - 1)) * frame.unit, ((top - bottom) / (rows - 1)) * frame.unit];
  const [x, y] = frame.toPixel([left, top]);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (!(places[row * columns + column] & HOLE)) continue;
      pen.fillRect(x + (column - 0.5) * wide, y + (row - 0.5) * high, wide + 0.5, high + 0.5);
    }
  }
}
