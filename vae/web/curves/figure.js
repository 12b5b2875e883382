// The curves as a Plotly figure: a panel for each quantity, beside each other where there is room.

const PANELS = [
  { name: "reconstruction", title: "Reconstruction", colour: "#3f90da" },
  { name: "kl", title: "KL", colour: "#e76300" },
  { name: "loss", title: "Loss", colour: "#8a8f98" },
];
const KINDS = [
  { prefix: "", words: "training digits", dash: "solid" },
  { prefix: "val_", words: "other digits", dash: "dot" },
];
const WIDE = 520; // pixels from which the panels stand beside each other
const [ROW, FOOT] = [180, 70]; // pixels: a row of panels; what is below: epochs and legend
const [LEFT, TOP, RIGHT] = [44, 24, 8]; // pixels around the panels: ticks, a heading
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000]; // epochs between two ticks
const TICKS = 5; // at most

// {traces, layout} of a Curves (vae/ui/messages.py); `theme` as `readTheme` gives it.
export function buildFigure({ history, loss_unit }, width, { text, paper }) {
  const isWide = width >= WIDE;
  const count = history.loss.length;
  const panels = PANELS.map((panel, i) => ({
    ...panel,
    unit: panel.name === "loss" ? loss_unit : "nats",
    suffix: i ? String(i + 1) : "",
    ...placeOf(i, isWide, width),
  }));
  const axes = panels.map((panel) => layoutAxes(panel, count, text));
  const layout = {
    width,
    height: FOOT + (isWide ? ROW : PANELS.length * ROW),
    margin: { l: LEFT, r: RIGHT, t: TOP, b: FOOT - 10 },
    font: { family: "Source Sans, sans-serif", size: 12, color: text },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    hovermode: "x unified",
    hoverlabel: { bgcolor: paper, font: { color: text } },
    dragmode: false,
    legend: {
      orientation: "h",
      x: 0.5,
      xanchor: "center",
      y: 0,
      yref: "container",
      yanchor: "bottom",
      itemclick: false,
      itemdoubleclick: false,
    },
    annotations: panels.map(headPanel),
    ...Object.assign({}, ...axes),
  };
  const traces = panels.flatMap((panel) => KINDS.map((kind) => traceCurve(panel, kind, history)));
  return { traces: [...traces, ...KINDS.map((kind) => explain(kind, text))], layout };
}

// The last figures in words, for anyone who does not see the curves.
export function describe({ history, loss_unit }) {
  const last = (name) => Number(history[name].at(-1).toPrecision(4));
  const figures = PANELS.map(({ name, title }) => {
    const unit = name === "loss" ? loss_unit : "nats";
    return `${title} (${unit}): ${KINDS.map(({ prefix, words }) => `${last(prefix + name)} on ${words}`).join(", ")}.`;
  });
  return `Curves up to epoch ${history.loss.length}. ${figures.join(" ")}`;
}

// The part of the figure that panel i fills, [low, high] in [0, 1] each way.
function placeOf(i, isWide, width) {
  const gap = isWide ? (LEFT + RIGHT) / (width - LEFT - RIGHT) : 0.12;
  const share = (1 + gap) / PANELS.length;
  const part = (at) => [at * share, (at + 1) * share - gap];
  return isWide ? { across: part(i), up: [0, 1] } : { across: [0, 1], up: part(PANELS.length - 1 - i) };
}

function layoutAxes({ name, suffix, across, up }, count, text) {
  const axis = {
    color: text,
    gridcolor: "rgba(128, 128, 128, 0.25)",
    tickfont: { size: 11 },
    zeroline: false,
    fixedrange: true, // a finger scrolls the page
  };
  const x = {
    ...axis,
    domain: across,
    anchor: `y${suffix}`,
    range: [0.8, Math.max(count, 2) + 0.2],
    tick0: 0,
    dtick: STEPS.find((step) => count / step <= TICKS) ?? count,
    title: { text: up[0] ? "" : "epoch", standoff: 2 }, // below the lowest panels
    showgrid: false,
    showspikes: false,
    unifiedhovertitle: { text: "epoch %{x}" },
  };
  const rangemode = name === "kl" ? "tozero" : "normal"; // KL is small: from 0 its changes keep their size
  const y = { ...axis, domain: up, anchor: `x${suffix}`, nticks: TICKS, rangemode };
  return { [`xaxis${suffix}`]: x, [`yaxis${suffix}`]: y };
}

function headPanel({ title, unit, across, up }) {
  const corner = { x: across[0], y: up[1], xref: "paper", yref: "paper", xanchor: "left", yanchor: "bottom" };
  return { text: `<b>${title} (${unit})</b>`, showarrow: false, ...corner };
}

function traceCurve({ name, colour, unit, suffix }, { prefix, words, dash }, history) {
  const y = history[prefix + name];
  return {
    x: y.map((_, i) => i + 1),
    y,
    mode: y.length < 3 ? "lines+markers" : "lines",
    line: { color: colour, dash, width: 2 },
    xaxis: `x${suffix}`,
    yaxis: `y${suffix}`,
    hovertemplate: `%{y:.4~g} ${unit}, ${words}<extra></extra>`,
    showlegend: false,
  };
}

// A curve of nothing, for the legend.
function explain({ words, dash }, text) {
  return { x: [null], y: [null], name: words, mode: "lines", line: { color: text, dash, width: 2 } };
}
