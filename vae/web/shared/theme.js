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
