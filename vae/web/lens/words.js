// The words about the place under the pointer. vae/ui/pages/explore.py says the same of the pin.

import { withArticle } from "../shared/article.js";

// What lives around a place, or where that is hardly anything, what is drawn there. `fractions` are
// the digits of the nearest codes and their shares, the largest first; `drawing` is the place's entry
// in the label map (shared/label_map.js), or null where that is not known.
export function describeSurroundings(fractions, isFar, drawing) {
  if (isFar) return guess(drawing);
  const [[first, most], second] = fractions;
  const names = second?.[1] > 0.2 ? [first, second[0]] : [first];
  const digit = drawing?.digit ?? first;
  if (digit !== first) {
    // The picture is named before the dots.
    if (most > 0.6 || second[0] !== digit) return `${nameAmong(drawing)} among ${first}s`;
    names.splice(0, 2, digit, first);
  }
  return `Around here: ${names.map((digit) => `${digit}s`).join(" and ")}`;
}

// A digit that nobody wrote, in words; the arguments are those of `describeSurroundings`.
export function nameInvention({ fractions, drawing }) {
  if (!drawing) return `an invented digit near the ${fractions[0][0]}s`;
  if (drawing.digit === null) return "an invented digit, not a clear one";
  return drawing.isClear ? `an invented ${drawing.digit}` : `an invented digit, perhaps ${withArticle(drawing.digit)}`;
}

function guess(drawing) {
  if (!drawing) return "A guess: no real digits near here";
  const { digit, isClear, isHole } = drawing;
  if (digit === null) return isHole ? "A guess, unlike any real digit" : "A guess: no clear digit";
  const one = withArticle(digit);
  if (isHole) return `A guess, unlike any real digit: perhaps ${one}`;
  return `A guess: ${isClear ? "looks like" : "perhaps"} ${one}`;
}

const nameAmong = ({ digit, isClear }) =>
  isClear ? withArticle(digit).replace("a", "A") : `Perhaps ${withArticle(digit)},`;
