// Order and marks of a table's figures. Pure functions; a figure that is not known is null.

// The rows in the order of column `at`, the largest first where `sign` is -1, unknown ones last. Of
// two alike the one that came first stays first.
export function sortRows(rows, at, sign) {
  return rows.toSorted(({ values: { [at]: a } }, { values: { [at]: b } }) => {
    if (a === null || b === null) return (a === null) - (b === null);
    return sign * (a - b);
  });
}

// The best and the worst figure of column `at`, where `better` is 1 if more is better and -1 if less
// is: {best, worst}, both null where all are alike or none is better. What a collapsed model (one with
// a note) reaches is no merit.
export function findEnds(rows, at, better) {
  const whole = rows.filter(({ note }) => !note);
  const known = whole.map(({ values }) => values[at]).filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  if (!better || low === high || !known.length) return { best: null, worst: null };
  return better > 0 ? { best: high, worst: low } : { best: low, worst: high };
}
