// The curves of a run: loss, reconstruction and KL after each epoch, by Plotly's public interface.

import { loadScript } from "../shared/resources.js";
import { onLookChange, readTheme } from "../shared/theme.js";
import { buildFigure, describe } from "./figure.js";

// `data` is a Curves, see vae/ui/messages.py.
export default function mount(parent, data) {
  const root = parent.querySelector(".latent-curves");
  const [chart, notice] = root.children;
  const leave = new AbortController();
  let Plotly = null;

  function update(next) {
    data = next;
    chart.ariaLabel = describe(data);
    draw();
  }

  function draw() {
    if (!Plotly || !chart.clientWidth) return;
    const { traces, layout } = buildFigure(data, chart.clientWidth, readTheme(root));
    Plotly.react(chart, traces, layout, { displayModeBar: false });
  }

  async function load() {
    try {
      Plotly = await loadScript(data.plotly_url, "Plotly");
      draw();
    } catch (error) {
      notice.textContent = `The curves could not be drawn: ${error.message}`;
      notice.hidden = false;
    }
  }

  onLookChange(root, leave.signal, draw);
  update(data);
  load();

  return {
    update,
    dispose() {
      leave.abort();
      Plotly?.purge(chart);
    },
  };
}
