// The pointer on the chart. A mouse looks as it moves, clicks to pin and may drag the pin; any other
// drag is Plotly's pan. A finger looks as it moves and pins where it lifts; two fingers zoom.

const GRIP = 16; // pixels around the pin in which a press takes hold of it
const STILL = 6; // pixels that a click may wander
const TWICE = 350; // milliseconds within which a second click makes a double click, Plotly's own

function listenToPointer(gd, signal, hooks) {
  let gesture = null;
  let clicked = -Infinity;
  const early = { capture: true, signal };
  gd.addEventListener("pointerdown", press, early);
  gd.addEventListener("pointermove", hover, early);
  gd.addEventListener("pointerleave", () => gesture || hooks.hover(null), { signal });
  gd.addEventListener("mousedown", keepFromPlotly, early);
  gd.addEventListener("touchstart", keepFromPlotly, { ...early, passive: false });
  window.addEventListener("pointermove", drag, early);
  window.addEventListener("pointerup", release, early);
  window.addEventListener("pointercancel", cancel, early);

  function placeOf(event) {
    const frame = chartFrame(gd);
    const box = gd.getBoundingClientRect();
    return frame?.toPlane(event.clientX - box.left, event.clientY - box.top);
  }

  function at(event, act) {
    const place = placeOf(event);
    if (place) act(place);
  }

  const onPlane = ({ target }) => target.classList?.contains("nsewdrag");

  function nearPin(event) {
    const frame = chartFrame(gd);
    if (!frame || !hooks.state.pin) return false;
    const [x, y] = frame.toPixel(hooks.state.pin);
    const box = gd.getBoundingClientRect();
    const dx = event.clientX - box.left - frame.left - x;
    const dy = event.clientY - box.top - frame.top - y;
    return Math.abs(dx) < GRIP && dy < GRIP / 2 && dy > -32 - GRIP / 2;
  }

  function press(event) {
    if (gesture?.finger && event.pointerType === "touch") return pinch(event);
    if (!onPlane(event) || event.button !== 0) return;
    const finger = event.pointerType === "touch";
    gesture = { finger, id: event.pointerId, from: [event.clientX, event.clientY], moved: false };
    gesture.own = finger || (nearPin(event) && event.timeStamp - clicked > TWICE);
    if (finger) at(event, (place) => hooks.hover(place, true));
  }

  function keepFromPlotly(event) {
    if (!gesture?.own) return;
    event.stopImmediatePropagation();
    if (event.cancelable) event.preventDefault();
  }

  function hover(event) {
    if (gesture || event.pointerType === "touch") return;
    hooks.hover(onPlane(event) ? (placeOf(event) ?? null) : null);
    gd.classList.toggle("latent-grip", onPlane(event) && nearPin(event));
  }

  function drag(event) {
    if (!gesture) return;
    if (gesture.other) return spread(event);
    if (event.pointerId !== gesture.id) return;
    const far = Math.hypot(event.clientX - gesture.from[0], event.clientY - gesture.from[1]);
    gesture.moved ||= far > STILL;
    if (!gesture.moved && !gesture.finger) return;
    if (gesture.finger) at(event, (place) => hooks.hover(place, true));
    else if (gesture.own) at(event, hooks.move);
  }

  function release(event) {
    if (!gesture || (event.pointerId !== gesture.id && !gesture.other)) return;
    const { own, moved, other } = gesture;
    gesture = null;
    if (other) return hooks.hover(null);
    if (own || !moved) {
      clicked = event.timeStamp;
      at(event, hooks.pin);
      gd.focus({ preventScroll: true });
    }
  }

  function cancel() {
    if (gesture) hooks.hover(null);
    gesture = null;
  }

  // Two fingers zoom: Plotly knows the wheel, not the pinch, so the pinch turns the wheel.
  function pinch(event) {
    gesture.other = event.pointerId;
    gesture.fingers = { [gesture.id]: gesture.from, [gesture.other]: [event.clientX, event.clientY] };
    gesture.span = fingersApart();
    hooks.hover(null);
  }

  function fingersApart() {
    const [a, b] = Object.values(gesture.fingers);
    return Math.hypot(a[0] - b[0], a[1] - b[1]);
  }

  function spread(event) {
    if (!(event.pointerId in gesture.fingers)) return;
    gesture.fingers[event.pointerId] = [event.clientX, event.clientY];
    const span = fingersApart();
    const [a, b] = Object.values(gesture.fingers);
    const wheel = {
      deltaY: (gesture.span - span) * 1.5,
      clientX: (a[0] + b[0]) / 2,
      clientY: (a[1] + b[1]) / 2,
      bubbles: true,
      cancelable: true,
    };
    gesture.span = span;
    gd.querySelector(".nsewdrag")?.dispatchEvent(new WheelEvent("wheel", wheel));
  }
}
