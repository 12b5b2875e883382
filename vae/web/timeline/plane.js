// The plane of one moment on a canvas: a dot for every code, and each digit's name among its own.

import { groupByDigit } from "../shared/codes.js";
import { spread } from "../shared/labels.js";
import { readTheme } from "../shared/theme.js";

const DOT = 2.4; // pixels, its radius
const NAME = 22; // pixels between the middles of two names, at least
const NEAR = 0.5; // units of z around a dot in which dots of the same digit are counted
const LEAST = 3; // units of z that are shown at least, either way
const MARGIN = 1.05;
const [RIM, FAR] = [0.98, 2]; // see `measureReach`

// How far from 0 the plane must be shown, [z1, z2], to hold the dots of all snapshots. A few dots
// farther out than FAR times the share RIM of the others would only make these small: they count
// up to there.
export function measureReach(snapshots) {
  return [0, 1].map((axis) => {
    const extents = snapshots.map(({ codes }) => {
      const sizes = codes.filter((_, i) => i % 2 === axis).map(Math.abs).sort();
      return Math.min(sizes.at(-1), FAR * sizes[Math.floor(RIM * (sizes.length - 1))]);
    });
    return MARGIN * Math.max(LEAST, ...extents);
  });
}

// For each digit the dot that most of its own kind lie around: [[digit, index of the dot], ...].
export function findCenters(codes, labels) {
  const near = (i, j) => Math.hypot(codes[2 * i] - codes[2 * j], codes[2 * i + 1] - codes[2 * j + 1]) < NEAR;
  return groupByDigit(labels).map(([digit, dots]) => {
    const counts = dots.map((i) => dots.filter((j) => near(i, j)).length);
    return [digit, dots[counts.indexOf(Math.max(...counts))]];
  });
}

// Draw `codes` (z1, z2 of every dot in turn); `centers` as `findCenters` gives them.
export function paintPlane(canvas, { codes, labels, centers, colours, reach }) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width || !height) return;
  const scale = window.devicePixelRatio || 1;
  [canvas.width, canvas.height] = [width * scale, height * scale];
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  const unit = Math.min(width / 2 / reach[0], height / 2 / reach[1]);
  const place = (i) => [width / 2 + codes[2 * i] * unit, height / 2 - codes[2 * i + 1] * unit];
  labels.forEach((label, i) => {
    const [x, y] = place(i);
    if (Math.min(x, y, width - x, height - y) < DOT) return; // far out: rather no dot than half a one
    pen.fillStyle = colours[label];
    pen.beginPath();
    pen.arc(x, y, DOT, 0, 2 * Math.PI);
    pen.fill();
  });
  const { text, paper } = readTheme(canvas);
  const font = getComputedStyle(canvas).fontFamily;
  Object.assign(pen, { textAlign: "center", textBaseline: "middle", lineJoin: "round", lineWidth: 4 });
  Object.assign(pen, { font: `700 20px ${font}`, strokeStyle: paper, fillStyle: text });
  spread(centers.map(([, dot]) => place(dot)), NAME).forEach(([x, y], i) => {
    pen.strokeText(centers[i][0], x, y);
    pen.fillText(centers[i][0], x, y);
  });
}
