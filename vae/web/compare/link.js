// What links two maps. Pure functions.

import { contains } from "../shared/math.js";

// Where both maps show what one of them points at: {places: a place or null for each map, image: the
// test digit, or null}. Linked by "place" that is the same z, and null where it lies off the map; by
// "digit" it is the test digit nearest to `place` on the map numbered `side`, where each model has put
// it. `maps` holds {bounds, codes, index} of each; codes and index are null until they are here.
export function follow(link, side, place, maps) {
  if (link === "digit" && maps.every(({ index }) => index)) {
    const [[, image]] = maps[side].index.nearest(place, 1);
    return { places: maps.map(({ codes }) => [codes.x[image], codes.y[image]]), image };
  }
  return { places: maps.map(({ bounds }, i) => (i === side || contains(bounds, place) ? place : null)), image: null };
}
