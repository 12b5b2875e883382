// Mouse, finger, wheel and keys on the map. A mouse hovers as it moves, pins at a click, drags the
// map or the pin. A finger hovers as it moves and pins where it lifts; two fingers move and zoom.

const STILL = 6; // pixels that a click may wander
const WHEEL = 0.0015; // zoom a pixel of the wheel
const STEP = 1.5; // zoom a key or a button

// `hooks`: frame() gives the geometry, isOnPin(point) whether a press takes hold of the pin,
// hover(place or null, isTouch), pin(place), movePin(place), pan(dx, dy), zoom(factor, place),
// key(event) for keys that are not the map's own, home().
export function listenToGestures(element, signal, hooks) {
  const pointers = new Map(); // those that are down, by id: their last point
  let gesture = null; // {kind: "press" | "pan" | "pin" | "finger" | "pinch", from}

  const pointOf = ({ clientX, clientY }) => {
    const box = element.getBoundingClientRect();
    const { left, top } = hooks.frame();
    return [clientX - box.left - left, clientY - box.top - top];
  };
  const placeOf = (point) => hooks.frame().toPlane(point);

  function press(event) {
    if (event.button !== 0) return;
    const point = pointOf(event);
    pointers.set(event.pointerId, point);
    element.setPointerCapture(event.pointerId);
    if (event.pointerType === "touch") {
      gesture = { kind: pointers.size > 1 ? "pinch" : "finger" };
      hooks.hover(gesture.kind === "finger" ? placeOf(point) : null, true);
    } else gesture = { kind: hooks.isOnPin(point) ? "pin" : "press", from: point };
  }

  function move(event) {
    const point = pointOf(event);
    if (!pointers.has(event.pointerId)) {
      if (event.pointerType !== "touch") look(point);
      return;
    }
    const before = new Map(pointers);
    pointers.set(event.pointerId, point);
    const [dx, dy] = point.map((value, i) => value - before.get(event.pointerId)[i]);
    if (gesture.kind === "press" && distance(point, gesture.from) > STILL) {
      gesture.kind = "pan";
      hooks.pan(point[0] - gesture.from[0], point[1] - gesture.from[1]);
    } else if (gesture.kind === "pan") hooks.pan(dx, dy);
    else if (gesture.kind === "pin") {
      gesture.moved ||= distance(point, gesture.from) > STILL;
      if (gesture.moved) hooks.movePin(placeOf(point));
    } else if (gesture.kind === "finger") hooks.hover(placeOf(point), true);
    else if (gesture.kind === "pinch") pinch([...before.values()], [...pointers.values()]);
  }

  function look(point) {
    element.classList.toggle("on-pin", hooks.isOnPin(point));
    const { width, height } = hooks.frame();
    const inside = point[0] >= 0 && point[1] >= 0 && point[0] <= width && point[1] <= height;
    hooks.hover(inside ? placeOf(point) : null, false);
  }

  function pinch(before, after) {
    if (after.length < 2) return;
    const [was, is] = [middle(before), middle(after)];
    hooks.pan(is[0] - was[0], is[1] - was[1]);
    hooks.zoom(distance(after[0], after[1]) / Math.max(1, distance(before[0], before[1])), placeOf(is));
  }

  function release(event) {
    if (!pointers.delete(event.pointerId)) return;
    const point = pointOf(event);
    const { kind, moved } = gesture;
    if (kind === "pinch") return; // the remaining finger neither hovers nor pins
    gesture = null;
    if (kind === "finger" || kind === "press" || (kind === "pin" && moved)) hooks.pin(placeOf(point));
    element.focus({ preventScroll: true });
  }

  function cancel(event) {
    pointers.delete(event.pointerId);
    hooks.hover(null, false);
  }

  function wheel(event) {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
    hooks.zoom(Math.exp(-pixels * WHEEL), placeOf(pointOf(event)));
  }

  function key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const { width, height } = hooks.frame();
    const centre = placeOf([width / 2, height / 2]);
    const act = {
      "+": () => hooks.zoom(STEP, centre),
      "=": () => hooks.zoom(STEP, centre),
      "-": () => hooks.zoom(1 / STEP, centre),
      Home: hooks.home,
    }[event.key];
    if (!act) return hooks.key(event);
    event.preventDefault();
    act();
  }

  const options = { signal };
  element.addEventListener("pointerdown", press, options);
  element.addEventListener("pointermove", move, options);
  element.addEventListener("pointerup", release, options);
  element.addEventListener("pointercancel", cancel, options);
  element.addEventListener("pointerleave", () => pointers.size || hooks.hover(null, false), options);
  element.addEventListener("wheel", wheel, { signal, passive: false });
  element.addEventListener("keydown", key, options);
  return { zoomBy: (steps) => hooks.zoom(STEP ** steps, placeOf([hooks.frame().width / 2, hooks.frame().height / 2])) };
}

const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
const middle = ([a, b]) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
