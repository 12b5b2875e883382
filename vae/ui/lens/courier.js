// Hands the packed atlas to the lens, whichever of the two is there first.
export default function ({ data }) {
  window.latentAtlas = data;
  document.dispatchEvent(new Event("latent-atlas"));
}
