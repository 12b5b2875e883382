// What a visitor takes along: a link to what is shown, the picture.

export async function copyLink(link, button) {
  try {
    await navigator.clipboard.writeText(link);
    button.textContent = "Link copied";
  } catch {
    window.prompt("Copy this link:", link); // the clipboard is closed to pages without https
  }
  setTimeout(() => (button.textContent = "Copy link"), 1600);
}

export function savePicture(canvas, place) {
  canvas.toBlob((blob) => {
    const anchor = document.createElement("a");
    anchor.href = URL.createObjectURL(blob);
    anchor.download = `digit ${place.join(" ")}.png`;
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(anchor.href), 10_000);
  });
}
