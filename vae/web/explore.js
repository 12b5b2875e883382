// The Explore page: the map of a model and the lens on it.
//
// `data` is an ExploreData of vae/ui/messages.py; state value `pin`: {sequence, place}.

import { unpackAtlas } from "./shared/atlas.js";
import { loadBytes } from "./shared/resources.js";
import { createLens } from "./lens/lens.js";
import { createMap } from "./map/map.js";

export default function mount(parent, data, server) {
  const root = parent.querySelector(".latent-explore");
  let sequence = data.answer.sequence; // of the last pin
  let gone = false;
  let lens = null;
  const map = createMap(root.querySelector(".explore-map"), data, {
    onHover: (place, isTouch) => lens.look(place, isTouch),
    onPin: (place) => lens.dropPin(place),
    onMovePin: (place) => lens.movePin(place),
    onKey: (event) => lens.key(event),
    onDrawn: () => requestAnimationFrame(loadAtlas), // after the first frame
  });
  lens = createLens(root, { ...data, start: data.answer.place }, map, (place) => {
    server.set("pin", { sequence: ++sequence, place });
  });
  if (data.notice) lens.notify(data.notice);
  update(data);

  async function loadAtlas() {
    root.dataset.drawn = "true";
    const atlas = await unpackAtlas(await loadBytes(data.atlas));
    if (gone) return;
    lens.setAtlas(atlas);
    root.dataset.atlas = "true";
    map.setAtlas(atlas);
  }

  function update({ answer }) {
    if (answer.sequence !== sequence) return; // the pin has moved on
    lens.showAnswer(answer);
    root.dataset.answered = answer.sequence;
  }

  return {
    update,
    dispose() {
      gone = true;
      lens.dispose();
      map.dispose();
    },
  };
}
