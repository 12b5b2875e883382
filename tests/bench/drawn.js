// Whether the page is drawn: dots on the map, the overlay on it, and a digit in the lens. Reading
// WebGL's pixels back costs 70 to 140 ms: who measures time counts its draw calls instead, notes
// the time, and asks for the pixels afterwards.
(calls) => {
  const chart = document.querySelector(".st-key-latent-map .js-plotly-plot");
  if (!chart?.querySelector(".latent-overlay")) return false;
  const hosts = document.querySelectorAll("[class*='st-key-lens-'] *");
  const roots = [...hosts].map((element) => element.shadowRoot).filter(Boolean);
  const screen = roots.map((root) => root.querySelector("[data-testid=decoded]")).find(Boolean);
  const holds = (canvas, channel) => {
    if (!canvas?.width) return false;
    const pen = new OffscreenCanvas(64, 64).getContext("2d");
    pen.drawImage(canvas, 0, 0, 64, 64);
    const { data } = pen.getImageData(0, 0, 64, 64);
    return data.some((value, i) => i % 4 === channel && value > 0);
  };
  const [RED, ALPHA] = [0, 3];
  if (calls) return holds(screen, RED) && window.drawCalls > 0;
  return holds(screen, RED) && holds(chart.querySelector(".gl-canvas-context"), ALPHA);
}
