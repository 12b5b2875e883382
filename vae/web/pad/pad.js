// The drawing pad: strokes of mouse, pen or finger, sent whenever one ends, and the ten examples.
// Strokes are points in [0, 1], not pixels, so that one can be undone, and so that it works where a
// browser protects its canvases from being read. The server draws them with the same pen.

import { reducedMotion } from "../shared/animation.js";
import { withArticle } from "../shared/article.js";
import { showBoxes } from "../shared/boxes.js";
import { createButton, createElement } from "../shared/dom.js";

const PEN = 0.065; // its width, a share of the paper's; as in vae/ui/drawing.py
const DIGITS = 1000; // a point is sent to a thousandth of the paper
const TAP = 0.02; // share of the paper that a finger may slip when it chooses a digit
const RETRY = 3000; // milliseconds without an answer, after which strokes are sent again
const TRIES = 10; // the page itself speaks of a connection that is lost for longer

// `data` is a Pad, see vae/ui/messages.py; the trigger `input` is a PadInput.
export default function mount(root, data, server) {
  const find = (selector) => root.querySelector(selector);
  const [canvas, layer, verdict] = ["canvas", ".latent-boxes", ".verdict"].map(find);
  const [undo, clear] = ["[data-do=undo]", "[data-do=clear]"].map(find);
  let { strokes } = data;
  let retry = 0; // timer
  let active = null; // {id of the pointer, points, other: number of the other digit that it began on, if any}

  function paint() {
    const pen = canvas.getContext("2d");
    const { width, height } = canvas;
    pen.clearRect(0, 0, width, height);
    Object.assign(pen, { lineCap: "round", lineJoin: "round", lineWidth: PEN * width, strokeStyle: "#1b1b1b" });
    for (const points of strokes) {
      pen.beginPath();
      for (const [x, y] of points) pen.lineTo(x * width, y * height);
      pen.lineTo(points.at(-1)[0] * width + 0.1, points.at(-1)[1] * height); // or a dot is nothing
      pen.stroke();
    }
    find(".paper").classList.toggle("used", strokes.length > 0);
    undo.disabled = clear.disabled = !strokes.length;
    verdict.textContent = `${data.verdict} See more ↓`;
    verdict.hidden = !data.verdict;
  }

  function mark(boxes) {
    // By keyboard; a pointer on a box may be about to draw.
    showBoxes(layer, boxes, data.chosen, (chosen, event) => event.detail || choose(chosen));
  }

  function send(input) {
    clearTimeout(retry);
    verdict.classList.add("waiting");
    paint();
    server.trigger("input", input);
  }

  function change(next) {
    strokes = next;
    mark([]); // the boxes are those of the drawing before
    submit(TRIES);
  }

  // What is sent while the connection is lost does not arrive, and nobody says so.
  function submit(tries) {
    send({ strokes });
    if (tries > 1) retry = setTimeout(submit, RETRY, tries - 1);
  }

  const choose = (chosen) => send({ number: data.number, chosen });

  function place({ clientX, clientY }) {
    const box = canvas.getBoundingClientRect();
    const share = [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
    return share.map((value) => Math.round(value * DIGITS) / DIGITS);
  }

  canvas.onpointerdown = layer.onpointerdown = (event) => {
    if (event.button !== 0 || active) return;
    canvas.setPointerCapture(event.pointerId);
    const number = event.target.dataset.number;
    const other = number && Number(number) !== data.chosen ? Number(number) : null;
    active = { id: event.pointerId, points: [place(event)], other };
    strokes = [...strokes, active.points];
    if (other === null) paint();
  };
  canvas.onpointermove = (event) => {
    if (active?.id !== event.pointerId) return;
    for (const part of event.getCoalescedEvents?.() ?? []) active.points.push(place(part));
    active.points.push(place(event));
    paint();
  };
  canvas.onpointerup = canvas.onpointercancel = (event) => {
    if (active?.id !== event.pointerId) return;
    const { points, other } = active;
    active = null;
    if (other === null || !isTap(points)) return change(strokes);
    strokes = strokes.slice(0, -1);
    choose(other);
  };
  undo.onclick = () => change(strokes.slice(0, -1));
  clear.onclick = () => change([]);
  // On a phone the answer stands further down: a word of it here, and a way there.
  verdict.onclick = () => {
    const behavior = reducedMotion() ? "auto" : "smooth";
    document.getElementById("your-digit-answer")?.scrollIntoView({ behavior });
  };
  const examples = data.examples.map((address, digit) => {
    const image = createElement("img", { className: "picture", src: new URL(address, document.baseURI), alt: "" });
    const ariaLabel = `Example: ${withArticle(digit)}`;
    return createButton({ ariaLabel, onclick: () => send({ example: digit }) }, image);
  });
  find(".strip").replaceChildren(...examples);
  paint();
  mark(data.boxes);

  return {
    update(next) {
      // After a restart of the server, or in a new session, Python does not know the drawing.
      const isForgotten = next.number < data.number || (!next.number && !next.strokes.length);
      const resend = isForgotten && strokes.length > 0 && !active;
      if (next.sheet !== data.sheet || JSON.stringify(next.strokes) === JSON.stringify(strokes)) clearTimeout(retry);
      if (next.sheet !== data.sheet && !resend) [strokes, active] = [next.strokes, null];
      data = next;
      verdict.classList.remove("waiting");
      mark(data.boxes);
      if (resend) change(strokes);
      else paint();
    },
    dispose: () => clearTimeout(retry),
  };
}

const isTap = (points) => points.every((point) => point.every((value, i) => Math.abs(value - points[0][i]) < TAP));
