// What is known about a place, in words and small pictures.

import { showFractions } from "../shared/fractions.js";
import { createThumbnail, fromBase64, PIXELS } from "../shared/picture.js";

const isTouch = matchMedia("(pointer: coarse)").matches;
const FAR = 0.6; // units of z: farther than this, the 15 nearest are no neighbours

// What the server says about the pin; `answer` is a PinAnswer of vae/ui/messages.py.
export function showAnswer(root, answer, palette) {
  const pinned = root.querySelector(".pinned");
  pinned.classList.remove("waiting");
  pinned.querySelector(".sentence").textContent = answer.sentence;
  pinned.querySelector(".crowding").textContent = answer.crowding;
  showFractions(pinned.querySelector(".fractions"), answer.fractions, palette);
  root.querySelector(".neighbours .caption").textContent = answer.neighbours_caption;
  const pictures = fromBase64(answer.neighbours);
  const neighbours = answer.neighbour_labels.map((label, i) =>
    createThumbnail(pictures.subarray(i * PIXELS, (i + 1) * PIXELS), { role: "img", ariaLabel: `A ${label}` }),
  );
  root.querySelector(".neighbours .strip").replaceChildren(...neighbours);
}

// What the map's own dots say about the place under the pointer: {fractions, distance}.
export function showHovered(root, around, palette) {
  const hovered = root.querySelector(".hovered");
  const far = around.distance > FAR;
  const [first, second] = around.fractions;
  const names = second?.[1] > 0.2 ? `${first[0]}s and ${second[0]}s` : `${first[0]}s`;
  hovered.querySelector(".sentence").textContent = far ? "No real digits near here" : `Around here: ${names}`;
  const act = isTouch ? "Lift your finger" : "Click";
  hovered.querySelector(".hint").textContent = `${act} to learn more about this place`;
  showFractions(hovered.querySelector(".fractions"), far ? [] : around.fractions, palette);
}
