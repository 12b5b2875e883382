// What the server knows about the pinned place, in words and small pictures.

const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

function showKnown(root, answer, { colours, deep }) {
  const find = (selector) => root.querySelector(selector);
  find(".known").classList.remove("waiting");
  find(".reading").textContent = answer.reading;
  find(".crowd").textContent = answer.crowd;
  find(".kin .caption").textContent = answer.kinTitle;
  showShares(find(".shares"), answer.shares, colours, deep);
  const pictures = bytesOf(answer.kin);
  const kin = answer.kinLabels.map((label, i) => {
    const canvas = thumb(pictures.subarray(i * PIXELS, (i + 1) * PIXELS));
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `A ${label}`);
    return canvas;
  });
  find(".kin .strip").replaceChildren(...kin);
}

function showShares(bar, shares, colours, deep) {
  const text = shares.map(([digit, share]) => `${digit}: ${Math.round(100 * share)} %`).join(", ");
  bar.setAttribute("aria-label", text);
  bar.title = text;
  const parts = shares.map(([digit, share]) => {
    const part = document.createElement("span");
    part.style.cssText = `flex:${share};background:${colours[digit]}`;
    part.classList.toggle("deep", deep.includes(digit));
    part.textContent = share > 0.07 ? digit : "";
    return part;
  });
  bar.replaceChildren(...parts);
}

const thumbPlate = makePlate();

function thumb(picture) {
  const canvas = document.createElement("canvas");
  canvas.className = "thumb";
  canvas.width = canvas.height = 2 * SIDE;
  thumbPlate.put(picture);
  canvas.getContext("2d").drawImage(thumbPlate.canvas, 0, 0, canvas.width, canvas.height);
  return canvas;
}
