import math

import numpy as np
import pytest

from tests.conftest import MADE
from vae import data
from vae.inference.posterior import log_bernoulli, log_likelihood, log_prior
from vae.inference.runtime import LatentModel

normal = np.vectorize(lambda z: 0.5 * (1 + math.erf(z / math.sqrt(2))))  # its distribution function


class Blind:
    """Imagines the same picture everywhere: log p(x) = log_bernoulli(x, picture)."""

    def __init__(self, picture):
        self.picture = picture

    def decode(self, z):
        return np.broadcast_to(self.picture, (len(z), 28, 28)).astype(np.float32)


class TwoFaced:
    """One picture left of z1 = 0, another right of it: p(x) is the mean of the two."""

    def __init__(self, left, right):
        self.pictures = np.array([left, right])

    def decode(self, z):
        return self.pictures[(z[:, 0] > 0).astype(int)].astype(np.float32)


class TwoPixels:
    """Black but for two pixels, each lit with probability `normal(z1)`.

    With z1 from the prior, `normal(z1)` is uniform on [0, 1]: both are lit with probability
    1/3, both dark 1/3, and each alone 1/6.
    """

    def decode(self, z):
        images = np.zeros((len(z), 28, 28), np.float32)
        images[:, 3, 4] = images[:, 20, 9] = normal(z[:, 0])
        return images


PIXELS = np.zeros((4, 28, 28), np.float32)
PIXELS[1, 3, 4] = PIXELS[2, 20, 9] = PIXELS[3, 3, 4] = PIXELS[3, 20, 9] = 1
PIXELS_LIKELIHOOD = np.log([1 / 3, 1 / 6, 1 / 6, 1 / 3])


@pytest.fixture
def pictures():
    """Two pictures of probabilities and five black-and-white images."""
    random = np.random.default_rng(0)
    left, right = random.uniform(0.3, 0.6, (2, 28, 28))
    drawn = [random.random((28, 28)) < picture for picture in (left, left, right, right, left)]
    return left, right, np.array(drawn, np.float32)


def test_the_prior_is_a_density_on_the_plane():
    axis = np.arange(-8, 8, 0.05)
    places = np.stack(np.meshgrid(axis, axis), axis=-1)
    assert np.exp(log_prior(places)).sum() * 0.05**2 == pytest.approx(1, abs=1e-9)
    assert log_prior(np.zeros((1, 2)))[0] == pytest.approx(-math.log(2 * math.pi))


def test_log_bernoulli_sums_the_cross_entropy_of_every_pixel(pictures):
    left, _, images = pictures
    each = np.where(images[0] == 1, left, 1 - left)
    assert log_bernoulli(images, left)[0] == pytest.approx(np.log(each).sum())
    assert log_bernoulli(images, left).shape == (5,)


def test_grey_pixels_count_as_so_much_white_and_so_much_black(pictures):
    left, _, _ = pictures
    grey = np.full((1, 28, 28), 0.25)
    expected = (0.25 * np.log(left) + 0.75 * np.log(1 - left)).sum()
    assert log_bernoulli(grey, left)[0] == pytest.approx(expected)


def test_a_pixel_that_was_ruled_out_costs_much_but_not_infinitely_much():
    black, white = np.zeros((1, 28, 28)), np.ones((1, 28, 28))
    assert log_bernoulli(black, black)[0] == pytest.approx(0, abs=1e-3)
    assert -784 * 17 < log_bernoulli(white, black)[0] < -784 * 16
    assert log_bernoulli(black.astype("f4"), white.astype("f4"))[0] == pytest.approx(
        log_bernoulli(white.astype("f4"), black.astype("f4"))[0], rel=0.02
    )


def test_where_z_says_nothing_the_likelihood_is_the_pictures_own(pictures):
    left, _, images = pictures
    found = log_likelihood(Blind(left), images, spacing=0.2)
    assert found.shape == (5,)
    np.testing.assert_allclose(found, log_bernoulli(images, left), atol=1e-2)


def test_two_pictures_with_half_the_prior_each_are_averaged(pictures):
    left, right, images = pictures
    one, other = log_bernoulli(images, left), log_bernoulli(images, right)
    expected = np.logaddexp(one, other) + math.log(0.5)
    # No place of this grid lies on the border at z1 = 0.
    found = log_likelihood(TwoFaced(left, right), images, reach=5.95, spacing=0.1)
    np.testing.assert_allclose(found, expected, atol=1e-2)


def test_two_pixels_that_depend_on_one_latent_are_known_in_closed_form():
    found = log_likelihood(TwoPixels(), PIXELS, spacing=0.1)
    np.testing.assert_allclose(found, PIXELS_LIKELIHOOD, atol=1e-3)


def test_finer_grids_and_a_wider_reach_agree_on_a_real_decoder(made_weights, other_digits):
    model = LatentModel(made_weights / MADE)
    images = (data.unit(other_digits.images[:20]) > 0.5).astype(np.float32)
    found = log_likelihood(model, images, spacing=0.1)
    np.testing.assert_allclose(log_likelihood(model, images, spacing=0.07), found, atol=0.01)
    wider = log_likelihood(model, images, reach=8, spacing=0.1)
    np.testing.assert_allclose(wider, found, atol=0.01)


def test_images_that_the_model_finds_all_but_impossible_have_a_finite_likelihood():
    white = np.ones((2, 28, 28), np.float32)
    found = log_likelihood(Blind(np.zeros((28, 28))), white, spacing=0.25)
    assert np.isfinite(found).all()
    assert (found < -10_000).all()


def test_an_image_has_the_same_likelihood_alone_and_among_others():
    together = log_likelihood(TwoPixels(), PIXELS, spacing=0.2)
    for image, expected in zip(PIXELS, together, strict=True):
        assert log_likelihood(TwoPixels(), image[None], spacing=0.2)[0] == pytest.approx(
            expected, abs=1e-4
        )
