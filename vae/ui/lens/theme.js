// The page's colours, told to what is drawn on the chart.

// Sets the chart's --ink and --paper; the ink as [r, g, b].
function applyTheme(gd, root, known) {
  const style = getComputedStyle(root.host ?? root);
  const text = style.getPropertyValue("--st-text-color").trim();
  if (known && gd.style.getPropertyValue("--ink") === text) return known;
  gd.style.setProperty("--ink", text);
  gd.style.setProperty("--paper", style.getPropertyValue("--st-background-color").trim());
  const drop = new OffscreenCanvas(1, 1).getContext("2d");
  drop.fillStyle = text;
  drop.fillRect(0, 0, 1, 1);
  return [...drop.getImageData(0, 0, 1, 1).data.subarray(0, 3)];
}
