// What the map shows (view mode, zoom, hidden digits), shared by all maps of the page and kept in
// the address: from page to page, from model to model, and in a copied link.

const MODES = ["dots", "both", "digits"];

// {mode, hidden: Set of digits, zoom: null for the whole map, or {x, y, times}: the place in the
// middle and how many times the whole map is magnified}.
export const viewState = readAddress(location.search);

export function readAddress(search) {
  const query = new URLSearchParams(search);
  const digits = (query.get("hidden") ?? "").split("").filter((letter) => letter >= "0" && letter <= "9");
  const numbers = (query.get("zoom") ?? "").split(",").map(Number);
  const zoomed = numbers.length === 3 && numbers.every(Number.isFinite) && numbers[2] > 1;
  return {
    mode: MODES.includes(query.get("view")) ? query.get("view") : MODES[0],
    hidden: new Set(digits.length < 10 ? digits.map(Number) : []),
    zoom: zoomed ? { x: numbers[0], y: numbers[1], times: numbers[2] } : null,
  };
}

// The address of the page with what the map shows, and with `more` (null removes a key).
export function linkTo(more = {}, view = viewState) {
  const url = new URL(location.href);
  const { mode, hidden, zoom } = view;
  const all = {
    ...more,
    view: mode === MODES[0] ? null : mode,
    hidden: [...hidden].sort().join("") || null,
    zoom: zoom && [zoom.x.toFixed(2), zoom.y.toFixed(2), zoom.times.toFixed(2)].join(),
  };
  for (const [key, value] of Object.entries(all)) {
    if (value === null) url.searchParams.delete(key);
    else url.searchParams.set(key, value);
  }
  url.search = url.search.replaceAll("%2C", ",");
  return url.href;
}

export const nameInAddress = (more, view) => history.replaceState(history.state, "", linkTo(more, view));
