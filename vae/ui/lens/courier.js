// Hands what the server sends to the lens, whichever of the two is there first. The lens's own
// message never changes and so is not sent again; these are: the atlas once, an answer every pin.
export default function ({ data }) {
  const kind = data instanceof Uint8Array ? "atlas" : "answer";
  (window.latentPost ??= {})[kind] = kind === "atlas" ? data : data[0];
  document.dispatchEvent(new Event(`latent-${kind}`));
}
