import itertools

import numpy as np
import pytest

pytestmark = pytest.mark.browser
SPREAD = "({ spread }, [points, distance, fixed]) => spread(points, distance, fixed)"


@pytest.mark.parametrize("deviation", [0, 5, 40], ids=["one spot", "crowded", "loose"])
def test_no_two_labels_are_nearer_than_asked(module_page, deviation):
    points = (
        np.random.default_rng(0).normal(100, deviation, (10, 2)) if deviation else [[100, 100]] * 10
    )
    labels = module_page("shared/labels.js")(SPREAD, [np.array(points).tolist(), 28, [[100, 90]]])
    for a, b in itertools.combinations([*labels, [100, 90]], 2):
        assert np.hypot(a[0] - b[0], a[1] - b[1]) >= 27.9


def test_labels_that_are_apart_stay_where_they_are(module_page):
    points = [[0, 0], [50, 0], [0, 50]]
    labels = module_page("shared/labels.js")(SPREAD, [points, 28, []])
    assert np.abs(np.array(labels) - points).max() < 0.01
