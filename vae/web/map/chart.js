// The chart: the codes as coloured dots, drawn by Plotly through its public interface alone.

import { viewRanges } from "./view.js";

export const MARGIN = { left: 34, right: 6, top: 6, bottom: 36 }; // pixels; fixed, so that the arithmetic holds
const OPACITY = { dots: 0.85, both: 0.4 };
const PATIENCE = 1500; // milliseconds a lost graphics context has to come back
const BACK = 100; // milliseconds within which all canvases are restored

// Draw `codes` into `element`; returns {ready, draw, setView, setVisible, dispose}.
export function createChart(Plotly, element, codes, palette, look) {
  let fast = hasWebGL();
  const traces = () => byDigit(codes).map(({ digit, x, y }) => ({
    type: fast ? "scattergl" : "scatter",
    x,
    y,
    mode: "markers",
    name: String(digit),
    marker: { size: 4, color: palette.colours[digit], opacity: OPACITY[look.mode] ?? OPACITY.dots },
    visible: isVisible(digit),
    hoverinfo: "skip",
  }));
  const digits = byDigit(codes).map(({ digit }) => digit);
  const isVisible = (digit) => look.mode !== "digits" && !look.hidden.has(digit);
  const config = { staticPlot: true, displayModeBar: false, plotGlPixelRatio: 1 };
  let waiting = 0;

  function layout() {
    const { box, view, ink } = look;
    const ranges = viewRanges(view, box);
    const axis = (range, title) => ({
      range,
      title: { text: title, standoff: 2 },
      zeroline: false,
      showgrid: false,
      ticks: "",
      nticks: 8,
      tickfont: { size: 11 },
      fixedrange: true,
    });
    return {
      width: MARGIN.left + box.width + MARGIN.right,
      height: MARGIN.top + box.height + MARGIN.bottom,
      margin: { l: MARGIN.left, r: MARGIN.right, t: MARGIN.top, b: MARGIN.bottom, autoexpand: false },
      font: { family: "Source Sans, sans-serif", color: ink },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      dragmode: false,
      hovermode: false,
      showlegend: false,
      xaxis: axis(ranges.x, "z1"),
      yaxis: axis(ranges.y, "z2"),
    };
  }

  const draw = () => Plotly.react(element, traces(), layout(), config);

  function setView() {
    const ranges = viewRanges(look.view, look.box);
    return Plotly.relayout(element, { "xaxis.range": ranges.x, "yaxis.range": ranges.y });
  }

  function setVisible() {
    const opacity = OPACITY[look.mode] ?? OPACITY.dots;
    return Plotly.restyle(element, { visible: digits.map(isVisible), "marker.opacity": opacity });
  }

  // A browser may take the graphics context away. Dots come back with it, or are drawn without it.
  function onLost(event) {
    event.preventDefault(); // or it never comes back
    waiting ||= setTimeout(() => {
      waiting = 0;
      fast = false;
      draw();
    }, PATIENCE);
  }

  // Plotly draws on several canvases: all of them are back a moment later.
  function onRestored() {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      waiting = 0;
      Plotly.redraw(element);
    }, BACK);
  }

  element.addEventListener("webglcontextlost", onLost, true);
  element.addEventListener("webglcontextrestored", onRestored, true);
  return {
    ready: draw(),
    draw,
    setView,
    setVisible,
    dispose() {
      clearTimeout(waiting);
      element.removeEventListener("webglcontextlost", onLost, true);
      element.removeEventListener("webglcontextrestored", onRestored, true);
      Plotly.purge(element);
    },
  };
}

function hasWebGL() {
  try {
    return Boolean(document.createElement("canvas").getContext("webgl"));
  } catch {
    return false;
  }
}

function byDigit({ count, x, y, labels }) {
  const groups = new Map();
  for (let i = 0; i < count; i++) {
    const digit = labels[i];
    if (!groups.has(digit)) groups.set(digit, { digit, x: [], y: [] });
    groups.get(digit).x.push(x[i]);
    groups.get(digit).y.push(y[i]);
  }
  return [...groups.values()].sort((a, b) => a.digit - b.digit);
}
