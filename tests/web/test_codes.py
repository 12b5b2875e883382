import numpy as np
import pytest

from vae.inference.codes import pack_codes

pytestmark = pytest.mark.browser
NEAREST = """({ unpackCodes, createIndex }, [packed, places, k]) => {
  const index = createIndex(unpackCodes(Uint8Array.from(packed)));
  return places.map((place) => index.nearest(place, k).map(([, i]) => i));
}"""
DESCRIBE = """({ unpackCodes, createIndex }, [packed, place]) =>
  createIndex(unpackCodes(Uint8Array.from(packed))).describe(place)"""


@pytest.fixture(scope="module", params=["spread", "collapsed", "few", "outlier"])
def codes(request):
    random = np.random.default_rng(0)
    latents = {
        "spread": random.normal(size=(3000, 2)),
        "collapsed": np.full((500, 2), 0.25),
        "few": random.normal(size=(3, 2)),
        "outlier": np.vstack([random.normal(size=(500, 2)), [[1e6, 1e6]]]),
    }[request.param].astype(np.float32)
    return latents, random.integers(0, 10, len(latents)).astype(np.uint8)


def test_the_nearest_codes_are_those_that_a_full_search_finds(module_page, codes):
    latents, labels = codes
    places = np.random.default_rng(1).uniform(-6, 6, (40, 2))
    k = min(15, len(latents))
    arguments = [list(pack_codes(latents, labels)), places.tolist(), k]
    for place, found in zip(
        places, module_page("shared/codes.js")(NEAREST, arguments), strict=True
    ):
        distances = np.linalg.norm(latents - place, axis=1)
        assert np.allclose(distances[found], np.sort(distances)[:k], atol=1e-5)


def test_a_place_is_described_by_its_neighbours_digits(module_page):
    latents = np.array([[0, 0]] * 12 + [[0.1, 0]] * 3 + [[5, 5]] * 20, np.float32)
    labels = np.array([4] * 12 + [9] * 3 + [1] * 20, np.uint8)
    found = module_page("shared/codes.js")(DESCRIBE, [list(pack_codes(latents, labels)), [0, 0]])
    assert found["fractions"] == [[4, 0.8], [9, 0.2]]
    assert found["distance"] == pytest.approx(0.1)
