// Runs before the page's own scripts: counts the pictures drawn, times the frames, and can move
// the pointer on every frame, which Playwright's mouse is too slow for.
(() => {
  const request = window.requestAnimationFrame.bind(window);
  const { drawImage } = CanvasRenderingContext2D.prototype;
  let drawn = false; // the lens's picture, by the callback that runs now
  let frames = new Map(); // by the frame's time: was there a picture, milliseconds spent on what

  function note(now, entry) {
    const frame = frames.get(now) ?? { picture: false, drawing: 0, all: 0 };
    frame.picture ||= Boolean(entry.drawing);
    frame.drawing += entry.drawing ? entry.spent : 0;
    frame.all += entry.spent;
    frames.set(now, frame);
  }

  function timed(now, work) {
    drawn = false;
    const start = performance.now();
    work(now);
    note(now, { spent: performance.now() - start, drawing: drawn });
  }

  CanvasRenderingContext2D.prototype.drawImage = function (...rest) {
    drawn ||= this.canvas.dataset?.testid === "decoded";
    return drawImage.apply(this, rest);
  };
  window.requestAnimationFrame = (callback) => request((now) => timed(now, callback));

  const lens = () =>
    [...document.querySelectorAll("*")]
      .map((element) => element.shadowRoot)
      .find((root) => root?.querySelector("[data-testid=decoded]"));

  // A figure of eight over the middle of the map, once round in about two seconds.
  function movePointer(now) {
    const plane = document.querySelector(".st-key-latent-map .nsewdrag");
    const box = plane.getBoundingClientRect();
    const where = {
      clientX: box.x + box.width * (0.5 + 0.35 * Math.sin(now / 320)),
      clientY: box.y + box.height * (0.5 + 0.35 * Math.sin(now / 160)),
      pointerType: "mouse",
      bubbles: true,
      composed: true,
    };
    plane.dispatchEvent(new PointerEvent("pointermove", where));
    plane.dispatchEvent(new MouseEvent("mousemove", where));
  }

  // Every frame for so many milliseconds; `work` is done in each. Resolves to those frames.
  function run(milliseconds, work) {
    return new Promise((resolve) => {
      let count = 0;
      let begun = 0;
      const step = (now) => {
        if (!begun) frames = new Map();
        begun ||= now;
        if (now - begun >= milliseconds) {
          const seconds = (now - begun) / 1000;
          return resolve({ count, seconds, frames: [...frames.values()] });
        }
        count += 1;
        // The work comes before the next request: so the page's own callback, asked for by the
        // work, comes before it too, and a page that draws once a frame is seen to do so.
        if (work) timed(now, work);
        request(step);
      };
      request(step);
    });
  }

  // Listened to from the first, so that the page's own listeners come after it.
  let clicked = null;
  window.addEventListener("pointerup", (event) => (clicked ??= event.timeStamp), { capture: true });
  const afterPaint = (resolve) => request(() => resolve(performance.now()));

  // Milliseconds from the next click to the frame in which `done(nodes)` first holds.
  function answer(node, options, done) {
    return new Promise((resolve) => {
      clicked = null;
      const watcher = new MutationObserver(() => {
        if (clicked === null || !done()) return;
        watcher.disconnect();
        afterPaint((shown) => resolve(shown - clicked));
      });
      watcher.observe(node, { subtree: true, ...options });
    });
  }

  function pinAnswer() {
    const known = lens().querySelector(".known");
    let waited = false;
    return answer(known, { attributes: true }, () => {
      const waiting = known.classList.contains("waiting");
      waited ||= waiting;
      return waited && !waiting;
    });
  }

  function buttonAnswer() {
    const text = () => document.querySelector("[data-testid=stText]").textContent;
    const before = text();
    return answer(document.body, { childList: true, characterData: true }, () => text() !== before);
  }

  window.bench = {
    bare: (milliseconds) => run(milliseconds, null),
    hover: (milliseconds) => run(milliseconds, movePointer),
    pinAnswer,
    buttonAnswer,
  };
})();
