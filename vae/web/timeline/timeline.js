// The film: a map as it forms, epoch by epoch. Each frame is the codes of the same digits, so that
// every dot can be followed; between two frames it glides.

const GLIDE = 600; // milliseconds from one frame to the next
const UNITS = 1000; // of a code, in one of z
const MARGIN = 1.08;
const RIM = 0.98; // share of the dots that the window holds
const SIZE = 64; // pixels of a picture beside the map
const NEAR = 0.5; // units of z around a dot in which its kin are counted
const ROOM = 3; // units of z that it shows at least, either way
const NAME = 20; // pixels of a digit's name: two are no nearer than that

export default mounted(makeFilm);

function makeFilm({ parentElement: root }) {
  const find = (selector) => root.querySelector(selector);
  const canvas = find(".plane");
  const strip = find(".redraws");
  const plate = makePlate();
  const slider = find("input");
  const play = find("[data-do=play]");
  const frames = new Map(); // by epoch
  let data = null;
  let run = null;
  let shown = null; // codes as they are drawn now
  let at = -1; // epoch
  let homes = []; // digit, and the dot that bears its name
  let reach = ROOM;
  let flight = 0;
  let playing = 0;

  const epochs = () => [...frames.keys()].sort((a, b) => a - b);

  function update(component) {
    [data] = component.data;
    if (data.run !== run) {
      run = data.run;
      frames.clear();
      stopPlaying();
      [shown, at, reach] = [null, -1, ROOM];
    }
    const atLast = at < 0 || at === epochs().at(-1);
    for (const epoch of epochs()) if (data.live && epoch > data.done) frames.delete(epoch); // broken off
    const before = frames.get(at)?.sent;
    for (const { epoch, code, redraw } of data.frames) {
      const numbers = new Int16Array(bytesOf(code).buffer);
      const codes = Float32Array.from(numbers, (n) => n / UNITS);
      frames.set(epoch, { code: codes, redraw: bytesOf(redraw), sent: code });
    }
    const all = epochs();
    reach = Math.max(ROOM, ...all.map((epoch) => extent(frames.get(epoch).code))) * MARGIN;
    slider.max = Math.max(0, all.length - 1);
    for (const part of [slider, play]) part.hidden = all.length < 2;
    slider.value = Math.max(0, all.indexOf(at));
    const behind = at !== all.at(-1) && (atLast || !frames.has(at));
    const other = frames.has(at) && frames.get(at).sent !== before; // it went on after it was stopped
    if ((behind || other) && !playing && all.length) goTo(behind ? all.at(-1) : at);
    else paint();
  }

  function extent(code) {
    const sizes = Float32Array.from(code, Math.abs).sort();
    return sizes[Math.floor(RIM * (sizes.length - 1))];
  }

  function goTo(epoch) {
    const { code } = frames.get(epoch);
    const from = shown?.length === code.length ? shown : code;
    at = epoch;
    slider.value = epochs().indexOf(epoch);
    homes = findHomes(code);
    drawPairs();
    cancelAnimationFrame(flight);
    const start = performance.now();
    const step = (now) => {
      const t = Math.min(1, (now - start) / GLIDE);
      const eased = t * t * (3 - 2 * t);
      shown = code.map((value, i) => from[i] + (value - from[i]) * eased);
      paint();
      if (t < 1) flight = requestAnimationFrame(step);
    };
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      shown = code;
      paint();
    } else flight = requestAnimationFrame(step);
  }

  function paint() {
    const box = canvas.getBoundingClientRect();
    const scale = window.devicePixelRatio || 1;
    if (!box.width) return;
    canvas.width = box.width * scale;
    canvas.height = box.height * scale;
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    const style = getComputedStyle(root.host ?? root);
    const [ink, paper] = ["--st-text-color", "--st-background-color"].map((n) => style.getPropertyValue(n).trim());
    readout();
    if (!shown) return;
    const unit = Math.min(box.width, box.height) / 2 / reach;
    const place = (i) => [box.width / 2 + shown[2 * i] * unit, box.height / 2 - shown[2 * i + 1] * unit];
    bytesOf(data.labels).forEach((label, i) => {
      const [x, y] = place(i);
      pen.fillStyle = data.colours[label];
      pen.beginPath();
      pen.arc(x, y, 2.4, 0, 2 * Math.PI);
      pen.fill();
    });
    Object.assign(pen, { textAlign: "center", textBaseline: "middle", lineJoin: "round", lineWidth: 4 });
    pen.font = `700 20px ${style.getPropertyValue("--st-font") || "sans-serif"}`;
    const places = spread(homes.map(([, dot]) => place(dot)));
    for (const [i, [digit]] of homes.entries()) {
      const [x, y] = places[i];
      pen.strokeStyle = paper;
      pen.strokeText(digit, x, y);
      pen.fillStyle = ink;
      pen.fillText(digit, x, y);
    }
  }

  // For each digit the dot that most of its own kind lie around: its name goes there.
  function findHomes(code) {
    const kinds = new Map();
    bytesOf(data.labels).forEach((label, i) => kinds.set(label, [...(kinds.get(label) ?? []), i]));
    const near = (i, j) => Math.hypot(code[2 * i] - code[2 * j], code[2 * i + 1] - code[2 * j + 1]) < NEAR;
    return [...kinds].map(([digit, dots]) => {
      const kin = dots.map((i) => dots.filter((j) => near(i, j)).length);
      return [digit, dots[kin.indexOf(Math.max(...kin))]];
    });
  }

  // Push apart what lies on each other: on a map of a collapsed model all names would be one blot.
  function spread(places) {
    for (let round = 0; round < 30; round++) {
      for (const [i, a] of places.entries()) {
        for (const b of places.slice(i + 1)) {
          const [dx, dy] = [b[0] - a[0] || 0.01, b[1] - a[1]];
          const push = (NAME / Math.hypot(dx, dy) - 1) / 2;
          if (push <= 0) continue;
          for (const [point, way] of [[a, -push], [b, push]]) {
            point[0] += way * dx;
            point[1] += way * dy;
          }
        }
      }
    }
    return places;
  }

  // Each digit with its redraw: side by side where the strip stands, one over the other where it lies.
  function drawPairs() {
    const upright = strip.clientHeight > strip.clientWidth;
    [strip.width, strip.height] = upright ? [2 * SIZE, 10 * SIZE] : [10 * SIZE, 2 * SIZE];
    const pen = strip.getContext("2d");
    pen.imageSmoothingQuality = "high";
    [bytesOf(data.digits), frames.get(at).redraw].forEach((pictures, which) => {
      for (let i = 0; i * PIXELS < pictures.length; i++) {
        const [x, y] = upright ? [which, i] : [i, which];
        plate.put(pictures.subarray(i * PIXELS, (i + 1) * PIXELS));
        pen.drawImage(plate.canvas, x * SIZE, y * SIZE, SIZE, SIZE);
      }
    });
  }

  function readout() {
    const when = at > data.done ? "stopped in" : "after";
    const words = at < 0 ? "" : at === 0 ? "before learning" : `${when} epoch ${at} of ${data.total}`;
    find("[data-testid=epoch]").textContent = words;
    slider.setAttribute("aria-valuetext", words);
  }

  function stopPlaying() {
    clearInterval(playing);
    playing = 0;
    play.textContent = "Play";
  }

  function startPlaying() {
    const all = epochs();
    let next = at === all.at(-1) ? 0 : all.indexOf(at) + 1;
    play.textContent = "Stop";
    const advance = () => {
      goTo(all[next++]);
      if (next >= all.length) stopPlaying();
    };
    playing = setInterval(advance, GLIDE + 150);
    advance();
  }

  play.addEventListener("click", () => (playing ? stopPlaying() : startPlaying()));
  slider.addEventListener("input", () => {
    stopPlaying();
    goTo(epochs()[Number(slider.value)]);
  });
  const sizes = new ResizeObserver(() => {
    paint();
    if (frames.has(at)) drawPairs();
  });
  sizes.observe(canvas);

  return {
    update,
    dispose() {
      sizes.disconnect();
      cancelAnimationFrame(flight);
      clearInterval(playing);
    },
  };
}
