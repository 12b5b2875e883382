// Movement over time.

import { clamp, smoothstep } from "./math.js";

export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// Calls `onStep(place, isLast)` at every frame on the way between two places; returns how to cancel.
export function animate(from, to, milliseconds, onStep) {
  const start = performance.now();
  let planned = requestAnimationFrame(advance);

  function advance(now) {
    const t = clamp((now - start) / milliseconds, 0, 1);
    if (t < 1) planned = requestAnimationFrame(advance);
    onStep(from.map((value, i) => value + (to[i] - value) * smoothstep(t)), t === 1);
  }
  return () => cancelAnimationFrame(planned);
}
