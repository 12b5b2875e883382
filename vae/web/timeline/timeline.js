// The timeline: the map of a run as it forms, snapshot by snapshot, to scrub through and to play.
// All snapshots hold the codes of the same digits, so every dot can be followed: it glides.

import { animate, reducedMotion } from "../shared/animation.js";
import { createElement } from "../shared/dom.js";
import { drawGrey, fromBase64, PIXELS } from "../shared/picture.js";
import { onLookChange } from "../shared/theme.js";
import { findCenters, measureReach, paintPlane } from "./plane.js";

const GLIDE = 600; // milliseconds from one snapshot to the next
const PAUSE = 150; // milliseconds between two glides
const UNITS = 1000; // of a code in the message, in one unit of z
const COPY = 64; // pixels of a picture beside the map

// `data` is a Timeline, see vae/ui/messages.py.
export default function mount(parent, data) {
  const root = parent.querySelector(".latent-timeline");
  const find = (selector) => root.querySelector(selector);
  const [plane, copies, slider, play, readout] = [".plane", ".copies", "input", "button", ".readout"].map(find);
  const snapshots = new Map(); // by epoch: {codes, redraws, sent}
  const leave = new AbortController();
  let scene = null; // what is painted: {codes, labels, centers, pictures}
  let reach = null; // of all snapshots, so that they share a scale
  let epoch; // that is shown, or on the way
  let cancelGlide = () => {};
  let playing = 0;

  const epochs = () => [...snapshots.keys()].sort((a, b) => a - b);

  function update(next) {
    if (next.run !== data.run) {
      snapshots.clear();
      stopPlaying();
      cancelGlide();
      [scene, epoch] = [null, undefined];
    }
    const before = snapshots.get(epoch);
    const followsNewest = epoch === epochs().at(-1);
    data = next;
    receive(next);
    if (!snapshots.size) return;
    reach = measureReach([...snapshots.values()]);
    slider.max = snapshots.size - 1;
    slider.value = epochs().indexOf(epoch);
    slider.hidden = play.hidden = snapshots.size < 2;
    if (playing) return;
    const wanted = followsNewest || !snapshots.has(epoch) ? epochs().at(-1) : epoch;
    if (snapshots.get(wanted) !== before) show(wanted);
    else paint();
  }

  function receive({ is_live, epochs_done, snapshots: received }) {
    // A resumed run begins anew the epoch in which it was stopped.
    for (const old of epochs()) if (is_live && old > epochs_done) snapshots.delete(old);
    for (const { epoch, codes: sent, redraws } of received) {
      if (snapshots.get(epoch)?.sent === sent) continue;
      const codes = Float32Array.from(new Int16Array(fromBase64(sent).buffer), (n) => n / UNITS);
      snapshots.set(epoch, { codes, redraws: fromBase64(redraws), sent });
    }
  }

  function show(wanted) {
    const { codes, redraws } = snapshots.get(wanted);
    const labels = fromBase64(data.labels);
    const from = scene?.codes.length === codes.length ? scene.codes : codes;
    scene = { codes, labels, centers: findCenters(codes, labels), pictures: [fromBase64(data.digits), redraws] };
    epoch = wanted;
    slider.value = epochs().indexOf(epoch);
    cancelGlide();
    if (reducedMotion()) paint();
    else {
      cancelGlide = animate(from, codes, GLIDE, (now) => {
        scene.codes = now;
        paint();
      });
    }
    const when = epoch > data.epochs_done ? "stopped in" : "after";
    readout.textContent = epoch === 0 ? "before learning" : `${when} epoch ${epoch} of ${data.epochs}`;
    slider.ariaValueText = readout.textContent;
    plane.ariaLabel = `The map ${readout.textContent}: a dot for each of ${labels.length} digits`;
  }

  function paint() {
    if (!scene) return;
    paintPlane(plane, { ...scene, colours: data.colours, reach });
    paintCopies(copies, scene.pictures);
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
  const legend = data.colours.map((colour, digit) =>
    createElement("li", { style: `--digit: ${colour}`, textContent: digit }),
  );
  find(".legend").replaceChildren(...legend);
  onLookChange(root, leave.signal, paint);
  update(data);

  return {
    update,
    dispose() {
      leave.abort();
      cancelGlide();
      clearInterval(playing);
    },
  };
}

// Each digit with its copy: side by side where the strip stands, one above the other where it lies.
function paintCopies(strip, columns) {
  const isUpright = strip.clientHeight > strip.clientWidth;
  [strip.width, strip.height] = isUpright ? [2 * COPY, 10 * COPY] : [10 * COPY, 2 * COPY];
  const pen = strip.getContext("2d");
  pen.imageSmoothingQuality = "high";
  for (const [column, pictures] of columns.entries()) {
    for (let row = 0; row * PIXELS < pictures.length; row++) {
      const picture = drawGrey(pictures.subarray(row * PIXELS, (row + 1) * PIXELS));
      const [x, y] = isUpright ? [column, row] : [row, column];
      pen.drawImage(picture, x * COPY, y * COPY, COPY, COPY);
    }
  }
}
