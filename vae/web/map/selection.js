// What is selected on a map: the pin, and the ghost, which is the place under the pointer or that of a
// flight from place to place.

import { animate } from "../shared/animation.js";
import { clampPlace, roundPlace } from "../shared/math.js";

const NUDGE = 0.05; // units of z an arrow key; ten times as many with Shift
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

// `pin` and `ghost` are places or null; onChange() is called after every change of theirs, until
// `signal` aborts.
export function createSelection(bounds, pin, signal, onChange) {
  const inside = (place) => place && roundPlace(clampPlace(bounds, place));
  let cancelFlight = null;
  const selection = { pin, ghost: null, look, movePin, nudge, fly, land, isFlying: () => Boolean(cancelFlight) };

  // Nothing (null) is under the pointer, or a place.
  function look(place) {
    if (cancelFlight && !place) return;
    land();
    selection.ghost = inside(place);
  }

  function movePin(place) {
    land();
    selection.pin = inside(place);
  }

  // Move the pin by an arrow key; whether it was one.
  function nudge(event, from = selection.pin) {
    const arrow = ARROWS[event.key];
    if (!arrow || event.altKey || event.ctrlKey || event.metaKey) return false;
    event.preventDefault();
    event.stopPropagation();
    const size = NUDGE * (event.shiftKey ? 10 : 1);
    movePin(from.map((value, i) => value + arrow[i] * size));
    return true;
  }

  // Moves the ghost, not the pin; the arguments are those of `animate`.
  function fly(from, to, milliseconds, rest) {
    const onStep = (place, isLast) => {
      if (isLast) return land();
      selection.ghost = place;
      onChange();
    };
    cancelFlight = animate(from, to, milliseconds, onStep, rest);
  }

  function land() {
    cancelFlight?.();
    [cancelFlight, selection.ghost] = [null, null];
    onChange();
  }

  signal.addEventListener("abort", land);
  return selection;
}
