import json

import numpy as np
import pytest

from tests.conftest import MADE
from vae import data
from vae.inference import label_map, plane
from vae.inference.label_map import CLEAR, LIKELY, NONE, LabelMap, PlaceLabel
from vae.inference.plane import Bounds
from vae.runs.evaluate import update_label_map
from vae.store.folder import read_label_map, read_model

AREA = Bounds(left=-1.0, right=1.0, bottom=-2.0, top=2.0)


def square(row, column, size=8, intensity=1.0):
    """A picture of one bright square."""
    picture = np.zeros((28, 28), np.float32)
    picture[row : row + size, column : column + size] = intensity
    return picture


LEFT, RIGHT = square(10, 2), square(10, 18)


@pytest.fixture(scope="module")
def real():
    """20 noisy 3s that are LEFT, and 20 noisy 7s that are RIGHT."""
    random = np.random.default_rng(0)
    clean = np.stack([LEFT] * 20 + [RIGHT] * 20)
    noisy = np.clip(clean + random.normal(0, 0.02, clean.shape), 0, 1).astype(np.float32)
    return noisy, np.array([3] * 20 + [7] * 20, np.uint8)


class Decoder:
    """Draws a 3 left of z1 = 0 and a 7 right of it, and beyond z2 = 1 what is no digit."""

    def decode(self, z):
        pictures = np.where((z[:, 0] < 0)[:, None, None], LEFT, RIGHT)
        return np.where((z[:, 1] > 1)[:, None, None], 1 - pictures, pictures).astype(np.float32)


def test_a_picture_is_the_commonest_digit_among_the_nearest(real):
    digits, votes, distances = label_map.judge(np.stack([LEFT, RIGHT, real[0][0]]), *real)
    assert digits.tolist() == [3, 7, 3]
    assert votes.tolist() == [15, 15, 15]
    assert digits.dtype == votes.dtype == np.uint8
    assert distances[2] == pytest.approx(0, abs=2e-3)


def test_the_distance_is_that_to_the_nearest_digit():
    images = np.stack([square(0, 0, 1), square(0, 0, 2), square(0, 0, 3)])
    _, votes, distances = label_map.judge(np.zeros((1, 28, 28)), images, np.array([1, 1, 2]))
    assert distances.tolist() == pytest.approx([1.0])
    assert votes.tolist() == [2]  # of three that there are


def test_any_number_of_pictures_is_judged_as_one_by_one(real, monkeypatch):
    pictures = np.random.default_rng(1).random((5, 28, 28), np.float32)
    together = label_map.judge(pictures, *real)
    monkeypatch.setattr(label_map, "BLOCK", 2)
    for all_at_once, in_blocks in zip(together, label_map.judge(pictures, *real), strict=True):
        np.testing.assert_allclose(all_at_once, in_blocks, rtol=1e-5)


def test_the_hole_distance_is_that_of_the_most_lonely_real_digits():
    # On a line at 0, 1, 2, ... 19 and, far away, at 27: all but one are 1 from the nearest other.
    images = np.zeros((21, 28, 28), np.float32)
    images.reshape(21, -1)[:, 0] = [*range(20), 27]
    assert label_map.hole_distance(images) == pytest.approx(1.0)
    images.reshape(21, -1)[-2:, 0] = [30, 60]
    assert label_map.hole_distance(images) > 10


def test_the_map_says_what_the_decoder_draws_and_where_it_is_like_no_digit(real):
    codes = np.array([[-0.5, -1.5], [0.5, 1.5]], np.float32)
    built = label_map.build(Decoder(), codes, *real)
    assert built.area == plane.bounds(codes)
    assert 0.9 < built.digits.size / label_map.PLACES < 1.1
    assert built.at((-0.5, 0)) == PlaceLabel(3, is_clear=True, is_hole=False)
    assert built.at((0.5, 0)) == PlaceLabel(7, is_clear=True, is_hole=False)
    assert built.at((0.5, 1.5)).is_hole


def some_map(rows=3, columns=5):
    random = np.random.default_rng(0)
    return LabelMap(
        AREA,
        random.integers(0, 10, (rows, columns)).astype(np.uint8),
        random.integers(5, 16, (rows, columns)).astype(np.uint8),
        random.random((rows, columns)) < 0.3,
    )


def test_a_place_takes_the_nearest_of_the_grid_and_one_outside_that_of_the_edge():
    labels = some_map()
    for place, (row, column) in {
        (-1.0, 2.0): (0, 0),
        (1.0, -2.0): (2, 4),
        (0.2, -0.9): (1, 2),
        (0.3, -1.1): (2, 3),
        (99.0, 0.0): (1, 4),
    }.items():
        is_likely = labels.votes[row, column] >= LIKELY
        assert labels.at(place).digit == (labels.digits[row, column] if is_likely else None)
        assert labels.at(place).is_clear == (labels.votes[row, column] >= CLEAR)
        assert labels.at(place).is_hole == labels.holes[row, column]


def test_the_packed_map_can_be_read_back():
    labels = some_map()
    header, places = label_map.pack(labels).split(b"\n", 1)
    assert json.loads(header) == {
        "rows": 3,
        "columns": 5,
        "left": -1.0,
        "right": 1.0,
        "bottom": -2.0,
        "top": 2.0,
    }
    places = np.frombuffer(places, np.uint8).reshape(3, 5)
    digits = np.where(labels.votes >= LIKELY, labels.digits, NONE)
    np.testing.assert_array_equal(places % 16, digits)
    np.testing.assert_array_equal(places & 16 > 0, labels.votes >= CLEAR)
    np.testing.assert_array_equal(places & 32 > 0, labels.holes)


@pytest.mark.usefixtures("weights")
def test_a_model_without_a_label_map_gets_it_and_one_that_has_it_gets_it_anew(other_digits):
    assert read_label_map(read_model(MADE)) is None
    for _ in range(2):
        update_label_map(read_model(MADE), other_digits)
        folder = read_model(MADE)
        built = label_map.from_arrays(read_label_map(folder))
    assert built.digits.shape == built.votes.shape == built.holes.shape
    assert set(np.unique(built.digits)) <= set(other_digits.labels)


@pytest.mark.usefixtures("weights")
def test_an_update_that_is_interrupted_leaves_a_valid_model(other_digits, monkeypatch):
    update_label_map(read_model(MADE), other_digits)

    def write_half(path, built):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(label_map, "save", write_half)
    with pytest.raises(KeyboardInterrupt):
        update_label_map(read_model(MADE), other_digits)
    assert read_label_map(read_model(MADE)) is None


@pytest.mark.mnist
def test_real_digits_are_judged_to_be_what_they_are():
    test = data.test_set()
    images = data.unit(test.images[:4000])
    digits, _, _ = label_map.judge(images[:200], images[200:], test.labels[200:4000])
    assert np.mean(digits == test.labels[:200]) > 0.88
