// The drawing pad: strokes of mouse, pen or finger, sent whenever one ends, and the ten examples.
// Strokes are points in [0, 1], not pixels, so that one can be undone, and so that it works where a
// browser protects its canvases from being read. The server draws them with the same pen.

import { reducedMotion } from "../shared/animation.js";
import { createButton, createElement } from "../shared/dom.js";

const PEN = 0.065; // its width, a share of the paper's; as in vae/ui/drawing.py
const DIGITS = 1000; // a point is sent to a thousandth of the paper

// `data` is a Pad, see vae/ui/messages.py; the trigger `input` is a PadInput.
export default function mount(root, data, server) {
  const find = (selector) => root.querySelector(selector);
  const [canvas, verdict, undo, clear] = ["canvas", ".verdict", "[data-do=undo]", "[data-do=clear]"].map(find);
  let { strokes } = data;
  let active = null; // {id of the pointer, points}

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

  function send(input) {
    verdict.classList.add("waiting");
    paint();
    server.trigger("input", input);
  }

  function change(next) {
    strokes = next;
    send({ strokes });
  }

  function place({ clientX, clientY }) {
    const box = canvas.getBoundingClientRect();
    const share = [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
    return share.map((value) => Math.round(value * DIGITS) / DIGITS);
  }

  canvas.onpointerdown = (event) => {
    if (event.button !== 0 || active) return;
    canvas.setPointerCapture(event.pointerId);
    active = { id: event.pointerId, points: [place(event)] };
    strokes = [...strokes, active.points];
    paint();
  };
  canvas.onpointermove = (event) => {
    if (active?.id !== event.pointerId) return;
    for (const part of event.getCoalescedEvents?.() ?? []) active.points.push(place(part));
    active.points.push(place(event));
    paint();
  };
  canvas.onpointerup = canvas.onpointercancel = (event) => {
    if (active?.id !== event.pointerId) return;
    active = null;
    change(strokes);
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
    const ariaLabel = `Example: ${digit === 8 ? "an" : "a"} ${digit}`;
    return createButton({ ariaLabel, onclick: () => send({ example: digit }) }, image);
  });
  find(".strip").replaceChildren(...examples);
  paint();

  return {
    update(next) {
      // A server that was started anew, or an expired session, does not know what is on the paper.
      const isForgotten = next.number < data.number || (!next.number && !next.strokes.length);
      const resend = isForgotten && strokes.length > 0 && !active;
      if (next.sheet !== data.sheet && !resend) [strokes, active] = [next.strokes, null];
      data = next;
      verdict.classList.remove("waiting");
      if (resend) change(strokes);
      else paint();
    },
    dispose() {},
  };
}
