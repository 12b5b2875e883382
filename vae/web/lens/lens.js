// The lens: the picture at the place under the pointer, the sliders, the pin and what is known about
// it. While a place is only looked at, nothing leaves the browser; a pin is one call of `onPin`.

import { animate, reducedMotion } from "../shared/animation.js";
import { blendAtlas } from "../shared/atlas.js";
import { clampPlace, formatPlace, gaussian, roundPlace } from "../shared/math.js";
import { createPlate, createThumbnail, fromBase64, PIXELS } from "../shared/picture.js";
import { linkTo, nameInAddress } from "../map/address.js";
import { addDigitButtons } from "./digit_buttons.js";
import { showAnswer, showHovered } from "./place_info.js";
import { copyLink, savePicture } from "./share.js";

const NUDGE = 0.05; // units of z an arrow key; ten times as many with Shift
const STEP = 0.3; // units of z: a shorter move leaves the morph's beginning where it is
const FLIGHT = 500; // milliseconds
const MORPH = 2600; // milliseconds
const REST = 250; // milliseconds that the keys or a slider must rest before the pin is sent
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

// `facts`: {model, bounds, centers, palette, start: place}; `map` as createMap gives it;
// onPin(place) is called when a pin rests.
export function createLens(root, facts, map, onPin) {
  const find = (selector) => root.querySelector(selector);
  const { bounds, centers, palette } = facts;
  const screen = find("[data-testid=decoded]");
  const sliders = [find("[aria-label=z1]"), find("[aria-label=z2]")];
  const plate = createPlate();
  const values = new Uint8Array(PIXELS);
  const leave = new AbortController();
  const { signal } = leave;
  let pin = facts.start;
  let ghost = null;
  let before = null; // the pin before, where a morph begins
  let touching = false;
  let atlas = null;
  let exact = null; // {place, values}: the server's picture of a pin
  let committed = pin; // the last place that `onPin` was called with
  let planned = 0;
  let waiting = 0;
  let cancelFlight = null;
  let held = false; // a slider is: writing to it now would swallow its `change`

  const inside = (place) => roundPlace(clampPlace(bounds, place));
  const same = (a, b) => a[0] === b[0] && a[1] === b[1];

  // ---- drawing

  function draw() {
    planned ||= requestAnimationFrame(paint);
  }

  function paint() {
    planned = 0;
    const place = ghost ?? pin;
    if (exact && same(exact.place, place)) plate.put(exact.values);
    else if (atlas) {
      blendAtlas(atlas, place, values);
      plate.put(values);
    }
    plate.cover(screen);
    find("[data-testid=z]").textContent = `z = (${formatPlace(place)})`;
    // What stands beside the picture is about the place that is shown.
    const around = ghost && !cancelFlight ? map.describe(ghost) : null;
    find(".hovered").hidden = !around;
    find(".pinned").hidden = Boolean(around);
    if (around) showHovered(root, around, palette);
    root.classList.toggle("elsewhere", Boolean(ghost) || !same(pin, committed));
    if (!held) sliders.forEach((slider, i) => (slider.value = place[i]));
    map.mark({ pin, ghost, before }, touching ? screen : null);
  }

  // ---- moving

  function look(place, isTouch = false) {
    if (cancelFlight && !place) return;
    stopFlight();
    ghost = place && inside(place);
    touching = isTouch && Boolean(place);
    draw();
  }

  function movePin(place) {
    stopFlight();
    pin = inside(place);
    [ghost, touching] = [null, false];
    draw();
  }

  function dropPin(place) {
    movePin(place);
    commit();
  }

  function commit() {
    clearTimeout(waiting);
    if (same(pin, committed)) return;
    if (Math.hypot(pin[0] - committed[0], pin[1] - committed[1]) > STEP) before = committed;
    committed = pin;
    find(".pinned").classList.add("waiting");
    notify("");
    nameInAddress({ model: facts.model, z: pin.join() });
    onPin(pin);
    draw();
  }

  function commitSoon() {
    clearTimeout(waiting);
    waiting = setTimeout(commit, REST);
  }

  function key(event) {
    const arrow = ARROWS[event.key];
    if (!arrow || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const size = NUDGE * (event.shiftKey ? 10 : 1);
    movePin(pin.map((value, i) => value + arrow[i] * size));
    commitSoon();
  }

  // Moves the picture, not the pin: the pin is already at the destination.
  function travel(from, to, time) {
    if (!atlas) return;
    cancelFlight = animate(from, to, time, (place, isLast) => {
      ghost = place;
      paint();
      if (isLast) stopFlight();
    });
  }

  function stopFlight() {
    if (!cancelFlight) return;
    cancelFlight();
    [cancelFlight, ghost] = [null, null];
    find("[data-do=morph]").textContent = "Turn one into the other";
    draw();
  }

  function flyTo(place) {
    const from = ghost ?? pin;
    dropPin(place);
    map.reveal(pin);
    if (!reducedMotion()) travel(from, pin, FLIGHT);
  }

  // ---- the buttons

  const actions = {
    surprise: () => flyTo([gaussian(), gaussian()]),
    ten: invent,
    link: () => copyLink(linkTo({ model: facts.model, z: pin.join() }), find("[data-do=link]")),
    save: () => savePicture(screen, ghost ?? pin),
    morph() {
      if (cancelFlight) return stopFlight();
      if (!before) return notify("Choose a second place on the map first: then one digit turns into the other.");
      travel(before, pin, MORPH);
      find("[data-do=morph]").textContent = "Stop";
    },
  };

  function invent() {
    if (!atlas) return;
    const places = Array.from({ length: 10 }, () => inside([gaussian(), gaussian()]));
    const buttons = places.map((place) => {
      const button = document.createElement("button");
      button.type = "button";
      const digit = map.describe(place)?.fractions[0][0];
      button.setAttribute("aria-label", `Go to an invented digit near the ${digit}s, at ${formatPlace(place)}`);
      blendAtlas(atlas, place, values);
      button.append(createThumbnail(values));
      button.onclick = () => flyTo(place);
      return button;
    });
    find(".invented .strip").replaceChildren(...buttons);
  }

  function notify(words) {
    find(".notice").textContent = words;
    find(".notice").hidden = !words;
  }

  // ---- once

  addDigitButtons(find(".digits"), centers, palette.colours, "Take me to", (digit) => flyTo(centers[digit]));
  const ends = [["left", "right"], ["bottom", "top"]];
  sliders.forEach((slider, i) => {
    [slider.min, slider.max] = ends[i].map((end) => bounds[end]);
    slider.addEventListener("pointerdown", () => (held = true));
    slider.addEventListener("input", () => movePin(pin.map((value, axis) => (axis === i ? Number(slider.value) : value))));
    slider.addEventListener("change", commitSoon);
  });
  const letGo = () => {
    if (held) commitSoon();
    held = false;
  };
  for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, letGo, { signal });
  root.addEventListener("click", ({ target }) => actions[target.dataset?.do]?.(), { signal });
  screen.addEventListener("keydown", key);
  nameInAddress({ model: facts.model, z: pin.join() });
  draw();

  return {
    look,
    movePin,
    dropPin,
    key,
    notify,
    setAtlas(newAtlas) {
      atlas = newAtlas;
      invent();
      draw();
    },
    // The server's answer about the pin: a PinAnswer of vae/ui/messages.py.
    showAnswer(answer) {
      exact = { place: answer.place, values: fromBase64(answer.image) };
      screen.setAttribute("aria-label", `The digit imagined at the pin. ${answer.sentence}`);
      showAnswer(root, answer, palette);
      draw();
    },
    dispose() {
      leave.abort();
      clearTimeout(waiting);
      stopFlight();
      cancelAnimationFrame(planned);
    },
  };
}
