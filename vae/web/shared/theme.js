// The page's colours as Streamlit's CSS variables tell them to a component.

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

// Calls `react` whenever the page's colours have changed; returns how to stop. A change of the
// inherited text colour starts a transition, and its end is an event.
export function onThemeChange(element, react) {
  const probe = document.createElement("span");
  probe.style.cssText = "position: absolute; transition: color 1ms; color: var(--st-text-color)";
  probe.addEventListener("transitionend", react);
  element.append(probe);
  return () => probe.remove();
}
