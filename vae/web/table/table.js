// A table of figures. `data` is a Table of vae/ui/messages.py.

import { createButton, createElement } from "../shared/dom.js";
import { findEnds, sortRows } from "./sort.js";

const UNKNOWN = "–";

export default function mount(parent, data) {
  const root = parent.querySelector(".latent-table");
  const find = (selector) => root.querySelector(selector);
  let table = data;
  let order = { at: 0, sign: -1 }; // as they come: the best first

  function sort(at) {
    const { title, about, better } = table.columns[at];
    const first = better < 0 ? 1 : -1;
    order = { at, sign: order.at === at ? -order.sign : first };
    find(".about").textContent = `${title}: ${about}`;
    draw();
  }

  function draw() {
    const { at, sign } = order;
    const headings = table.columns.map(({ title, about }, i) => {
      const arrow = i === at ? (sign < 0 ? " ↓" : " ↑") : "";
      const button = createButton({ textContent: title + arrow, title: about, onclick: () => sort(i) });
      return createElement("th", { scope: "col", ariaSort: i === at ? (sign < 0 ? "descending" : "ascending") : null }, button);
    });
    const corner = createElement("th", { scope: "col", textContent: "Model" });
    find("thead").replaceChildren(createElement("tr", {}, corner, ...headings));
    const ends = table.columns.map(({ better }, i) => findEnds(table.rows, i, better));
    find("tbody").replaceChildren(...sortRows(table.rows, at, sign).map((row) => createRow(row, ends)));
  }

  function createRow({ name, note, is_shown: isShown, values }, ends) {
    const heading = createElement("th", { scope: "row", textContent: name });
    if (note) heading.append(createElement("span", { className: "note", textContent: note }));
    const cells = values.map((value, i) => createCell(value, table.columns[i], ends[i]));
    return createElement("tr", { className: isShown ? "shown" : "" }, heading, ...cells);
  }

  function createCell(value, { digits }, { best, worst }) {
    if (value === null) return createElement("td", { textContent: UNKNOWN, title: "not measured" });
    const words = value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    if (value === best) return createElement("td", { className: "best", textContent: `▲ ${words}` });
    if (value === worst) return createElement("td", { className: "worst", textContent: `▽ ${words}` });
    return createElement("td", { textContent: words });
  }

  draw();
  return {
    update(next) {
      table = next;
      draw();
    },
    dispose() {},
  };
}
