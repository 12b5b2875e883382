import numpy as np
import pytest

pytestmark = pytest.mark.browser
REACH = """({ measureReach }, snapshots) => {
  return measureReach(snapshots.map((codes) => ({ codes: Float32Array.from(codes) })));
}"""
CENTERS = "({ findCenters }, [codes, labels]) => findCenters(Float32Array.from(codes), labels)"


@pytest.fixture(scope="module")
def plane(module_page):
    return module_page("timeline/plane.js")


def test_all_dots_of_all_snapshots_are_within_reach(plane):
    random = np.random.default_rng(0)
    small, large = random.normal(0, 1, (500, 2)), random.normal(0, [4, 1], (500, 2))
    reach = plane(REACH, [small.ravel().tolist(), large.ravel().tolist()])
    assert reach[0] >= np.abs(large[:, 0]).max()
    assert reach[1] >= max(np.abs(small[:, 1]).max(), np.abs(large[:, 1]).max())


def test_a_single_dot_far_out_does_not_make_the_others_small(plane):
    codes = np.random.default_rng(0).normal(0, 1, (500, 2))
    codes[0] = 30, -30
    assert max(plane(REACH, [codes.ravel().tolist()])) < 6


def test_a_digits_name_stands_where_most_of_its_dots_are(plane):
    codes = [[0, 0], [0.1, 0], [0, 0.1], [3, 3], [-2, -2], [-2, -2.1], [5, 5]]
    labels = [7, 7, 7, 7, 1, 1, 1]
    centers = dict(plane(CENTERS, [np.ravel(codes).tolist(), labels]))
    assert centers[7] in (0, 1, 2)
    assert centers[1] in (4, 5)
