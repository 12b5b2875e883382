// The drawing pad: strokes of mouse, pen or finger, sent as a PNG whenever one ends; and the ten
// examples. Strokes are kept as points in [0, 1], so that one can be undone.

const PEN = 0.065; // its width, a share of the paper's

export default mounted(makePad);

function makePad({ parentElement: root, data: [{ examples }] }) {
  const find = (selector) => root.querySelector(selector);
  const canvas = find("canvas");
  const pen = canvas.getContext("2d");
  const leave = new AbortController();
  let server = null;
  let strokes = [];
  let stroke = null;

  function paint() {
    const { width, height } = canvas;
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, width, height);
    Object.assign(pen, { lineCap: "round", lineJoin: "round", lineWidth: PEN * width });
    pen.strokeStyle = "#1b1b1b";
    for (const points of strokes) {
      pen.beginPath();
      for (const [x, y] of points) pen.lineTo(x * width, y * height);
      if (points.length === 1) pen.lineTo(points[0][0] * width + 0.1, points[0][1] * height);
      pen.stroke();
    }
    find(".paper").classList.toggle("used", strokes.length > 0);
    for (const button of root.querySelectorAll("[data-do]")) button.disabled = !strokes.length;
  }

  function send() {
    if (!strokes.length) return;
    const [, png] = canvas.toDataURL("image/png").split(",");
    server.setTriggerValue("given", { png });
  }

  const place = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect();
    return [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || stroke) return;
    canvas.setPointerCapture(event.pointerId);
    stroke = { id: event.pointerId, points: [place(event)] };
    strokes.push(stroke.points);
    paint();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (stroke?.id !== event.pointerId) return;
    for (const part of event.getCoalescedEvents?.() ?? [event]) stroke.points.push(place(part));
    stroke.points.push(place(event));
    paint();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => {
      if (stroke?.id !== event.pointerId) return;
      stroke = null;
      send();
    });
  }
  find("[data-do=undo]").onclick = () => {
    strokes.pop();
    paint();
    send();
  };
  find("[data-do=clear]").onclick = () => {
    strokes = [];
    paint();
  };
  find(".strip").replaceChildren(
    ...examples.map((picture, digit) => {
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("aria-label", `Example: a ${digit}`);
      const image = new Image();
      image.src = `data:image/jpeg;base64,${picture}`;
      image.alt = "";
      button.append(image);
      button.onclick = () => {
        strokes = []; // the paper shows what is judged, or nothing
        paint();
        server.setTriggerValue("given", { example: digit });
      };
      return button;
    }),
  );
  // On a telephone the answer stands further down: a word of it here, and a way there.
  const verdict = find(".verdict");
  const hear = () => {
    verdict.hidden = !strokes.length;
    verdict.textContent = `${window.latentVerdict} See more ↓`;
  };
  document.addEventListener("latent-verdict", hear, { signal: leave.signal });
  verdict.onclick = () => document.dispatchEvent(new Event("latent-look"));
  paint();
  return { update: (component) => (server = component), dispose: () => leave.abort() };
}
