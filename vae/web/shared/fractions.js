// A bar of shares: how much of something each digit has.

import { createElement } from "./dom.js";

const LEGIBLE = 0.07; // share from which a digit fits into its part

// Fill `bar` with [[digit, share in [0, 1]], ...]; `palette` is {colours, dark}.
export function showFractions(bar, fractions, { colours, dark }) {
  bar.title = fractions.map(([digit, share]) => `${digit}: ${Math.round(100 * share)} %`).join(", ");
  bar.ariaLabel = bar.title;
  const parts = fractions.map(([digit, share]) =>
    createElement("span", {
      className: dark.includes(digit) ? "dark" : "",
      style: `flex: ${share}; background: ${colours[digit]}`,
      textContent: share > LEGIBLE ? digit : "",
    }),
  );
  bar.replaceChildren(...parts);
}
