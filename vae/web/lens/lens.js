// The lens: the picture at a place, sliders for its two numbers, and what is known about it.

import { blendAtlas } from "../shared/atlas.js";
import { showFractions } from "../shared/fractions.js";
import { formatPlace, samePlace } from "../shared/math.js";
import { cover, createThumbnail, drawGrey, fromBase64, PIXELS } from "../shared/picture.js";
import { describeSurroundings } from "./words.js";

const ACT = matchMedia("(pointer: coarse)").matches ? "Lift your finger" : "Click";

// `hooks`: onSlide(axis, value) while a slider moves, onRest() when the visitor releases it.
export function createLens(root, { bounds, far, palette }, signal, hooks) {
  const find = (selector) => root.querySelector(selector);
  const screen = find("[data-testid=decoded]");
  const sliders = [find("[aria-label=z1]"), find("[aria-label=z2]")];
  let exact = null; // {place, picture}: the server's of a pin
  let isHeld = false; // writing to a slider that is held would swallow its `change`

  // Show a place, blended from the atlas once it is here; `around` is what the map knows of it, or
  // null for what the server says of the pin.
  function show(place, atlas, around) {
    if (exact && samePlace(exact.place, place)) cover(screen, drawGrey(exact.picture));
    else if (atlas) cover(screen, drawGrey(blendAtlas(atlas, place)));
    else screen.getContext("2d").clearRect(0, 0, screen.width, screen.height); // another place's picture
    find("[data-testid=z]").textContent = `z = (${formatPlace(place)})`;
    find(".hovered").hidden = !around;
    find(".pinned").hidden = Boolean(around);
    if (around) showAround(around);
    if (!isHeld) sliders.forEach((slider, axis) => (slider.value = place[axis]));
  }

  // What the map's own dots and its label map say about the place under the pointer.
  function showAround({ fractions, distance, drawing }) {
    const isFar = distance > far;
    find(".hovered .sentence").textContent = describeSurroundings(fractions, isFar, drawing);
    find(".hovered .hint").textContent = `${ACT} to learn more about this place`;
    showFractions(find(".hovered .fractions"), isFar ? [] : fractions, palette);
  }

  // The server's answer about the pin: a PinAnswer of vae/ui/messages.py.
  function showAnswer(answer) {
    exact = { place: answer.place, picture: fromBase64(answer.image) };
    screen.ariaLabel = `The digit imagined at the pin. ${answer.sentence}`;
    find(".pinned").classList.remove("waiting");
    find(".pinned .sentence").textContent = answer.sentence;
    find(".pinned .crowding").textContent = answer.crowding;
    showFractions(find(".pinned .fractions"), answer.fractions, palette);
    find(".neighbours .caption").textContent = answer.neighbours_caption;
    const pictures = fromBase64(answer.neighbours);
    const neighbours = answer.neighbour_labels.map((label, i) => {
      const picture = pictures.subarray(i * PIXELS, (i + 1) * PIXELS);
      return createThumbnail(picture, { role: "img", ariaLabel: `A ${label}` });
    });
    find(".neighbours .strip").replaceChildren(...neighbours);
  }

  function letGo() {
    if (isHeld) hooks.onRest();
    isHeld = false;
  }

  const ends = [[bounds.left, bounds.right], [bounds.bottom, bounds.top]];
  sliders.forEach((slider, axis) => {
    [slider.min, slider.max] = ends[axis];
    slider.onpointerdown = () => (isHeld = true);
    slider.oninput = () => hooks.onSlide(axis, Number(slider.value));
    slider.onchange = hooks.onRest;
  });
  for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, letGo, { signal });

  // `wait` shows that the words are about the pin before.
  return { screen, show, showAnswer, wait: () => find(".pinned").classList.add("waiting") };
}
