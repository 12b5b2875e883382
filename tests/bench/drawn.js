// Whether the page is drawn: dots on the map, the overlay on it, and a digit in the lens.
() => {
  const chart = document.querySelector(".st-key-latent-map .js-plotly-plot");
  if (!chart?.querySelector(".latent-overlay")) return false;
  const roots = [...document.querySelectorAll("*")].map((element) => element.shadowRoot);
  const screen = roots.map((root) => root?.querySelector("[data-testid=decoded]")).find(Boolean);
  const holds = (canvas, channel) => {
    if (!canvas?.width) return false;
    const pen = new OffscreenCanvas(64, 64).getContext("2d");
    pen.drawImage(canvas, 0, 0, 64, 64);
    const { data } = pen.getImageData(0, 0, 64, 64);
    return data.some((value, i) => i % 4 === channel && value > 0);
  };
  const [RED, ALPHA] = [0, 3];
  const layers = [...chart.querySelectorAll(".gl-container canvas")];
  return holds(screen, RED) && layers.some((layer) => holds(layer, ALPHA));
}
