// The bar over a map of two: a legend that highlights one digit on both maps, and the map's zoom.

import { ZOOM } from "../map/bar.js";
import { createDigitButtons } from "../shared/dom.js";

const LEGEND = `<div class="map-legend digits" role="group" aria-label="Highlight a digit on both maps"></div>`;

// Gives a filler of bars, as `fillBar` of map/bar.js, that calls onChoose(digit).
export const fillLegend = (onChoose) => (bar, source, view, onZoom) => {
  bar.innerHTML = LEGEND + ZOOM;
  const [legend, zoom] = bar.children;
  const buttons = createDigitButtons(source, (digit) => ({
    title: `Highlight the ${digit}s on both maps`,
    ariaPressed: false,
    onclick: () => onChoose(digit),
  }));
  legend.append(...buttons);
  zoom.onclick = ({ target }) => target.dataset.zoom && onZoom(Number(target.dataset.zoom));
};

// Press the button of the chosen digit, or of none (null), in every legend of `root`.
export function pressLegends(root, chosen) {
  for (const button of root.querySelectorAll(".map-legend button")) {
    button.ariaPressed = Number(button.textContent) === chosen;
  }
}
