// How the page looks to a component: its colours, as Streamlit's CSS variables tell them, and its size.

import { createElement } from "./dom.js";

const drop = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

// {text, paper} as CSS colours, and the text's colour as [r, g, b].
export function readTheme(element) {
  const style = getComputedStyle(element);
  const text = style.getPropertyValue("--st-text-color").trim() || style.color;
  const paper = style.getPropertyValue("--st-background-color").trim() || "#fff";
  drop.fillStyle = text;
  drop.fillRect(0, 0, 1, 1);
  return { text, paper, ink: [...drop.getImageData(0, 0, 1, 1).data.subarray(0, 3)] };
}

// Calls `react` at first and whenever the element's size or the page's colours have changed, until
// `signal` aborts. A change of the inherited text colour starts a transition, and its end is an event.
export function onLookChange(element, signal, react) {
  const sizes = new ResizeObserver(react);
  sizes.observe(element);
  const style = "position: absolute; transition: color 1ms; color: var(--st-text-color)";
  const probe = createElement("span", { style, ontransitionend: react });
  element.append(probe);
  signal.addEventListener("abort", () => {
    sizes.disconnect();
    probe.remove();
  });
}
