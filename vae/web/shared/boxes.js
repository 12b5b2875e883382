// Boxes around the digits of a picture: the one that is read is solid, the others are dashed.

import { createButton } from "./dom.js";

const ROOM = 4; // pixels between a digit and its box

// Fill `layer`, which covers the picture, with a button for each box [left, top, right, bottom], in
// shares of the picture; `chosen` is the number of the one that is read. A press on another calls
// `onChoose(its number, event)`. One digit alone needs no box.
export function showBoxes(layer, boxes = [], chosen, onChoose) {
  const hadFocus = layer.contains(document.activeElement);
  const buttons = boxes.map(([left, top, right, bottom], i) => {
    const edges = { left, top, width: right - left, height: bottom - top };
    const style = Object.entries(edges).map(([name, share]) => {
      const room = name === "left" || name === "top" ? -ROOM : 2 * ROOM;
      return `${name}: calc(${100 * share}% + ${room}px)`;
    });
    const ariaLabel = `${i === chosen ? "Digit" : "Read digit"} ${i + 1} of ${boxes.length}`;
    const onclick = (event) => i !== chosen && onChoose(i, event);
    const button = createButton({ ariaLabel, ariaPressed: i === chosen, style: style.join(";"), onclick });
    button.dataset.number = i;
    return button;
  });
  layer.replaceChildren(...(boxes.length > 1 ? buttons : []));
  if (hadFocus) layer.children[chosen]?.focus();
}
