// Mouse, finger, wheel and keys on the map. A mouse hovers as it moves, pins at a click, drags the
// map or the pin. A finger hovers as it moves and pins where it lifts; two fingers move and zoom.

import { STEP } from "./view.js";

const STILL = 6; // pixels that a click may wander
const WHEEL = 0.0015; // zoom a pixel of the wheel
const FACTORS = { "+": STEP, "=": STEP, "-": 1 / STEP, Home: 0 };

// Listens on `element`; `plane` is the part of it that shows the map.
//
// `hooks`: frame() gives the geometry, gripOf(point) how far the pin is from a press that takes hold
// of it, or null, hover(place or null, isTouch), pin(place), movePin(place), rest() at its end, pan(dx, dy), zoom(factor, place), the
// middle's if none is given, which tells whether anything changed, key(event) for keys that are not the map's own.
export function listenToGestures(element, plane, signal, hooks) {
  const pointers = new Map(); // those that are down, by id: their last point
  let gesture = null; // {kind: "press" | "pin" | "finger" | "pinch", from: a point, grip, hasMoved}

  const pointOf = ({ clientX, clientY }) => {
    const { left, top } = plane.getBoundingClientRect();
    return [clientX - left, clientY - top];
  };
  const placeOf = (point) => hooks.frame().toPlane(point);

  function press(event) {
    if (event.button !== 0) return;
    const point = pointOf(event);
    if (!hooks.frame().holds(point)) return;
    pointers.set(event.pointerId, point);
    element.setPointerCapture(event.pointerId);
    if (event.pointerType === "touch") {
      gesture = { kind: pointers.size > 1 ? "pinch" : "finger" };
      hooks.hover(gesture.kind === "finger" ? placeOf(point) : null, true);
    } else {
      const grip = hooks.gripOf(point);
      gesture = { kind: grip ? "pin" : "press", from: point, grip };
    }
  }

  function move(event) {
    const point = pointOf(event);
    if (!pointers.has(event.pointerId)) {
      if (event.pointerType !== "touch") look(point);
      return;
    }
    const before = [...pointers.values()];
    pointers.set(event.pointerId, point);
    if (gesture.kind === "finger") hooks.hover(hooks.frame().holds(point) ? placeOf(point) : null, true);
    else if (gesture.kind === "pinch") pinch(before, [...pointers.values()]);
    else drag(point);
  }

  function look(point) {
    element.classList.toggle("on-pin", Boolean(hooks.gripOf(point)));
    hooks.hover(hooks.frame().holds(point) ? placeOf(point) : null, false);
  }

  function drag(point) {
    gesture.hasMoved ||= distance(point, gesture.from) > STILL;
    if (!gesture.hasMoved) return;
    if (gesture.kind === "pin") return hooks.movePin(placeOf(point.map((value, i) => value + gesture.grip[i])));
    hooks.pan(point[0] - gesture.from[0], point[1] - gesture.from[1]);
    gesture.from = point;
  }

  function pinch(before, after) {
    if (after.length < 2) return;
    const [was, is] = [middle(before), middle(after)];
    hooks.pan(is[0] - was[0], is[1] - was[1]);
    hooks.zoom(distance(after[0], after[1]) / Math.max(1, distance(before[0], before[1])), placeOf(is));
  }

  function release(event) {
    if (!pointers.delete(event.pointerId)) return;
    const { kind, hasMoved } = gesture;
    if (kind === "pinch") return; // the remaining finger neither hovers nor pins
    gesture = null;
    const point = pointOf(event);
    if (kind === "pin") hooks.rest();
    else if (kind === "finger" || !hasMoved) hooks.pin(hooks.frame().holds(point) ? placeOf(point) : null);
    if (kind !== "finger") element.focus({ preventScroll: true });
  }

  function cancel(event) {
    pointers.delete(event.pointerId);
    hooks.hover(null, false);
  }

  function wheel(event) {
    const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
    // Where nothing is left to zoom out of, the wheel scrolls the page.
    if (hooks.zoom(Math.exp(-pixels * WHEEL), placeOf(pointOf(event)))) event.preventDefault();
  }

  function key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (!(event.key in FACTORS)) return hooks.key(event);
    event.preventDefault();
    hooks.zoom(FACTORS[event.key]);
  }

  const listeners = {
    pointerdown: press,
    pointermove: move,
    pointerup: release,
    pointercancel: cancel,
    pointerleave: () => pointers.size || hooks.hover(null, false),
    wheel,
    keydown: key,
  };
  for (const [name, listener] of Object.entries(listeners)) {
    element.addEventListener(name, listener, { signal, passive: false });
  }
}

const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
const middle = ([a, b]) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
