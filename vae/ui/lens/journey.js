// Journeys over the plane: the buttons that name a digit to go to, and the way there.

const MORPH = 2600; // milliseconds

// A button for each digit that has a home, in its colour; `go` is told the digit.
function offerDigits(row, { homes, colours }, label, go) {
  for (const digit of Object.keys(homes)) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = digit;
    button.setAttribute("aria-label", `${label} ${digit}`);
    button.style.setProperty("--digit", colours[digit]);
    button.onclick = () => go(Number(digit));
    row.append(button);
  }
}

// Tells `step` the place at every frame, and at the last one that it is; returns how to break off.
function journey(from, to, time, step) {
  const start = performance.now();
  let planned = requestAnimationFrame(advance);

  function advance(now) {
    const t = clamp((now - start) / time, 0, 1);
    const eased = t * t * (3 - 2 * t);
    if (t < 1) planned = requestAnimationFrame(advance);
    step(from.map((value, i) => value + (to[i] - value) * eased), t === 1);
  }
  return () => cancelAnimationFrame(planned);
}
