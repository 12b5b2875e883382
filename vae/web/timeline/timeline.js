// The timeline: the map of a run as it forms, snapshot by snapshot, to scrub through and to play.
// All snapshots hold the codes of the same digits, so every dot can be followed: it glides.

import { animate, reducedMotion } from "../shared/animation.js";
import { createPlate, fromBase64, PIXELS } from "../shared/picture.js";
import { onThemeChange } from "../shared/theme.js";
import { findCenters, measureReach, paintPlane } from "./plane.js";

const GLIDE = 600; // milliseconds from one snapshot to the next
const PAUSE = 150; // milliseconds between two glides
const UNITS = 1000; // of a code in the message, in one unit of z
const COPY = 64; // pixels of a picture beside the map

// `data` is a Timeline, see vae/ui/messages.py.
export default function mount(root, data) {
  const find = (selector) => root.querySelector(selector);
  const [plane, copies, slider, play, readout] = [".plane", ".copies", "input", ".travel button", ".readout"].map(find);
  const snapshots = new Map(); // by epoch: {codes, redraws, sent}
  let content = {};
  let scene = null; // what `paintPlane` takes
  let reach = null; // of all snapshots, so that they share a scale
  let epoch = -1; // that is shown, or on the way
  let cancelGlide = () => {};
  let playing = 0;

  const epochs = () => [...snapshots.keys()].sort((a, b) => a - b);

  function update(next) {
    if (next.run !== content.run) forget();
    const before = snapshots.get(epoch)?.sent;
    const followsNewest = epoch < 0 || epoch === epochs().at(-1);
    content = next;
    receive(next);
    const newest = epochs().at(-1);
    if (newest === undefined) return;
    reach = measureReach([...snapshots.values()]);
    showControls();
    if (playing) return;
    const wanted = followsNewest || !snapshots.has(epoch) ? newest : epoch;
    if (wanted !== epoch || snapshots.get(wanted).sent !== before) show(wanted);
    else paint();
  }

  function forget() {
    snapshots.clear();
    stopPlaying();
    cancelGlide();
    [scene, epoch] = [null, -1];
  }

  function receive({ is_live, epochs_done, snapshots: received }) {
    // A resumed run begins anew the epoch in which it was stopped.
    for (const old of epochs()) if (is_live && old > epochs_done) snapshots.delete(old);
    for (const { epoch, codes, redraws } of received) {
      const numbers = new Int16Array(fromBase64(codes).buffer);
      const sent = codes;
      snapshots.set(epoch, { codes: Float32Array.from(numbers, (n) => n / UNITS), redraws: fromBase64(redraws), sent });
    }
  }

  function showControls() {
    const all = epochs();
    slider.max = all.length - 1;
    slider.value = Math.max(0, all.indexOf(epoch));
    for (const control of [slider, play]) control.hidden = all.length < 2;
    find(".legend").innerHTML = content.colours
      .map((colour, digit) => `<li style="--digit: ${colour}">${digit}</li>`)
      .join("");
  }

  function show(wanted) {
    const { codes, redraws } = snapshots.get(wanted);
    const labels = fromBase64(content.labels);
    const from = scene?.codes.length === codes.length ? scene.codes : codes;
    const { colours } = content;
    scene = { codes: from, labels, colours, centers: findCenters(codes, labels) };
    epoch = wanted;
    slider.value = epochs().indexOf(epoch);
    paintCopies(copies, fromBase64(content.digits), redraws);
    cancelGlide();
    const step = (now) => {
      scene.codes = now;
      paint();
    };
    if (reducedMotion()) step(codes);
    else cancelGlide = animate(from, codes, GLIDE, step);
    announce();
  }

  function paint() {
    if (scene) paintPlane(plane, { ...scene, reach });
  }

  function announce() {
    const when = epoch > content.epochs_done ? "stopped in" : "after";
    const words = epoch === 0 ? "before learning" : `${when} epoch ${epoch} of ${content.epochs}`;
    readout.textContent = words;
    slider.setAttribute("aria-valuetext", words);
    plane.setAttribute("aria-label", `The map ${words}: a dot for each of ${scene.labels.length} digits`);
  }

  function stopPlaying() {
    clearInterval(playing);
    playing = 0;
    play.textContent = "Play";
  }

  function startPlaying() {
    let next = epoch === epochs().at(-1) ? 0 : epochs().indexOf(epoch) + 1;
    const advance = () => {
      show(epochs()[next++]);
      if (next >= epochs().length) stopPlaying();
    };
    play.textContent = "Pause";
    playing = setInterval(advance, GLIDE + PAUSE);
    advance();
  }

  play.onclick = () => (playing ? stopPlaying() : startPlaying());
  slider.oninput = () => {
    stopPlaying();
    show(epochs()[Number(slider.value)]);
  };
  const sizes = new ResizeObserver(() => {
    paint();
    if (scene) paintCopies(copies, fromBase64(content.digits), snapshots.get(epoch).redraws);
  });
  sizes.observe(plane);
  const forgetTheme = onThemeChange(root, paint);
  update(data);

  return {
    update,
    dispose() {
      sizes.disconnect();
      forgetTheme();
      cancelGlide();
      clearInterval(playing);
    },
  };
}

// Each digit with its copy: side by side where the strip stands, one above the other where it lies.
function paintCopies(strip, digits, redraws) {
  const isUpright = strip.clientHeight > strip.clientWidth;
  [strip.width, strip.height] = isUpright ? [2 * COPY, 10 * COPY] : [10 * COPY, 2 * COPY];
  const pen = strip.getContext("2d");
  const plate = createPlate();
  pen.imageSmoothingQuality = "high";
  for (const [column, pictures] of [digits, redraws].entries()) {
    for (let row = 0; row * PIXELS < pictures.length; row++) {
      plate.put(pictures.subarray(row * PIXELS, (row + 1) * PIXELS));
      const [x, y] = isUpright ? [column, row] : [row, column];
      pen.drawImage(plate.canvas, x * COPY, y * COPY, COPY, COPY);
    }
  }
}
