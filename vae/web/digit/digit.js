// The visitor's digit: what the machine sees, its copy, where they differ, the digit's place on the
// map. What moves (noise, morph, a look around) is drawn here from the atlas.
//
// `data` is a DigitData of vae/ui/messages.py; state value `target`: the digit it turns into; trigger
// `change`: a DigitChange, what to do with the visitor's picture.

import { oncePerFrame } from "../shared/animation.js";
import { blendAtlas } from "../shared/atlas.js";
import { showBoxes } from "../shared/boxes.js";
import { createElement, fillDigitRow } from "../shared/dom.js";
import { showFractions } from "../shared/fractions.js";
import { gaussian } from "../shared/math.js";
import { cover, drawColours, drawGrey, fromBase64, PIXELS } from "../shared/picture.js";
import { nameInAddress } from "../map/address.js";
import { createMap } from "../map/map.js";
import { createSelection } from "../map/selection.js";
import { addNoise, createDenoiser } from "./denoise.js";
import { createOverlay } from "./overlay.js";

const MORPH = 2600; // milliseconds
const REST = 1500; // milliseconds that the end of a morph stays, before the way back
const MISSING = [255, 169, 14];
const ADDED = [108, 178, 245];
const EARLIER = "That could not be read. This is still the digit before it.";
const NOTHING = "Draw a digit, and what the machine makes of it stands here.";

export default function mount(parent, data, server) {
  const root = parent.querySelector(".latent-digit");
  const find = (selector) => root.querySelector(selector);
  const noise = find("[aria-label='add noise']");
  const leave = new AbortController();
  const { signal } = leave;
  const draw = oncePerFrame(paint, signal);
  const selection = createSelection(data.bounds, null, signal, draw);
  let digit = null; // data.digit with its pictures unpacked
  let atlas = null;
  let denoise = null;
  let showsGuess = false;

  const map = createMap(find(".digit-map"), data, {
    signal,
    screen: find("[data-testid=redraw]"),
    onHover: selection.look,
    onPin: selection.movePin,
    onMovePin: selection.movePin,
    onRest: draw,
    onKey(event) {
      if (selection.nudge(event, selection.pin ?? digit.place)) map.reveal(selection.pin);
    },
    onDrawn: () => (root.dataset.drawn = "true"),
    onAtlas(loaded) {
      atlas = loaded;
      denoise = createDenoiser(atlas);
      root.dataset.atlas = "true";
      draw();
    },
  });
  const overlay = createOverlay(map);

  function update(next) {
    find(".withheld").hidden = !next.withheld;
    find(".withheld").textContent = next.is_cleared ? NOTHING : EARLIER;
    root.classList.toggle("dimmed", next.withheld && !next.is_cleared);
    root.classList.toggle("cleared", next.is_cleared);
    find(".turns").hidden = !next.can_turn;
    find(".turn-offer").hidden = !(next.can_turn && next.digit.turn_offer && !next.withheld);
    find(".source").hidden = !next.can_turn && next.digit.boxes.length < 2;
    if (next.digit.id === digit?.id) return;
    digit = unpack(next.digit);
    noise.value = 0;
    describe();
    press(digit.target);
    overlay.show(digit);
    showBest();
  }

  function describe() {
    find("[data-testid=reading]").textContent = digit.sentence;
    find("[data-testid=unfamiliar]").textContent = digit.no_digit;
    find("[data-testid=tilted]").textContent = digit.tilted;
    find("[data-testid=similarity]").textContent = digit.similarity;
    find(".where").textContent = digit.where;
    find(".steps .strip").replaceChildren(...digit.steps.map(createStep));
    showFractions(find(".fractions"), digit.fractions, data.palette);
    describePicture();
  }

  function describePicture() {
    find(".source-picture img").src = toAddress(digit.steps[0].jpeg);
    showBoxes(find(".latent-boxes"), digit.boxes, digit.chosen, (chosen) => change({ chosen }));
    find(".several").hidden = !digit.several;
    find("[data-testid=several]").textContent = digit.several;
    find(".turn-offer p").textContent = digit.turn_offer;
  }

  const change = (wish) => server.trigger("change", { number: digit.number, ...wish });

  function press(target) {
    for (const button of find(".targets .digits").children) button.ariaPressed = Number(button.textContent) === target;
  }

  // ---- drawing

  function paint() {
    const { pin, ghost } = selection;
    const level = Number(noise.value) / 100;
    const seen = level ? addNoise(digit.seen, digit.noise, level) : digit.seen;
    const { picture, name } = copyOf(seen, level);
    cover(find("[data-testid=seen]"), drawGrey(seen));
    cover(find("[data-testid=redraw]"), drawGrey(picture));
    cover(find("[data-testid=difference]"), drawDifference(digit.seen, picture));
    find(".redraw-name").textContent = name;
    find(".verdict").classList.toggle("stale", level > 0); // the words are about the clean digit
    find("[data-do=guess]").textContent = showsGuess ? "Show the best copy" : "Show the first guess";
    find("[data-do=best]").hidden = !pin;
    map.mark({ pin, ghost: ghost ?? (showsGuess ? digit.encoder.mean : null), before: null });
    root.dataset.answered = digit.number;
  }

  function copyOf(seen, level) {
    const place = selection.ghost ?? selection.pin;
    if (place && atlas) {
      const where = selection.isFlying() ? "On the way" : selection.ghost ? "Drawn at this place" : "Drawn at the pin";
      return { picture: blendAtlas(atlas, place), name: where };
    }
    if (level && atlas) return { picture: blendAtlas(atlas, denoise(seen)), name: "Cleaned by the machine" };
    if (showsGuess) return { picture: digit.guess, name: "The first guess" };
    return { picture: digit.redraw, name: "The machine's copy" };
  }

  // ---- once

  function showBest() {
    showsGuess = false;
    selection.movePin(null);
  }

  function morph(target) {
    if (!atlas) return;
    press(target);
    server.set("target", target);
    selection.movePin(null);
    selection.fly(digit.place, data.centers[target], MORPH, REST);
  }

  fillDigitRow(find(".targets"), "Turn it into", data, morph);
  noise.oninput = find("[data-do=best]").onclick = showBest;
  find("[data-do=guess]").onclick = () => {
    noise.value = 0;
    showsGuess = !showsGuess;
    selection.movePin(null);
  };
  find("[data-do=turn]").onclick = () => change({ turns: 1 });
  find("[data-do=mirror]").onclick = () => change({ mirror: true });
  find("[data-do=turn-as-offered]").onclick = () => change({ turns: digit.likelier_turn });
  nameInAddress({ model: data.model, z: null });
  update(data);

  return { update, dispose: () => leave.abort() };
}

function unpack(digit) {
  const [seen, redraw, guess, glow] = [digit.seen, digit.redraw, digit.guess, digit.glow].map(fromBase64);
  return { ...digit, seen, redraw, guess, glow, noise: Float32Array.from({ length: PIXELS }, gaussian) };
}

const toAddress = (jpeg) => `data:image/jpeg;base64,${jpeg}`;

function createStep({ name, jpeg }) {
  const image = createElement("img", { className: "picture", src: toAddress(jpeg), alt: "" });
  return createElement("figure", {}, image, createElement("figcaption", { textContent: name }));
}

function drawDifference(seen, picture) {
  return drawColours((i) => {
    const difference = (seen[i] - picture[i]) / 255;
    return (difference > 0 ? MISSING : ADDED).map((channel) => channel * Math.abs(difference));
  });
}
