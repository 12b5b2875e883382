import numpy as np
import pytest

from vae.inference import atlas, plane
from vae.inference.plane import Bounds

pytestmark = pytest.mark.browser
AREA = Bounds(-2, 2, -1.5, 1.5)
UNPACK = """async ({ unpackAtlas }, packed) => {
  const atlas = await unpackAtlas(Uint8Array.from(packed));
  return { ...atlas, tiles: Array.from(atlas.tiles) };
}"""
BLEND = """async ({ unpackAtlas, blendAtlas }, [packed, places]) => {
  const atlas = await unpackAtlas(Uint8Array.from(packed));
  return places.map((place) => {
    const out = new Uint8Array(784);
    blendAtlas(atlas, place, out);
    return Array.from(out);
  });
}"""


@pytest.fixture(scope="module")
def tiles():
    """A plane of random pictures, (7, 9, 28, 28)."""
    return np.random.default_rng(0).integers(0, 256, (7, 9, 28, 28), dtype=np.uint8)


def test_the_browser_unpacks_what_the_server_packs(module_page, tiles):
    found = module_page("shared/atlas.js")(UNPACK, list(atlas.pack(tiles, AREA, "v1")))
    assert (found["rows"], found["columns"]) == (7, 9)
    assert (found["left"], found["right"], found["bottom"], found["top"]) == (-2, 2, -1.5, 1.5)
    assert found["tiles"] == tiles.ravel().tolist()


def test_the_browser_blends_as_the_server_does(module_page, tiles):
    places = np.random.default_rng(1).uniform([-2, -1.5], [2, 1.5], (20, 2))
    packed = list(atlas.pack(tiles, AREA, "v1"))
    found = module_page("shared/atlas.js")(BLEND, [packed, places.tolist()])
    expected = plane.blend(tiles, AREA, places) * 255
    assert np.abs(np.array(found).reshape(20, 28, 28) - expected).max() <= 1


def test_a_place_outside_shows_the_edge(module_page, tiles):
    packed = list(atlas.pack(tiles, AREA, "v1"))
    inside, outside = module_page("shared/atlas.js")(BLEND, [packed, [[2, 1.5], [99, 99]]])
    assert inside == outside == tiles[0, -1].ravel().tolist()
