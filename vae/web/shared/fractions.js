// A bar of shares: how much of something each digit has.

const LEGIBLE = 0.07; // share from which a digit fits into its part

// Fill `bar` with [[digit, share in [0, 1]], ...]; `palette` is {colours, dark}.
export function showFractions(bar, fractions, { colours, dark }) {
  const words = fractions.map(([digit, share]) => `${digit}: ${Math.round(100 * share)} %`).join(", ");
  bar.setAttribute("aria-label", words);
  bar.title = words;
  const parts = fractions.map(([digit, share]) => {
    const part = document.createElement("span");
    part.style.cssText = `flex:${share};background:${colours[digit]}`;
    part.classList.toggle("dark", dark.includes(digit));
    part.textContent = share > LEGIBLE ? digit : "";
    return part;
  });
  bar.replaceChildren(...parts);
}
