import numpy as np
import pytest

from tests.test_label_map import some_map
from vae.inference import label_map

pytestmark = pytest.mark.browser
LABELS = """({ unpackLabelMap, labelAt }, [packed, places]) => {
  const map = unpackLabelMap(Uint8Array.from(packed));
  return places.map((place) => labelAt(map, place));
}"""


def test_the_browser_says_of_every_place_what_the_server_says(module_page):
    labels = some_map(7, 9)
    places = np.random.default_rng(1).uniform(-3, 3, (100, 2)).tolist()
    arguments = [list(label_map.pack(labels)), places]
    answers = module_page("shared/label_map.js")(LABELS, arguments)
    for place, answer in zip(places, answers, strict=True):
        digit, is_clear, is_hole = labels.at(place)
        assert answer == {"digit": digit, "isClear": is_clear, "isHole": is_hole}
