// The guest: the visitor's own digit, its redraw, where they differ, and its place on the map. What
// moves (dirt, morph, a look around) is drawn here from the atlas; nothing goes to the server.

const REST = 1500; // milliseconds that the end of a morph stays, before the way back
const MISSING = [255, 169, 14];
const ADDED = [108, 178, 245];

export default mounted(makeGuest);

function makeGuest({ parentElement: root, data: [first] }) {
  const find = (selector) => root.querySelector(selector);
  const plate = makePlate();
  const blended = new Uint8Array(PIXELS);
  const state = { pin: null, ghost: null, before: null, atlas: null, ink: null };
  const leave = new AbortController();
  const { signal } = leave;
  const dirt = find("[aria-label=dirt]");
  let server = null;
  let data = null;
  let digit = {};
  let guess = false; // the encoder's is shown instead of the best place
  let flight = null; // a journey under way: call it to break off
  let resting = 0;
  let planned = 0;
  let cleaner = null;
  const mine = makeMine();

  const map = makeMap({
    state,
    homes: first.homes,
    label: "Map of digits, with yours on it",
    theme: (gd) => (state.ink = applyTheme(gd, root, state.ink)),
    key: () => {},
    screen: find("[data-testid=redraw]"),
    drawn: () => server.setStateValue("drawn", true),
    hover: (place, finger) => look(place, finger),
    move: () => {},
    pin: () => look(null),
    painted: (gd, frame) => mine.paint(gd, frame, digit, data?.encoder),
  });

  function take(given) {
    data = given;
    digit = {
      seen: bytesOf(data.seen),
      peak: bytesOf(data.redraw),
      guess: bytesOf(data.guess),
      relief: bytesOf(data.relief),
      place: data.place,
      mean: data.encoder.mean,
      hills: data.hills,
      reach: data.reach,
      noise: Float32Array.from({ length: PIXELS }, gauss),
    };
    dirt.value = 0;
    guess = false;
    stopFlight();
    say();
    draw();
    map.refresh();
  }

  function say() {
    find(".reading").textContent = data.reading;
    window.latentVerdict = data.reading;
    document.dispatchEvent(new Event("latent-verdict"));
    find(".odd").textContent = data.odd;
    find("[data-testid=likeness]").textContent = data.likeness;
    find(".hills").textContent = data.where;
    find(".steps .strip").replaceChildren(...data.steps.map(step));
    showShares(find(".shares"), data.shares, first.colours, first.deep);
    root.querySelectorAll(".digits button").forEach((button) => {
      button.setAttribute("aria-pressed", String(Number(button.textContent) === data.target));
    });
  }

  function step([name, jpeg]) {
    const figure = document.createElement("figure");
    const image = new Image();
    image.src = `data:image/jpeg;base64,${jpeg}`;
    image.alt = "";
    const caption = document.createElement("figcaption");
    caption.textContent = name;
    figure.append(image, caption);
    return figure;
  }

  // ---- drawing

  function draw() {
    if (data) planned ||= requestAnimationFrame(paint);
  }

  function paint() {
    planned = 0;
    find(".guest").dataset.shown = data.id;
    const level = Number(dirt.value) / 100;
    const seen = level ? dirty(digit.seen, digit.noise, level) : digit.seen;
    const { picture, name } = redraw(seen, level);
    find(".guest").classList.toggle("dirty", level > 0); // the words are about the clean digit
    show("seen", seen);
    show("redraw", picture);
    find(".redraw-name").textContent = name;
    showDifference(digit.seen, picture);
    find("[data-do=guess]").textContent = guess ? "Show its best redraw" : "Show its first guess";
    map.mark();
  }

  function redraw(seen, level) {
    if (state.ghost && state.ghost !== digit.mean && state.atlas) {
      blendAtlas(state.atlas, ...state.ghost, blended);
      return { picture: blended, name: flight ? "On the way" : "The machine, at this place" };
    }
    if (level && state.atlas) {
      cleaner ??= makeCleaner(state.atlas);
      blendAtlas(state.atlas, ...cleaner(seen), blended);
      return { picture: blended, name: "Cleaned by the machine" };
    }
    if (guess) return { picture: digit.guess, name: "Its first guess" };
    return { picture: digit.peak, name: "Its redraw" };
  }

  function show(name, picture) {
    plate.put(picture);
    plate.cover(find(`[data-testid=${name}]`));
  }

  function showDifference(seen, picture) {
    plate.putColours((i) => {
      const apart = (seen[i] - picture[i]) / 255;
      const colour = apart > 0 ? MISSING : ADDED;
      return colour.map((channel) => channel * Math.abs(apart));
    });
    plate.cover(find("[data-testid=difference]"));
  }

  // ---- moving

  function look(place, finger = false) {
    if (flight && !place) return;
    stopFlight();
    state.ghost = place ?? state.ghost;
    state.finger = finger && place;
    draw();
  }

  function morph(target) {
    if (!state.atlas) return;
    server.setStateValue("target", target);
    stopFlight();
    const { place } = digit;
    const end = first.homes[target];
    glide(place, end, () => (resting = setTimeout(glide, REST, end, place, () => look(null))));
  }

  function glide(from, to, then) {
    flight = journey(from, to, MORPH, (place, arrived) => {
      state.ghost = place;
      paint();
      if (!arrived) return;
      flight = null;
      then();
    });
  }

  function stopFlight() {
    flight?.();
    flight = null;
    clearTimeout(resting);
    state.ghost = guess ? digit.mean : null;
    state.finger = false;
  }

  function receiveDigit() {
    const given = window.latentPost?.digit;
    if (given?.version !== first.version) return;
    if (given.id !== data?.id) return take(given);
    data = given; // another target, at most
    say();
  }

  function takeAtlas(atlas) {
    state.atlas = atlas;
    draw();
    map.refresh();
  }

  // ---- once

  offerDigits(find(".digits"), first, "Turn it into", morph);
  dirt.addEventListener("input", () => {
    guess = false;
    stopFlight();
    draw();
  });
  find("[data-do=guess]").onclick = () => {
    guess = !guess;
    dirt.value = 0;
    stopFlight();
    draw();
  };
  document.addEventListener("latent-digit", receiveDigit, { signal });
  document.addEventListener("latent-look", () => root.host.scrollIntoView({ behavior: "smooth" }), { signal });
  awaitAtlas(first.version, signal, takeAtlas);
  receiveDigit();

  return {
    update(component) {
      server = component;
      map.refresh();
    },
    dispose() {
      leave.abort();
      cancelAnimationFrame(planned);
      stopFlight();
      mine.remove();
      map.dispose();
    },
  };
}
