// What a visitor takes home: a link to the place, the picture.

function placeLink(model, place) {
  const url = new URL(location.href);
  url.searchParams.set("model", model);
  url.searchParams.set("z", place.join());
  url.search = url.search.replaceAll("%2C", ",");
  return url.href;
}

async function copyLink(link, button) {
  try {
    await navigator.clipboard.writeText(link);
    button.textContent = "Link copied";
  } catch {
    window.prompt("Copy this link:", link); // the clipboard is closed to pages without https
  }
  setTimeout(() => (button.textContent = "Copy link"), 1600);
}

function savePicture(canvas, place) {
  canvas.toBlob((blob) => {
    const anchor = document.createElement("a");
    anchor.href = URL.createObjectURL(blob);
    anchor.download = `digit ${place.join(" ")}.png`;
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(anchor.href), 10_000);
  });
}
