import math

import numpy as np
import pytest

from tests.conftest import MADE
from vae import data
from vae.inference import posterior
from vae.inference.posterior import integrate, log_bernoulli, log_likelihood, log_prior
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


# One image's posterior


class Bumps:
    """A dot on black, as bright as the place is near one of two places that differ in share."""

    def __init__(self, *tops):
        self.tops = tops

    def decode(self, z):
        images = np.full((len(z), 28, 28), 1e-3, np.float32)
        for (z1, z2), height in self.tops:
            squared = (z[:, 0] - z1) ** 2 + (z[:, 1] - z2) ** 2
            images[:, 10:14, 10:14] += (height * np.exp(-squared / 0.02))[:, None, None]
        return images


DOT = np.zeros((28, 28), np.float32)
DOT[10:14, 10:14] = 1


def test_the_posterior_of_an_image_agrees_with_quadrature(made_weights, other_digits):
    model = LatentModel(made_weights / MADE)
    grid = posterior.decode_plane(model)
    images = data.unit(other_digits.images[:5])
    found = [posterior.compute_posterior(grid, image).log_likelihood for image in images]
    np.testing.assert_allclose(found, log_likelihood(model, images, spacing=0.04), atol=0.05)


def test_a_narrow_mode_between_grid_places_is_found_with_its_mass():
    model = Bumps(((0.55, -0.35), 0.98))
    found = posterior.compute_posterior(posterior.decode_plane(model), DOT)
    assert np.abs(found.peak - [0.55, -0.35]).max() < 0.02
    exact = log_likelihood(model, DOT[None], reach=3, spacing=0.01)[0]
    assert found.log_likelihood == pytest.approx(exact, abs=0.02)
    assert [round(mode.share, 2) for mode in found.modes] == [1.0]


def test_an_image_that_could_come_from_two_places_has_two_modes_the_nearer_the_larger():
    model = Bumps(((-0.5, 0.0), 0.98), ((1.5, 0.0), 0.98))
    found = posterior.compute_posterior(posterior.decode_plane(model), DOT)
    first, second = found.modes
    assert np.abs(np.array(first.place) - [-0.5, 0]).max() < 0.05
    assert np.abs(np.array(second.place) - [1.5, 0]).max() < 0.05
    # The same likelihood, and the prior's odds.
    odds = math.exp(0.5 * (1.5**2 - 0.5**2))
    assert first.share / second.share == pytest.approx(odds, rel=0.1)


def test_the_weights_of_a_posterior_sum_to_1_and_its_log_joint_has_maximum_0():
    found = posterior.compute_posterior(posterior.decode_plane(Bumps(((0.0, 0.0), 0.9))), DOT)
    assert found.weights.sum() == pytest.approx(1)
    assert found.log_joint.shape == (101, 101)
    assert found.log_joint.max() == 0
    row, column = np.unravel_index(found.log_joint.argmax(), found.log_joint.shape)
    assert (row, column) == (50, 50)


def test_integrate_gives_the_place_that_explains_each_image_best():
    _, peaks = integrate(Bumps(((0.5, -1.0), 0.98)), np.array([DOT, DOT]), spacing=0.1)
    np.testing.assert_allclose(peaks, [[0.5, -1.0]] * 2, atol=0.01)


def test_similarity_is_1_for_equal_0_for_disjoint_images_and_independent_of_boldness():
    left, right = np.zeros((2, 1, 28, 28))
    left[0, 5:10, 5:10] = right[0, 15:20, 15:20] = 1
    assert posterior.bray_curtis_similarity(left, left)[0] == 1
    assert posterior.bray_curtis_similarity(left, right)[0] == 0
    assert posterior.bray_curtis_similarity(left, 0.5 * left)[0] == pytest.approx(
        posterior.bray_curtis_similarity(0.5 * left, 0.25 * left)[0]
    )
    assert np.isfinite(
        posterior.bray_curtis_similarity(np.zeros((1, 28, 28)), np.zeros((1, 28, 28)))
    ).all()


def test_a_percentile_rank_is_the_share_of_values_below():
    percentiles = list(np.linspace(-200, -100, 101))
    assert posterior.percentile_rank(-1000, percentiles) == 0
    assert posterior.percentile_rank(-150, percentiles) == pytest.approx(0.5)
    assert posterior.percentile_rank(0, percentiles) == 1


def test_where_the_image_says_nothing_the_posterior_is_the_prior_and_peaks_in_the_middle(pictures):
    left, _, images = pictures
    found = posterior.compute_posterior(posterior.decode_plane(Blind(left)), images[0])
    assert np.abs(found.peak).max() <= 0.05
    assert found.weights @ (found.places**2).sum(axis=1) == pytest.approx(2, abs=0.05)
    assert found.log_likelihood == pytest.approx(log_bernoulli(images[:1], left)[0], abs=0.01)


def test_the_first_mode_holds_the_peak_even_where_a_lower_one_is_larger():
    class Broad(Bumps):
        """A narrow high bump on the left, a lower and wide one on the right."""

        def decode(self, z):
            images = super().decode(z)
            wide = np.exp(-((z[:, 0] - 1) ** 2 + z[:, 1] ** 2) / 0.6)
            images[:, 10:14, 10:14] += (0.93 * wide)[:, None, None]
            return np.clip(images, 0, 0.999)

    found = posterior.compute_posterior(posterior.decode_plane(Broad(((-1.0, 0.0), 0.93))), DOT)
    assert np.hypot(*(np.array(found.modes[0].place) - found.peak)) < 0.01
    assert max(found.modes, key=lambda mode: mode.share).place[0] > 0.5
