// Runs before the page's own scripts. Counts the pictures drawn, times the frames, and moves the
// pointer on every frame, for which Playwright's mouse is too slow.
(() => {
  const request = window.requestAnimationFrame.bind(window);
  const newFrame = () => ({ picture: false, drawing: 0, all: 0 }); // the last two in milliseconds
  let frame = newFrame();
  let isPicture = false; // the callback that runs now drew the lens's picture

  for (const name of ["drawImage", "putImageData"]) {
    const draw = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...rest) {
      isPicture ||= this.canvas.dataset?.testid === "decoded";
      return draw.apply(this, rest);
    };
  }
  window.requestAnimationFrame = (callback) => request((now) => time(now, callback));

  function time(now, work) {
    isPicture = false;
    const start = performance.now();
    work(now);
    const spent = performance.now() - start;
    frame.all += spent;
    frame.picture ||= isPicture;
    frame.drawing += isPicture ? spent : 0;
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

  // Resolves to the seconds and the frames of that time, with a moving pointer or at rest.
  const watch = (milliseconds, moves) => new Promise((resolve) => {
    const frames = [];
    let begin = null;
    request(function step(now) {
      if (begin !== null) frames.push(frame);
      begin ??= now;
      frame = newFrame();
      if (now - begin >= milliseconds) return resolve({ frames, seconds: (now - begin) / 1000 });
      // Before the next request: the page's own callback, which the move asks for, then runs first.
      if (moves) time(now, movePointer);
      return request(step);
    });
  });

  // Listened to from the first, so that the page's own listeners come after these.
  let began = null; // when the visitor last clicked or chose a file
  for (const kind of ["pointerup", "change"])
    addEventListener(kind, (event) => (began ??= event.timeStamp), { capture: true });

  // What changes with an answer: our page's count of them, a reference app's line of text.
  const state = () =>
    document.querySelector(".latent-root[data-answered]")?.dataset.answered ??
    document.querySelector("[data-testid=stText]")?.textContent ?? "0";

  // Milliseconds from the next click or choice of a file to the frame that shows another state.
  const answer = () => new Promise((resolve, reject) => {
    const before = state();
    began = null;
    const watcher = new MutationObserver(() => {
      if (began === null || state() === before) return;
      watcher.disconnect();
      request(() => resolve(performance.now() - began));
    });
    const all = { subtree: true, childList: true, attributes: true, characterData: true };
    watcher.observe(document, all);
    setTimeout(() => reject(new Error("no answer in 10 s")), 10_000);
  });

  window.bench = { answer, watch, drawCalls: 0 };
  const { drawArrays } = WebGLRenderingContext.prototype;
  WebGLRenderingContext.prototype.drawArrays = function (...rest) {
    drawArrays.apply(this, rest);
    request(() => request(() => (window.bench.drawCalls += 1))); // two frames later it is shown
  };
})();
