// Runs before the page's own scripts. Counts the pictures drawn, times the frames, and moves the
// pointer on every frame, for which Playwright's mouse is too slow.
(() => {
  const request = window.requestAnimationFrame.bind(window);
  let hasPicture = false; // the callback that runs now drew the lens's picture
  let frames = new Map(); // by the frame's time: { picture, drawing (ms), all (ms) }

  for (const name of ["drawImage", "putImageData"]) {
    const draw = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...rest) {
      hasPicture ||= this.canvas.dataset?.testid === "decoded";
      return draw.apply(this, rest);
    };
  }
  window.requestAnimationFrame = (callback) => request((now) => time(now, callback));

  function time(now, work) {
    hasPicture = false;
    const start = performance.now();
    work(now);
    const spent = performance.now() - start;
    const frame = frames.get(now) ?? { picture: false, drawing: 0, all: 0 };
    frame.picture ||= hasPicture;
    frame.drawing += hasPicture ? spent : 0;
    frame.all += spent;
    frames.set(now, frame);
  }

  // A figure of eight over the middle of the map, once round in about two seconds.
  function movePointer(now) {
    const box = document.querySelector(".st-key-latent-map .js-plotly-plot").getBoundingClientRect();
    const clientX = box.x + box.width * (0.5 + 0.3 * Math.sin(now / 320));
    const clientY = box.y + box.height * (0.5 + 0.3 * Math.sin(now / 160));
    const options = { clientX, clientY, pointerType: "mouse", bubbles: true, composed: true };
    const target = document.elementFromPoint(clientX, clientY);
    target.dispatchEvent(new PointerEvent("pointermove", options));
    target.dispatchEvent(new MouseEvent("mousemove", options));
  }

  // Runs `work` in every frame; resolves to the number of frames, the seconds and what was timed.
  function run(milliseconds, work) {
    return new Promise((resolve) => {
      let count = 0;
      let begin = 0;
      const step = (now) => {
        if (!begin) frames = new Map();
        begin ||= now;
        if (now - begin >= milliseconds) {
          const seconds = (now - begin) / 1000;
          resolve({ count, seconds, frames: [...frames.values()] });
          return;
        }
        count += 1;
        // Before the next request: so the page's own callback, which the work asks for, runs before
        // this one does again, and a page that draws once a frame is seen to do so.
        if (work) time(now, work);
        request(step);
      };
      request(step);
    });
  }

  // Listened to from the first, so that the page's own listeners come after these.
  let began = null; // when the visitor last clicked or chose a file
  addEventListener("pointerup", (event) => (began ??= event.timeStamp), { capture: true });
  addEventListener("change", (event) => (began ??= event.timeStamp), { capture: true });

  // What changes with an answer: our page's count of them, a reference app's line of text.
  const state = () =>
    document.querySelector(".latent-root")?.dataset.answered ??
    document.querySelector("[data-testid=stText]")?.textContent ??
    "0";

  // Milliseconds from the next click or choice of a file to the frame that shows another state.
  function answer() {
    return new Promise((resolve, reject) => {
      began = null;
      const before = state();
      const watcher = new MutationObserver(() => {
        if (began === null || state() === before) return;
        watcher.disconnect();
        request(() => resolve(performance.now() - began));
      });
      watcher.observe(document, {
        subtree: true, childList: true, attributes: true, characterData: true,
      });
      setTimeout(() => reject(new Error("no answer in 10 s")), 10_000);
    });
  }

  // When something is on the screen of a WebGL canvas: two frames after it was drawn.
  window.bench = {
    answer,
    drawCalls: 0,
    rest: (milliseconds) => run(milliseconds, null),
    hover: (milliseconds) => run(milliseconds, movePointer),
  };
  const { drawArrays } = WebGLRenderingContext.prototype;
  WebGLRenderingContext.prototype.drawArrays = function (...rest) {
    drawArrays.apply(this, rest);
    request(() => request(() => (window.bench.drawCalls += 1)));
  };
})();
