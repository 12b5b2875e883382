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
const CENTRED = { x: 0.5, xanchor: "center", y: 0, yref: "container", yanchor: "bottom" };
const LAYOUT = {
  margin: { l: LEFT, r: RIGHT, t: TOP, b: FOOT - 10 },
  paper_bgcolor: "rgba(0, 0, 0, 0)",
  plot_bgcolor: "rgba(0, 0, 0, 0)",
  hovermode: "x unified",
  dragmode: false,
  legend: { ...CENTRED, orientation: "h", itemclick: false, itemdoubleclick: false },
};
const HEADING = { xref: "paper", yref: "paper", xanchor: "left", yanchor: "bottom", showarrow: false };
const AXIS = {
  gridcolor: "rgba(128, 128, 128, 0.25)",
  tickfont: { size: 11 },
  zeroline: false,
  fixedrange: true, // a finger scrolls the page
};

// {traces, layout} of a Curves (vae/ui/messages.py); `theme` as `readTheme` gives it.
export function buildFigure({ history, loss_unit }, width, { text, paper }) {
  const isWide = width >= WIDE;
  const count = history.loss.length;
  const traces = KINDS.map((kind) => traceNothing(kind, text));
  const layout = {
    ...LAYOUT,
    width,
    height: FOOT + (isWide ? ROW : PANELS.length * ROW),
    font: { family: "Source Sans, sans-serif", size: 12, color: text },
    hoverlabel: { bgcolor: paper, font: { color: text } },
    annotations: [],
  };
  for (const [i, panel] of PANELS.entries()) {
    const [x, y] = i ? [`x${i + 1}`, `y${i + 1}`] : ["x", "y"];
    const { across, up } = placePanel(i, isWide, width);
    const unit = unitOf(panel, loss_unit);
    layout[x.replace("x", "xaxis")] = { ...epochAxis(count, !up[0]), domain: across, anchor: y };
    // KL is small: from 0 its changes keep their size.
    const rangemode = panel.name === "kl" ? "tozero" : "normal";
    layout[y.replace("y", "yaxis")] = { ...AXIS, nticks: TICKS, rangemode, domain: up, anchor: x };
    layout.annotations.push({ ...HEADING, text: `<b>${panel.title} (${unit})</b>`, x: across[0], y: up[1] });
    for (const kind of KINDS) traces.push({ ...traceCurve(panel, kind, history, unit), xaxis: x, yaxis: y });
  }
  return { traces, layout };
}

// The last figures in words, for anyone who does not see the curves.
export function describe({ history, loss_unit }) {
  const last = (name) => Number(history[name].at(-1).toPrecision(4));
  const figures = PANELS.map((panel) => {
    const values = KINDS.map(({ prefix, words }) => `${last(prefix + panel.name)} on ${words}`);
    return `${panel.title} (${unitOf(panel, loss_unit)}): ${values.join(", ")}.`;
  });
  return `Curves up to epoch ${history.loss.length}. ${figures.join(" ")}`;
}

const unitOf = ({ name }, lossUnit) => (name === "loss" ? lossUnit : "nats");

// The part of the figure that panel i fills, [low, high] in [0, 1] each way.
function placePanel(i, isWide, width) {
  const gap = isWide ? (LEFT + RIGHT) / (width - LEFT - RIGHT) : 0.12;
  const share = (1 + gap) / PANELS.length;
  const part = (at) => [at * share, (at + 1) * share - gap];
  return isWide ? { across: part(i), up: [0, 1] } : { across: [0, 1], up: part(PANELS.length - 1 - i) };
}

function epochAxis(count, isLowest) {
  return {
    ...AXIS,
    range: [0.8, Math.max(count, 2) + 0.2],
    tick0: 0,
    dtick: STEPS.find((step) => count / step <= TICKS) ?? count,
    title: { text: isLowest ? "epoch" : "", standoff: 2 },
    showgrid: false,
    showspikes: false,
    unifiedhovertitle: { text: "epoch %{x}" },
  };
}

function traceCurve({ name, colour }, { prefix, words, dash }, history, unit) {
  const y = history[prefix + name];
  return {
    x: y.map((_, i) => i + 1),
    y,
    mode: y.length < 3 ? "lines+markers" : "lines",
    line: { color: colour, dash, width: 2 },
    hovertemplate: `%{y:.4~g} ${unit}, ${words}<extra></extra>`,
    showlegend: false,
  };
}

// For the legend.
function traceNothing({ words, dash }, text) {
  return { x: [null], y: [null], name: words, mode: "lines", line: { color: text, dash, width: 2 } };
}
