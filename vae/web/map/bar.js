// The bar over the map: a legend of digits to show or hide, what the map shows, and its zoom.

import { createDigitButtons } from "../shared/dom.js";
import { STEP } from "./view.js";

export const MODES = `
  <div class="map-modes" role="group" aria-label="What the map shows">
    <button type="button" data-mode="dots">Dots</button>
    <button type="button" data-mode="both">Both</button>
    <button type="button" data-mode="digits">Digits</button>
  </div>`;
export const ZOOM = `
  <div class="map-zoom" role="group" aria-label="Zoom">
    <button type="button" data-zoom="${STEP}" aria-label="Zoom in">+</button>
    <button type="button" data-zoom="${1 / STEP}" aria-label="Zoom out">−</button>
    <button type="button" data-zoom="0" aria-label="Show the whole map" title="Show the whole map">⌂</button>
  </div>`;
const LEGEND = `<div class="map-legend digits" role="group" aria-label="Show or hide a digit"></div>`;

// Fill `bar`; onZoom(factor) hears of a zoom, with 0 for the whole map, onChange() when `view` has changed.
export function fillBar(bar, source, view, onZoom, onChange) {
  bar.innerHTML = LEGEND + MODES + ZOOM;
  const [legend, modes, zoom] = bar.children;

  function toggle(digit) {
    const { hidden } = view;
    if (!hidden.delete(digit)) hidden.add(digit);
    if (hidden.size === legend.children.length) hidden.clear(); // a map of nothing helps nobody
    change();
  }

  function change() {
    press();
    onChange();
  }

  function press() {
    for (const button of modes.children) button.ariaPressed = button.dataset.mode === view.mode;
    for (const button of legend.children) button.ariaPressed = !view.hidden.has(Number(button.textContent));
  }

  legend.append(
    ...createDigitButtons(source, (digit) => ({
      title: `Show or hide the ${digit}s`,
      onclick: () => toggle(digit),
    })),
  );
  modes.onclick = ({ target }) => {
    if (!target.dataset.mode) return;
    view.mode = target.dataset.mode;
    change();
  };
  zoom.onclick = ({ target }) => target.dataset.zoom && onZoom(Number(target.dataset.zoom));
  press();
}
