import numpy as np
import pytest

from tests.support.digits import make_digits
from vae.training import neighbours


@pytest.fixture(autouse=True, scope="module")
def few_steps():
    """A quarter of the steps: so few digits need no more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "STEPS", (25, 25, 60))
        yield


def count_nearest_of_own_label(places, labels):
    """Return the share of digits whose nearest neighbour has their label."""
    distance = np.hypot(*(places[:, None] - places).transpose(2, 0, 1))
    np.fill_diagonal(distance, np.inf)
    return np.mean(labels[distance.argmin(axis=1)] == labels)


@pytest.fixture(scope="module")
def kinds():
    """200 pictures of four patterns, with noise, and each one's pattern."""
    random = np.random.default_rng(0)
    patterns = random.integers(0, 256, (4, 28, 28))
    labels = np.arange(200) % 4
    noise = random.normal(0, 20, (200, 28, 28))
    return np.clip(patterns[labels] + noise, 0, 255).astype(np.uint8), labels


def test_well_separated_kinds_stay_together(kinds):
    images, labels = kinds
    places, _ = neighbours.find_places(images, images[:0], seed=0)
    assert count_nearest_of_own_label(places, labels) > 0.85


def test_other_images_go_where_their_like_are(kinds):
    images, labels = kinds
    places, others = neighbours.find_places(images[:160], images[160:], seed=0)
    nearest = np.hypot(*(others[:, None] - places).transpose(2, 0, 1)).argmin(axis=1)
    assert np.mean(labels[nearest] == labels[160:]) > 0.85


def test_places_are_standard_normal(digits):
    places, _ = neighbours.find_places(digits.images, digits.images[:0], seed=0)
    assert places.shape == (300, 2)
    assert places.dtype == np.float32
    np.testing.assert_allclose(places.mean(axis=0), 0, atol=0.05)
    np.testing.assert_allclose(np.cov(places.T), np.eye(2), atol=0.15)


def test_the_same_seed_gives_the_same_places_and_another_one_others(digits):
    one, same, other = (
        neighbours.find_places(digits.images, digits.images[:0], seed)[0] for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 0.1


@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_handful_of_digits_gets_places_too(count):
    digits = make_digits(count, seed=0)
    places, _ = neighbours.find_places(digits.images, digits.images[:0], seed=0)
    assert places.shape == (count, 2)
    assert np.isfinite(places).all()


def test_every_step_is_announced_and_may_end_the_search(digits):
    calls = []
    neighbours.find_places(digits.images, digits.images, 0, lambda: calls.append(None))
    assert len(calls) == neighbours.count_steps(len(digits.images))

    def stop():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        neighbours.find_places(digits.images, digits.images, 0, stop)


def test_slanted_and_shifted_copies_are_straightened_alike():
    upright = np.zeros((28, 28), np.uint8)
    upright[6:22, 12:16] = 255
    slanted = np.stack([np.roll(row, (i - 14) // 4 + 2) for i, row in enumerate(upright)])
    one, other = neighbours._straighten(np.stack([upright, slanted]))
    assert np.abs(one - other).mean() < 0.03
    assert np.abs(upright / 255.0 - slanted / 255.0).mean() > 0.06
