// Labels that do not cover each other.

const ROUNDS = 200; // far more than ten labels need, even all on one spot
const GOLDEN_ANGLE = 2.4; // radians: points on one spot part in directions that never repeat

// Push [x, y] points apart until no two are nearer than `distance`, and none is nearer than that to
// a `fixed` point. Returns new points in the same order. The same points always give the same
// answer, and points that are apart stay (to 0.001).
export function spread(points, distance, fixed = []) {
  const places = points.map(([x, y], i) => [
    x + 1e-3 * Math.cos(GOLDEN_ANGLE * i),
    y + 1e-3 * Math.sin(GOLDEN_ANGLE * i),
  ]);
  for (let round = 0, crowded = true; crowded && round < ROUNDS; round++) {
    crowded = false;
    for (const [i, a] of places.entries()) {
      for (const b of [...fixed, ...places.slice(i + 1)]) {
        const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
        const gap = Math.hypot(dx, dy) || 1e-6;
        if (gap >= distance) continue;
        crowded = true;
        const isFixed = fixed.includes(b);
        // A little more than needed: so it soon comes to rest.
        const push = ((1.01 * distance - gap) / gap) * (isFixed ? 1 : 0.5);
        a[0] -= push * dx;
        a[1] -= push * dy;
        if (isFixed) continue;
        b[0] += push * dx;
        b[1] += push * dy;
      }
    }
  }
  return places;
}
