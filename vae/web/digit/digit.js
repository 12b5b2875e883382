// The visitor's digit: what the machine sees, its copy, where they differ, the digit's place on the
// map. What moves (noise, morph, a look around) is drawn here from the atlas.
//
// `data` is a DigitData of vae/ui/messages.py; state value `target`: the digit it turns into.

import { animate } from "../shared/animation.js";
import { blendAtlas, unpackAtlas } from "../shared/atlas.js";
import { showFractions } from "../shared/fractions.js";
import { clampPlace, gaussian } from "../shared/math.js";
import { createPlate, fromBase64, PIXELS } from "../shared/picture.js";
import { loadBytes } from "../shared/resources.js";
import { addDigitButtons } from "../lens/digit_buttons.js";
import { nameInAddress } from "../map/address.js";
import { createMap } from "../map/map.js";
import { addNoise, createDenoiser } from "./denoise.js";
import { createOverlay } from "./overlay.js";

const MORPH = 2600; // milliseconds
const REST = 1500; // milliseconds that the end of a morph stays, before the way back
const NUDGE = 0.05; // units of z an arrow key; ten times as many with Shift
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const MISSING = [255, 169, 14];
const ADDED = [108, 178, 245];

export default function mount(parent, data, server) {
  const root = parent.querySelector(".latent-digit");
  const find = (selector) => root.querySelector(selector);
  const noise = find("[aria-label='add noise']");
  const plate = createPlate();
  const blended = new Uint8Array(PIXELS);
  let digit = null; // data.digit with its pictures unpacked
  let ghost = null; // the place under the pointer, or of a morph
  let pin = null; // the place that a click has chosen
  let atlas = null;
  let denoise = null;
  let showsGuess = false;
  let touching = false;
  let cancelFlight = null;
  let resting = 0;
  let planned = 0;
  let gone = false;

  const map = createMap(find(".digit-map"), data, {
    onHover: look,
    onPin: choose,
    onMovePin: choose,
    onKey: key,
    onDrawn: () => requestAnimationFrame(loadAtlas),
  });
  const overlay = createOverlay(map);

  function update(next) {
    data = next;
    find(".withheld").hidden = !data.withheld;
    if (data.digit.id === digit?.id) return;
    digit = unpack(data.digit);
    [noise.value, showsGuess, pin] = [0, false, null];
    stopFlight();
    describe();
    press(digit.target);
    overlay.show(digit);
    draw();
  }

  const unpack = (packed) => ({
    ...packed,
    seen: fromBase64(packed.seen),
    redraw: fromBase64(packed.redraw),
    guess: fromBase64(packed.guess),
    glow: fromBase64(packed.glow),
    noise: Float32Array.from({ length: PIXELS }, gaussian),
  });

  function describe() {
    find("[data-testid=reading]").textContent = digit.sentence;
    find("[data-testid=unfamiliar]").textContent = digit.unfamiliar;
    find("[data-testid=similarity]").textContent = digit.similarity;
    find(".where").textContent = digit.where;
    find(".verdict").classList.toggle("doubtful", Boolean(digit.unfamiliar));
    find(".steps .strip").replaceChildren(...digit.steps.map(showStep));
    showFractions(find(".fractions"), digit.fractions, data.palette);
  }

  function showStep({ name, jpeg }) {
    const figure = document.createElement("figure");
    const image = new Image();
    image.src = `data:image/jpeg;base64,${jpeg}`;
    image.alt = "";
    const caption = document.createElement("figcaption");
    caption.textContent = name;
    figure.append(image, caption);
    return figure;
  }

  const press = (target) =>
    root.querySelectorAll(".digits button").forEach((button) => {
      button.setAttribute("aria-pressed", String(Number(button.textContent) === target));
    });

  // ---- drawing

  function draw() {
    planned ||= requestAnimationFrame(paint);
  }

  function paint() {
    planned = 0;
    const level = Number(noise.value) / 100;
    const seen = level ? addNoise(digit.seen, digit.noise, level) : digit.seen;
    const { picture, name } = copyOf(seen, level);
    show("seen", seen);
    show("redraw", picture);
    showDifference(digit.seen, picture);
    find(".redraw-name").textContent = name;
    find(".verdict").classList.toggle("stale", level > 0); // the words are about the clean digit
    find("[data-do=guess]").textContent = showsGuess ? "Show the best copy" : "Show the first guess";
    find("[data-do=best]").hidden = !pin;
    map.mark({ pin, ghost: ghost ?? (showsGuess ? digit.encoder.mean : null) }, touching ? find("[data-testid=redraw]") : null);
    root.dataset.answered = digit.number;
  }

  function copyOf(seen, level) {
    const place = ghost ?? pin;
    if (place && atlas) {
      blendAtlas(atlas, place, blended);
      const name = cancelFlight ? "On the way" : ghost ? "Drawn at this place" : "Drawn at the pin";
      return { picture: blended, name };
    }
    if (level && atlas) {
      denoise ??= createDenoiser(atlas);
      blendAtlas(atlas, denoise(seen), blended);
      return { picture: blended, name: "Cleaned by the machine" };
    }
    if (showsGuess) return { picture: digit.guess, name: "The first guess" };
    return { picture: digit.redraw, name: "The machine's copy" };
  }

  function show(name, picture) {
    plate.put(picture);
    plate.cover(find(`[data-testid=${name}]`));
  }

  function showDifference(seen, picture) {
    plate.putColours((i) => {
      const difference = (seen[i] - picture[i]) / 255;
      return (difference > 0 ? MISSING : ADDED).map((channel) => channel * Math.abs(difference));
    });
    plate.cover(find("[data-testid=difference]"));
  }

  // ---- moving

  function look(place, isTouch = false) {
    if (cancelFlight && !place) return;
    stopFlight();
    ghost = place;
    touching = isTouch && Boolean(place);
    draw();
  }

  function choose(place) {
    stopFlight();
    [pin, ghost, touching] = [place, null, false];
    draw();
  }

  function key(event) {
    const arrow = ARROWS[event.key];
    if (!arrow || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const size = NUDGE * (event.shiftKey ? 10 : 1);
    choose(clampPlace(data.bounds, (pin ?? digit.place).map((value, i) => value + arrow[i] * size)));
  }

  function morph(target) {
    if (!atlas) return;
    press(target);
    server.set("target", target);
    stopFlight();
    pin = null;
    const end = data.centers[target];
    glide(digit.place, end, () => (resting = setTimeout(glide, REST, end, digit.place, () => look(null))));
  }

  function glide(from, to, onEnd) {
    cancelFlight = animate(from, to, MORPH, (place, isLast) => {
      ghost = place;
      paint();
      if (!isLast) return;
      cancelFlight = null;
      onEnd();
    });
  }

  function stopFlight() {
    cancelFlight?.();
    clearTimeout(resting);
    [cancelFlight, ghost, touching] = [null, null, false];
  }

  async function loadAtlas() {
    root.dataset.drawn = "true";
    const loaded = await unpackAtlas(await loadBytes(data.atlas));
    if (gone) return;
    atlas = loaded;
    root.dataset.atlas = "true";
    map.setAtlas(atlas);
    draw();
  }

  // ---- once

  addDigitButtons(find(".digits"), data.centers, data.palette.colours, "Turn it into", morph);
  noise.addEventListener("input", () => {
    [showsGuess, pin] = [false, null];
    stopFlight();
    draw();
  });
  find("[data-do=guess]").onclick = () => {
    [showsGuess, pin] = [!showsGuess, null];
    noise.value = 0;
    stopFlight();
    draw();
  };
  find("[data-do=best]").onclick = () => {
    [showsGuess, pin] = [false, null];
    draw();
  };
  nameInAddress({ model: data.model, z: null });
  update(data);

  return {
    update,
    dispose() {
      gone = true;
      stopFlight();
      cancelAnimationFrame(planned);
      map.dispose();
    },
  };
}
