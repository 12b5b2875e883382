// Labels that do not cover each other.

const ROUNDS = 200; // far more than ten labels need, even all on one spot
const GOLDEN_ANGLE = 2.4; // radians: points on one spot part in directions that never repeat

// Push [x, y] points apart until no two are nearer than `distance`; returns new points in the same
// order. The same points always give the same answer, and points that are apart stay (to 0.001).
// Points also keep away from the `fixed` ones, which stay where they are.
export function spread(points, distance, fixed = []) {
  const places = points.map(([x, y], i) => [
    x + 1e-3 * Math.cos(GOLDEN_ANGLE * i),
    y + 1e-3 * Math.sin(GOLDEN_ANGLE * i),
  ]);
  for (let round = 0, crowded = true; crowded && round < ROUNDS; round++) {
    crowded = false;
    for (const [i, a] of places.entries()) {
      for (const b of fixed) crowded = push(b, a, distance, 0) || crowded;
      for (const b of places.slice(i + 1)) crowded = push(a, b, distance, 0.5) || crowded;
    }
  }
  return places;
}

// Move `b` away from `a`, which takes `share` of the way; whether they were too near.
function push(a, b, distance, share) {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const gap = Math.max(Math.hypot(dx, dy), 1e-6);
  if (gap >= distance) return false;
  const way = (1.01 * distance - gap) / gap; // a little more than needed: it soon comes to rest
  a[0] -= share * way * dx;
  a[1] -= share * way * dy;
  b[0] += (1 - share) * way * dx;
  b[1] += (1 - share) * way * dy;
  return true;
}
