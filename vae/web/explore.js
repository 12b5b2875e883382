// The Explore page: the map of a model, the pin on it, and the lens. Hovering sends nothing;
// a pin that rests is one message.
//
// `data` is an ExploreData of vae/ui/messages.py; state value `pin`: {sequence, place}.

import { debounce, oncePerFrame, reducedMotion } from "./shared/animation.js";
import { blendAtlas } from "./shared/atlas.js";
import { createButton, fillDigitRow } from "./shared/dom.js";
import { formatPlace, gaussian, samePlace } from "./shared/math.js";
import { createThumbnail } from "./shared/picture.js";
import { createLens } from "./lens/lens.js";
import { copyLink, savePicture } from "./lens/share.js";
import { nameInvention } from "./lens/words.js";
import { linkTo, nameInAddress } from "./map/address.js";
import { createMap } from "./map/map.js";
import { createSelection } from "./map/selection.js";

const STEP = 0.3; // units of z: a shorter move leaves the morph's beginning where it is
const FLIGHT = 500; // milliseconds
const MORPH = 2600; // milliseconds
const REST = 250; // milliseconds that the keys or a slider must rest before the pin is sent

export default function mount(parent, data, server) {
  const root = parent.querySelector(".latent-explore");
  const find = (selector) => root.querySelector(selector);
  const notice = find(".lens .notice");
  const leave = new AbortController();
  const { signal } = leave;
  const address = () => ({ model: data.model, z: selection.pin.join() });
  let { sequence, place: committed } = data.answer; // of the last pin that was sent
  let before = null; // the pin before, where a morph begins
  let atlas = null;

  const draw = oncePerFrame(paint, signal);
  const commitSoon = debounce(commit, REST, signal);
  const selection = createSelection(data.bounds, committed, signal, draw);
  const lens = createLens(root, data, signal, {
    onSlide: (axis, value) => selection.movePin(selection.pin.with(axis, value)),
    onRest: commitSoon,
  });
  const map = createMap(find(".explore-map"), data, {
    signal,
    screen: lens.screen,
    onHover: selection.look,
    onMovePin: selection.movePin,
    onPin: dropPin,
    onRest: commit,
    onKey: key,
    onDrawn: () => (root.dataset.drawn = "true"),
    onAtlas(loaded) {
      atlas = loaded;
      root.dataset.atlas = "true";
      invent();
      draw();
    },
  });

  function paint() {
    const { pin, ghost } = selection;
    const isFlying = selection.isFlying();
    // What stands beside the picture is about the place that is shown.
    lens.show(ghost ?? pin, atlas, ghost && !isFlying ? map.describe(ghost) : null);
    if (!isFlying) find("[data-do=morph]").textContent = "Turn one into the other";
    map.mark({ pin, ghost, before });
  }

  // ---- the pin

  function dropPin(place) {
    selection.movePin(place);
    commit();
  }

  function commit() {
    const { pin } = selection;
    if (samePlace(pin, committed)) return;
    if (Math.hypot(pin[0] - committed[0], pin[1] - committed[1]) > STEP) before = committed;
    committed = pin;
    lens.wait();
    notify("");
    nameInAddress(address());
    server.set("pin", { sequence: ++sequence, place: pin });
    draw();
  }

  function key(event) {
    if (!selection.nudge(event)) return;
    map.reveal(selection.pin);
    commitSoon();
  }

  function flyTo(place) {
    const from = selection.ghost ?? selection.pin;
    dropPin(place);
    map.reveal(selection.pin);
    if (atlas && !reducedMotion()) selection.fly(from, selection.pin, FLIGHT);
  }

  // ---- the buttons

  const actions = {
    surprise: () => flyTo([gaussian(), gaussian()]),
    ten: invent,
    link: () => copyLink(linkTo(address()), find("[data-do=link]")),
    save: () => savePicture(lens.screen, selection.ghost ?? selection.pin),
    morph() {
      if (selection.isFlying()) return selection.land();
      if (!before) return notify("Choose a second place on the map first: then one digit turns into the other.");
      if (!atlas) return;
      selection.fly(before, selection.pin, MORPH);
      find("[data-do=morph]").textContent = "Stop";
    },
  };

  function invent() {
    if (!atlas) return;
    const buttons = Array.from({ length: 10 }, () => {
      const place = [gaussian(), gaussian()];
      const ariaLabel = `Go to ${nameInvention(map.describe(place))}, at ${formatPlace(place)}`;
      return createButton({ ariaLabel, onclick: () => flyTo(place) }, createThumbnail(blendAtlas(atlas, place)));
    });
    find(".invented .strip").replaceChildren(...buttons);
  }

  function notify(words) {
    notice.textContent = words;
    notice.hidden = !words;
  }

  // ---- once

  fillDigitRow(find(".targets"), "Take me to", data, (digit) => flyTo(data.centers[digit]));
  root.onclick = ({ target }) => actions[target.dataset?.do]?.();
  lens.screen.onkeydown = key;
  nameInAddress(address());
  notify(data.notice);
  update(data);

  function update({ answer }) {
    // Ignores the answer about an earlier pin. (A restarted server counts from 1, but knows the place.)
    if (answer.sequence !== sequence && !samePlace(answer.place, committed)) return;
    lens.showAnswer(answer);
    root.dataset.answered = answer.sequence;
    draw();
  }

  return { update, dispose: () => leave.abort() };
}
