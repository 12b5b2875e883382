// Hands what the server sends to the lens, whichever of the two is there first. The lens's own
// message never changes and so is not sent again; these are: the atlas once, an answer every pin.
export default function ({ data }) {
  const [kind, content] = data instanceof Uint8Array ? ["atlas", data] : data;
  (window.latentPost ??= {})[kind] = content;
  document.dispatchEvent(new Event(`latent-${kind}`));
}
