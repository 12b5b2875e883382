// The Compare page: two maps, and the pictures that both models draw at what one map points at.
// Hovering sends nothing; a pin that rests is one message.
//
// `data` is a CompareData of vae/ui/messages.py; state value `pin`: a ComparePin.

import { debounce, oncePerFrame } from "../shared/animation.js";
import { blendAtlas } from "../shared/atlas.js";
import { formatPlace, samePlace } from "../shared/math.js";
import { cover, drawGrey, fromBase64 } from "../shared/picture.js";
import { copyLink } from "../lens/share.js";
import { describeSurroundings } from "../lens/words.js";
import { linkTo, nameInAddress, viewState } from "../map/address.js";
import { MODES } from "../map/bar.js";
import { createMap } from "../map/map.js";
import { createSelection } from "../map/selection.js";
import { fillLegend, pressLegends } from "./bar.js";
import { addExtent, addFog } from "./layers.js";
import { follow } from "./link.js";

const REST = 250; // milliseconds that the keys must rest before the pin is sent
const OFF = "Outside this map: no digit lives near here";
const SIDES = ["left", "right"];

export default function mount(parent, data, server) {
  const root = parent.querySelector(".latent-compare");
  const find = (selector) => root.querySelector(selector);
  const leave = new AbortController();
  const { signal } = leave;
  const draw = oncePerFrame(paint, signal);
  const commitSoon = debounce(commit, REST, signal);
  const shown = { extent: true, fog: false };
  let { link } = data;
  let { sequence } = data.answer; // of the last pin that was sent
  let pinned = data.side; // the map on which the pin was moved last
  let hovered = null; // the map under the pointer
  let committed = "";
  let real = null; // {image, picture}: the test digit at the pin
  let exact = []; // of each map {place, picture}: the server's of the pin

  find(".modes").innerHTML = MODES;
  const sides = data.sides.map(createSide);
  committed = identify();

  function createSide(source, number) {
    const element = root.querySelectorAll(".side")[number];
    const selection = createSelection(source.bounds, data.answer.places[number], signal, draw);
    const view = { mode: viewState.mode, hidden: new Set(), chosen: null, zoom: null };
    const screen = find(`[data-testid=${SIDES[number]}-picture]`);
    const side = { source, selection, view, screen, bounds: source.bounds, codes: null, index: null, atlas: null };
    element.querySelector("h3").textContent = source.title;
    root.querySelectorAll("figcaption")[number].textContent = source.title;
    side.map = createMap(element.querySelector(".compare-map"), source, {
      signal,
      view,
      screen,
      fillBar: fillLegend(choose),
      onView: () => {},
      onHover(place) {
        hovered = place && number;
        selection.look(place);
      },
      onPin(place) {
        movePin(number, place);
        commit();
      },
      onMovePin: (place) => movePin(number, place),
      onRest: commit,
      onKey: (event) => key(number, event),
      onDrawn() {
        side.isDrawn = true;
        if (sides.every(({ isDrawn }) => isDrawn)) root.dataset.drawn = "true";
      },
      onCodes(codes, index) {
        Object.assign(side, { codes, index });
        draw();
      },
      onAtlas(atlas) {
        side.atlas = atlas;
        if (sides.every(({ atlas }) => atlas)) root.dataset.atlas = "true";
        draw();
      },
    });
    side.layers = { fog: addFog(side.map, source.label_map), extent: addExtent(side.map, source) };
    return side;
  }

  // ---- what is pointed at

  const pin = () => follow(link, pinned, sides[pinned].selection.pin, sides);

  function paint() {
    const pins = pin();
    const ghost = hovered === null ? null : sides[hovered].selection.ghost;
    const ghosts = ghost && follow(link, hovered, ghost, sides);
    sides.forEach((side, i) => {
      side.map.mark({ pin: pins.places[i], ghost: ghosts?.places[i] ?? null, before: null });
      showPlace(side, i, (ghosts ?? pins).places[i], (ghosts ?? pins).image);
    });
    showReal((ghosts ?? pins).image);
  }

  // Between the two redraws stands the digit itself, once the server has sent it.
  function showReal(image) {
    find(".real").hidden = image === null || image !== real?.image;
    if (!find(".real").hidden) cover(find("[data-testid=real]"), drawGrey(real.picture));
  }

  function showPlace({ source, map, screen, codes, atlas }, number, place, image) {
    const name = SIDES[number];
    screen.classList.toggle("off", !place);
    find(`[data-testid=${name}-z]`).textContent = place ? `z = (${formatPlace(place)})` : "";
    if (place && samePlace(exact[number].place, place)) cover(screen, drawGrey(exact[number].picture));
    else if (place && atlas) cover(screen, drawGrey(blendAtlas(atlas, place)));
    else screen.getContext("2d").clearRect(0, 0, screen.width, screen.height);
    const words = place ? wordsAbout(source, map, codes, place, image) : OFF;
    find(`[data-testid=${name}-words]`).textContent = words;
    screen.ariaLabel = `${source.title}: ${words}`;
  }

  function wordsAbout({ far }, map, codes, place, image) {
    if (image !== null) return `A real ${codes.labels[image]}, as this machine draws it again`;
    const around = map.describe(place);
    return around ? describeSurroundings(around.fractions, around.distance > far, around.drawing) : "";
  }

  // ---- the pin

  function movePin(number, place) {
    pinned = number;
    sides[number].selection.movePin(place);
  }

  function key(number, event) {
    const { selection, map } = sides[number];
    // From where the pin is seen on this map, if it was moved on the other one last.
    const from = pinned === number ? selection.pin : (pin().places[number] ?? selection.pin);
    if (!selection.nudge(event, from)) return;
    pinned = number;
    hovered = null;
    const { places } = pin();
    map.reveal(places[number]);
    commitSoon();
    draw();
  }

  function identify() {
    return JSON.stringify([link, pinned, sides[pinned].selection.pin]);
  }

  function commit() {
    if (identify() === committed) return;
    committed = identify();
    const { image } = pin();
    nameAll();
    server.set("pin", { sequence: ++sequence, side: pinned, place: sides[pinned].selection.pin, image, link });
    draw();
  }

  // ---- the address

  function address() {
    // Before the codes are here, the digit is still the one that the page began with.
    const image = link === "digit" ? (pin().image ?? data.answer.image) : null;
    const z = image === null ? sides[pinned].selection.pin.join() : null;
    const [left, right] = data.sides.map(({ model }) => model);
    return { model: null, left, right, link, z, image };
  }

  const view = () => ({ mode: sides[0].view.mode, hidden: new Set(), zoom: null });
  const nameAll = () => nameInAddress(address(), view());

  // ---- the buttons

  function setView(change, redraw) {
    for (const side of sides) {
      Object.assign(side.view, change);
      side.map.refresh(redraw);
    }
    press();
    nameAll();
  }

  function choose(digit) {
    setView({ chosen: sides[0].view.chosen === digit ? null : digit }, "setVisible");
  }

  function setLink(next) {
    link = next;
    press();
    commit();
    draw();
  }

  async function toggleLayer(name) {
    shown[name] = !shown[name];
    press();
    await Promise.all(sides.map(({ layers }) => layers[name](shown[name])));
  }

  function press() {
    for (const button of root.querySelectorAll("[data-link]")) button.ariaPressed = button.dataset.link === link;
    for (const button of root.querySelectorAll("[data-mode]")) {
      button.ariaPressed = button.dataset.mode === sides[0].view.mode;
    }
    for (const button of root.querySelectorAll("[data-layer]")) button.ariaPressed = shown[button.dataset.layer];
    pressLegends(root, sides[0].view.chosen);
  }

  find(".tools").onclick = ({ target: { dataset } }) => {
    if (dataset.link) setLink(dataset.link);
    if (dataset.mode) setView({ mode: dataset.mode }, "setVisible");
    if (dataset.layer) toggleLayer(dataset.layer);
    if (dataset.do === "link") copyLink(linkTo(address(), view()), find("[data-do=link]"));
  };
  find("[data-link=digit]").disabled = !data.has_same_digits;
  find(".notice").textContent = data.notice;
  find(".notice").hidden = !data.notice;
  press();
  nameAll();
  update(data);

  function update({ answer }) {
    exact = answer.places.map((place, i) => ({ place, picture: fromBase64(answer.pictures[i]) }));
    real = answer.real ? { image: answer.image, picture: fromBase64(answer.real) } : null;
    root.dataset.answered = answer.sequence;
    draw();
  }

  return { update, dispose: () => leave.abort() };
}
