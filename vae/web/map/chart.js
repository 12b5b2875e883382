// The chart: the codes as coloured dots, drawn by Plotly through its public interface alone.

import { groupByDigit } from "../shared/codes.js";
import { viewRanges } from "./view.js";

const OPACITY = { dots: 0.85, both: 0.4, digits: 0 };
const GREY = "#888"; // of all digits but the chosen one
const FAINT = 0.25; // of their opacity
const PATIENCE = 1500; // milliseconds a lost graphics context has to come back
const BACK = 100; // milliseconds within which all canvases are restored
const CONFIG = { staticPlot: true, displayModeBar: false, plotGlPixelRatio: 1 };
const LAYOUT = {
  margin: { l: 34, r: 6, t: 6, b: 36, autoexpand: false }, // pixels; as in map.css
  paper_bgcolor: "rgba(0,0,0,0)",
  plot_bgcolor: "rgba(0,0,0,0)",
  dragmode: false,
  hovermode: false,
  showlegend: false,
};
const AXIS = { zeroline: false, showgrid: false, ticks: "", nticks: 8, tickfont: { size: 11 }, fixedrange: true };

// A chart of `codes` in `element`; `look` holds the frame and the theme of the moment, `view` what is
// shown. It is drawn when `draw` is called, which gives a promise.
export function createChart(Plotly, element, { codes, palette, look, view, signal }) {
  const dots = groupByDigit(codes.labels);
  const isVisible = ([digit]) => view.mode !== "digits" && !view.hidden.has(digit);
  const isGrey = (digit) => (view.chosen ?? digit) !== digit;
  const colourOf = ([digit]) => (isGrey(digit) ? GREY : palette.colours[digit]);
  const opacityOf = ([digit]) => OPACITY[view.mode] * (isGrey(digit) ? FAINT : 1);
  let type = document.createElement("canvas").getContext("webgl") ? "scattergl" : "scatter";
  let waiting = 0;

  function draw() {
    const ranges = viewRanges(look.frame, look.frame);
    const traces = dots.map(([digit, indices]) => ({
      type,
      x: indices.map((i) => codes.x[i]),
      y: indices.map((i) => codes.y[i]),
      mode: "markers",
      name: String(digit),
      marker: { size: 4, color: colourOf([digit]), opacity: opacityOf([digit]) },
      visible: isVisible([digit]),
      hoverinfo: "skip",
    }));
    const layout = {
      ...LAYOUT,
      width: element.clientWidth,
      height: element.clientHeight,
      font: { family: "Source Sans, sans-serif", color: look.theme.text },
      xaxis: { ...AXIS, range: ranges.x, title: { text: "z1", standoff: 2 } },
      yaxis: { ...AXIS, range: ranges.y, title: { text: "z2", standoff: 2 } },
    };
    return Plotly.react(element, traces, layout, CONFIG);
  }

  function setView() {
    const ranges = viewRanges(look.frame, look.frame);
    Plotly.relayout(element, { "xaxis.range": ranges.x, "yaxis.range": ranges.y });
  }

  function setVisible() {
    Plotly.restyle(element, {
      visible: dots.map(isVisible),
      "marker.color": dots.map(colourOf),
      "marker.opacity": dots.map(opacityOf),
    });
  }

  // A browser may take the graphics context away. Dots come back with it, or are drawn without it.
  function onLost(event) {
    event.preventDefault(); // or it never comes back
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      type = "scatter";
      draw();
    }, PATIENCE);
  }

  // Plotly draws on several canvases: all of them are back a moment later.
  function onRestored() {
    clearTimeout(waiting);
    waiting = setTimeout(() => Plotly.redraw(element), BACK);
  }

  element.addEventListener("webglcontextlost", onLost, { capture: true, signal });
  element.addEventListener("webglcontextrestored", onRestored, { capture: true, signal });
  signal.addEventListener("abort", () => {
    clearTimeout(waiting);
    Plotly.purge(element);
  });
  return { draw, setView, setVisible };
}
