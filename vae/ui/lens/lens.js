// The lens: the picture at the place under the pointer, the sliders, the pin and what is known
// about it. While a place is only looked at, nothing goes to the server; a pin is one message (and
// so, once, is the news that the map is drawn, upon which the atlas comes).

const NUDGE = 0.05; // units of z an arrow key; ten times as many with Shift
const STEP = 0.3; // units of z: a shorter move leaves the morph's beginning where it is
const FLIGHT = 500; // milliseconds
const round = (value) => Math.round(value * 100) / 100 + 0; // + 0: no negative zero
const words = (place) => place.map((value) => value.toFixed(2)).join(", ");

export default mounted(makeLens);

function makeLens({ parentElement: root, data: [data] }) {
  const find = (selector) => root.querySelector(selector);
  const { bounds } = data;
  const screen = find("[data-testid=decoded]");
  const readout = find("[data-testid=z]");
  const sliders = [find("[aria-label=z1]"), find("[aria-label=z2]")];
  const plate = makePlate();
  const values = new Uint8Array(PIXELS);
  const state = { pin: data.start, ghost: null, before: null, atlas: null, ink: null };
  const leave = new AbortController();
  const { signal } = leave;
  let server = null;
  let exact = null;
  let committed = data.start.join();
  let planned = 0;
  let waiting = 0;
  let flight = null; // a journey under way: call it to break off
  let held = false; // a slider is: writing to it now would swallow its `change`

  const inside = ([x, y]) => [
    round(clamp(x, bounds.left, bounds.right)),
    round(clamp(y, bounds.bottom, bounds.top)),
  ];
  const map = makeMap({
    state,
    homes: data.homes,
    label: "Map of digits: the arrow keys move the pin",
    theme: (gd) => (state.ink = applyTheme(gd, root, state.ink)),
    key,
    screen,
    drawn: () => server.setStateValue("drawn", true),
    hover: (place, finger) => look(place && inside(place), finger),
    move: (place) => movePin(inside(place)),
    pin: (place) => pin(inside(place)),
  });

  // ---- drawing

  function draw() {
    planned ||= requestAnimationFrame(paint);
  }

  function paint() {
    planned = 0;
    const place = state.ghost ?? state.pin;
    if (exact && exact.at === place.join()) plate.put(exact.values);
    else if (state.atlas) {
      blendAtlas(state.atlas, ...place, values);
      plate.put(values);
    }
    plate.cover(screen);
    readout.textContent = `z = (${words(place)})`;
    // What stands beside the picture is about the pin: it goes while one looks elsewhere.
    find(".lens").classList.toggle("looking", Boolean(state.ghost) && !flight);
    const moving = Boolean(flight) || state.pin.join() !== committed;
    find(".lens").classList.toggle("moving", moving);
    if (!held) sliders.forEach((slider, i) => (slider.value = place[i]));
    map.mark();
  }

  // ---- moving

  function look(place, finger = false) {
    if (flight && !place) return;
    stopFlight();
    state.ghost = place;
    state.finger = finger;
    draw();
  }

  function movePin(place) {
    stopFlight();
    state.ghost = null;
    state.finger = false;
    state.pin = place;
    draw();
  }

  function pin(place) {
    movePin(place);
    commit();
  }

  // Tell the server where the pin stands now.
  function commit() {
    clearTimeout(waiting);
    if (state.pin.join() === committed) return;
    const before = committed.split(",").map(Number);
    if (Math.hypot(...before.map((value, i) => state.pin[i] - value)) > STEP) state.before = before;
    committed = state.pin.join();
    find("[data-do=morph]").disabled = !state.before;
    find(".known").classList.add("waiting");
    nameInAddressBar();
    server.setStateValue("pin", state.pin);
    receiveAnswer(); // the last one may be about this very place
  }

  function nameInAddressBar() {
    history.replaceState(history.state, "", placeLink(data.model, state.pin));
  }

  function commitSoon() {
    clearTimeout(waiting);
    waiting = setTimeout(commit, 250);
  }

  function key(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const size = NUDGE * (event.shiftKey ? 10 : 1);
    movePin(inside(state.pin.map((value, i) => value + step[i] * size)));
    commitSoon();
  }

  // Moves the picture, not the pin: that stands at the journey's end already.
  function travel(from, to, time) {
    if (!state.atlas) return;
    flight = journey(from, to, time, (place, arrived) => {
      state.ghost = place;
      paint();
      if (arrived) stopFlight();
    });
  }

  function stopFlight() {
    if (!flight) return;
    flight();
    flight = null;
    state.ghost = null;
    find("[data-do=morph]").textContent = "Play morph";
    draw();
  }

  function flyTo(place) {
    const from = state.ghost ?? state.pin;
    pin(place);
    map.reveal(place);
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) travel(from, place, FLIGHT);
  }

  function letGo() {
    if (held) commitSoon();
    held = false;
  }

  // ---- the buttons

  const actions = {
    surprise: () => flyTo(inside([gauss(), gauss()])),
    ten: () => state.atlas && invent(),
    link: () => copyLink(placeLink(data.model, state.pin), find("[data-do=link]")),
    save: () => savePicture(screen, state.ghost ?? state.pin),
    morph() {
      if (flight) return stopFlight();
      travel(state.before, state.pin, MORPH);
      find("[data-do=morph]").textContent = "Stop";
    },
  };

  function invent() {
    const places = Array.from({ length: 10 }, () => inside([gauss(), gauss()]));
    find(".invented .strip").replaceChildren(
      ...places.map((place) => {
        const button = document.createElement("button");
        button.type = "button";
        button.setAttribute("aria-label", `Go to the digit invented at ${words(place)}`);
        blendAtlas(state.atlas, ...place, values);
        button.append(thumb(values));
        button.onclick = () => flyTo(place);
        return button;
      }),
    );
  }

  // ---- what the server sends

  function receiveAnswer() {
    const answer = window.latentPost?.answer;
    if (!answer || answer.version !== data.version) return;
    if (answer.at.join() !== committed) {
      if (state.before) return; // the pin has moved on
      state.pin = answer.at; // the server remembers an earlier visit to this page
      committed = answer.at.join();
    }
    exact = { at: committed, values: bytesOf(answer.exact) };
    screen.setAttribute("aria-label", `The digit imagined at the pin. ${answer.reading}`);
    showKnown(root, answer, data);
    draw();
  }

  function takeAtlas(atlas) {
    state.atlas = atlas;
    invent();
    draw();
    map.refresh();
  }

  // ---- once

  offerDigits(find(".digits"), data, "Take me to", (digit) => flyTo(inside(data.homes[digit])));
  const ends = [["left", "right"], ["bottom", "top"]];
  sliders.forEach((slider, i) => {
    [slider.min, slider.max] = ends[i].map((end) => bounds[end]);
    slider.addEventListener("pointerdown", () => (held = true));
    slider.addEventListener("input", () => {
      const place = [...state.pin];
      place[i] = Number(slider.value);
      movePin(inside(place));
    });
    slider.addEventListener("change", commitSoon);
  });
  root.addEventListener("click", ({ target }) => actions[target.dataset?.do]?.(), { signal });
  screen.addEventListener("keydown", key);
  for (const end of ["pointerup", "pointercancel"]) {
    window.addEventListener(end, letGo, { signal });
  }
  document.addEventListener("latent-answer", receiveAnswer, { signal });
  receiveAnswer();
  awaitAtlas(data.version, signal, takeAtlas);
  nameInAddressBar(); // the model that was chosen, and the place as it was understood

  return {
    update(component) {
      server = component;
      map.refresh();
    },
    dispose() {
      leave.abort();
      cancelAnimationFrame(planned);
      stopFlight();
      clearTimeout(waiting);
      map.dispose();
      delete window.latentPost?.answer; // about a pin that may stand elsewhere when one comes back
    },
  };
}
