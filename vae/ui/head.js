// Plotly wants its dots multisampled, though their shader smooths them already. Where there is no
// graphics processor, that is half of the drawing.
const { getContext } = HTMLCanvasElement.prototype;
HTMLCanvasElement.prototype.getContext = function (kind, wishes) {
  const dots = this.classList.contains("gl-canvas");
  return getContext.call(this, kind, dots ? { ...wishes, antialias: false } : wishes);
};

// Run the map's library while Streamlit waits for its server. Safari has no such callback.
(window.requestIdleCallback ?? setTimeout)(() => CHUNKS.map((url) => import(url)));
