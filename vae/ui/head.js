// Plotly wants its dots multisampled, though their shader smooths them already: where there is no
// graphics processor, that is half of the drawing. And it wants a second WebGL, for dots that are
// selected: nobody can select any here, so that layer is given one that does nothing.
const { getContext } = HTMLCanvasElement.prototype;
const idle = new Proxy({}, { get: () => () => {} });
HTMLCanvasElement.prototype.getContext = function (kind, wishes) {
  if (!this.classList.contains("gl-canvas-context")) return getContext.call(this, kind, wishes);
  const selected = this.parentNode.querySelector(".gl-canvas-focus")?.__data__;
  if (selected) selected.regl = idle;
  return getContext.call(this, kind, { ...wishes, antialias: false });
};

// Run the map's library while Streamlit waits for its server. Safari has no such callback.
(window.requestIdleCallback ?? setTimeout)(() => CHUNKS.map((url) => import(url)));
