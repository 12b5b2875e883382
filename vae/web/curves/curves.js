// The curves of a run: loss, reconstruction and KL after each epoch, by Plotly's public interface.

import { loadScript } from "../shared/resources.js";
import { onThemeChange, readTheme } from "../shared/theme.js";
import { buildFigure, describe } from "./figure.js";

const CONFIG = { displayModeBar: false };

// `data` is a Curves, see vae/ui/messages.py.
export default function mount(root, data) {
  const chart = root.querySelector(".chart");
  let content = data;
  let Plotly = null;
  let width = 0;

  function draw() {
    if (!Plotly || !chart.clientWidth) return;
    width = chart.clientWidth;
    const { traces, layout } = buildFigure(content, width, readTheme(root.firstElementChild));
    Plotly.react(chart, traces, layout, CONFIG);
  }

  function update(next) {
    content = next;
    chart.setAttribute("aria-label", describe(next));
    draw();
  }

  const sizes = new ResizeObserver(() => chart.clientWidth !== width && draw());
  sizes.observe(chart);
  const forgetTheme = onThemeChange(root.firstElementChild, draw);
  update(data);
  loadScript(data.plotly_url, "Plotly").then(
    (library) => {
      Plotly = library;
      draw();
    },
    (error) => {
      const notice = root.querySelector(".notice");
      notice.textContent = `The curves could not be drawn: ${error.message}`;
      notice.hidden = false;
    },
  );

  return {
    update,
    dispose() {
      sizes.disconnect();
      forgetTheme();
      Plotly?.purge(chart);
      Plotly = null;
    },
  };
}
