// The lens: the picture at a place, sliders for its two numbers, and what is known about it.

import { blendAtlas } from "../shared/atlas.js";
import { formatPlace, samePlace } from "../shared/math.js";
import { cover, drawGrey, fromBase64 } from "../shared/picture.js";
import { showAnswer, showHovered } from "./place_info.js";

// `hooks`: onSlide(axis, value) while a slider moves, onRest() once it is let go.
export function createLens(root, { bounds, palette }, signal, hooks) {
  const find = (selector) => root.querySelector(selector);
  const screen = find("[data-testid=decoded]");
  const sliders = [find("[aria-label=z1]"), find("[aria-label=z2]")];
  let exact = null; // {place, picture}: the server's of a pin
  let held = false; // a slider is: writing to it now would swallow its `change`

  function letGo() {
    if (held) hooks.onRest();
    held = false;
  }

  const ends = [[bounds.left, bounds.right], [bounds.bottom, bounds.top]];
  sliders.forEach((slider, axis) => {
    [slider.min, slider.max] = ends[axis];
    slider.onpointerdown = () => (held = true);
    slider.oninput = () => hooks.onSlide(axis, Number(slider.value));
    slider.onchange = hooks.onRest;
  });
  for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, letGo, { signal });

  return {
    screen,
    // Show a place, blended from the atlas once it is here; `around` is who lives there, or null for
    // what the server says of the pin.
    show(place, atlas, around) {
      if (exact && samePlace(exact.place, place)) cover(screen, drawGrey(exact.picture));
      else if (atlas) cover(screen, drawGrey(blendAtlas(atlas, place)));
      find("[data-testid=z]").textContent = `z = (${formatPlace(place)})`;
      find(".hovered").hidden = !around;
      find(".pinned").hidden = Boolean(around);
      if (around) showHovered(root, around, palette);
      if (!held) sliders.forEach((slider, axis) => (slider.value = place[axis]));
    },
    // The server's answer about the pin: a PinAnswer of vae/ui/messages.py.
    showAnswer(answer) {
      exact = { place: answer.place, picture: fromBase64(answer.image) };
      screen.ariaLabel = `The digit imagined at the pin. ${answer.sentence}`;
      showAnswer(root, answer, palette);
    },
    // What is said of the pin is about the one before.
    wait: () => find(".pinned").classList.add("waiting"),
  };
}
