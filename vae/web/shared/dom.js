// New elements of the page.

// `properties` are the element's own: textContent, onclick, ariaLabel, style as CSS text, ...
export function createElement(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

export const createButton = (properties, ...children) =>
  createElement("button", { type: "button", ...properties }, ...children);

// A button for each digit that has a centre on the map, in the digit's colour.
export const createDigitButtons = ({ centers, palette }, propertiesOf) =>
  Object.keys(centers).map((digit) =>
    createButton({ textContent: digit, style: `--digit: ${palette.colours[digit]}`, ...propertiesOf(Number(digit)) }),
  );

// Fill `row` with words and a button for each digit: "Take me to", 0, 1, ...
export function fillDigitRow(row, words, source, onDigit) {
  const buttons = createDigitButtons(source, (digit) => ({
    ariaLabel: `${words} ${digit}`,
    onclick: () => onDigit(digit),
  }));
  const digits = createElement("span", { className: "digits" }, ...buttons);
  row.append(createElement("span", { className: "caption", textContent: words }), digits);
}
