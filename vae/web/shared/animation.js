// Movement over time.

import { clamp, smoothstep } from "./math.js";

export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// Calls `onStep(place, isLast)` at every frame on the way between two places; where there is a `rest`,
// so many milliseconds are spent at the end, and the way goes back. Returns how to cancel.
export function animate(from, to, milliseconds, onStep, rest = null) {
  const start = performance.now();
  const total = rest === null ? milliseconds : 2 * milliseconds + rest;
  let planned = requestAnimationFrame(advance);

  function advance(now) {
    const elapsed = clamp(now - start, 0, total);
    const away = rest === null ? elapsed : Math.min(elapsed, total - elapsed);
    const share = smoothstep(Math.min(1, away / milliseconds));
    if (elapsed < total) planned = requestAnimationFrame(advance);
    onStep(from.map((value, i) => value + (to[i] - value) * share), elapsed === total);
  }
  return () => cancelAnimationFrame(planned);
}

// Gives a function that calls `act` once it has not been asked to for some milliseconds, unless
// `signal` aborts.
export function debounce(act, milliseconds, signal) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(() => signal.aborted || act(), milliseconds);
  };
}

// Gives a function that calls `paint` at the next frame, once however often it is asked to, until
// `signal` aborts.
export function oncePerFrame(paint, signal) {
  let isPlanned = false;
  return () => {
    if (isPlanned) return;
    isPlanned = true;
    requestAnimationFrame(() => {
      isPlanned = false;
      if (!signal.aborted) paint();
    });
  };
}
