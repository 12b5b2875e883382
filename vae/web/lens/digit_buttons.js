// A button for each digit that has a centre on the map, in the digit's colour.

export function addDigitButtons(row, centers, colours, label, onDigit) {
  for (const digit of Object.keys(centers)) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = digit;
    button.setAttribute("aria-label", `${label} ${digit}`);
    button.style.setProperty("--digit", colours[digit]);
    button.onclick = () => onDigit(Number(digit));
    row.append(button);
  }
}
