import numpy as np
import pytest

from tests.conftest import MADE
from tests.test_posterior import PIXELS, PIXELS_LIKELIHOOD, Blind, TwoPixels
from vae import data
from vae.__main__ import FIGURES
from vae.inference import metrics
from vae.inference.runtime import LatentModel


class Coded:
    """An encoder that gives every image the same q(z|x), before a decoder of known likelihood."""

    def __init__(self, decoder, mean=(0.0, 0.0), log_var=(0.0, 0.0)):
        self.decode = decoder.decode
        self.q = mean, log_var

    def encode(self, images):
        return tuple(np.tile(np.array(part, np.float32), (len(images), 1)) for part in self.q)


class Separable:
    """Reads the digit off pixel (0, 0) and sends each to a place of its own."""

    def encode(self, images):
        digit = np.round(images[:, 0, 0] * 10)
        return np.stack([digit, np.zeros_like(digit)], axis=1), np.zeros((len(images), 2))


@pytest.fixture(scope="module")
def model(made_weights):
    return LatentModel(made_weights / MADE)


@pytest.fixture(scope="module")
def sets(digits, other_digits):
    """Test and training images in [0, 1] with their labels, as `evaluate` takes them."""
    train, test = data.unit(digits.images), data.unit(other_digits.images)
    return test, other_digits.labels, train, digits.labels


@pytest.fixture(scope="module")
def evaluated(model, sets):
    return metrics.evaluate(model, *sets)


def few(sets):
    return tuple(part[:12] for part in sets)


def test_every_figure_that_the_terminal_prints_is_there_and_finite(evaluated):
    assert set(evaluated) == {*FIGURES, "protocol"}
    assert all(np.isfinite(evaluated[key]) for key in FIGURES)
    assert all(isinstance(evaluated[key], float) for key in FIGURES)  # so that JSON can hold them
    assert evaluated["protocol"]["images"] == 100
    assert 0 <= evaluated["accuracy"] <= 1
    assert evaluated["encode_ms"] > 0
    assert evaluated["decode_ms"] > 0


def test_the_elbo_is_below_the_importance_weighted_figure_is_below_the_exact_one(evaluated):
    elbo, weighted, exact = (
        evaluated[key] for key in ("elbo_binarized", "log_likelihood_importance", "log_likelihood")
    )
    assert elbo < weighted < exact + 0.05
    assert exact - weighted < 2


def test_the_elbo_is_minus_its_two_parts(evaluated):
    assert evaluated["elbo"] == pytest.approx(-evaluated["reconstruction"] - evaluated["kl"])
    assert evaluated["kl"] > 0


@pytest.mark.usefixtures("coarse")
def test_the_same_seed_gives_the_same_figures_and_another_seed_others(model, sets):
    first, again = (metrics.evaluate(model, *few(sets), seed=3) for _ in range(2))
    other = metrics.evaluate(model, *few(sets), seed=4)
    for figures in (first, again, other):
        del figures["encode_ms"], figures["decode_ms"]
    assert first == again
    for key in ("elbo", "elbo_binarized", "log_likelihood_importance", "log_likelihood"):
        assert first[key] != other[key]


def test_summary_gives_the_same_figures_as_evaluate(model, sets, evaluated):
    summary = metrics.summary(model, sets[0])
    assert summary == {key: evaluated[key] for key in summary}
    assert set(summary) == {"elbo", "reconstruction", "kl", "active_dimensions"}


def test_reconstruction_and_kl_follow_their_closed_forms():
    picture = np.full((28, 28), 0.25)
    mean, log_var = (0.5, -1.0), (-0.5, 0.75)
    found = metrics.summary(Coded(Blind(picture), mean, log_var), np.ones((6, 28, 28)))
    kl = 0.5 * sum(np.exp(v) + m**2 - 1 - v for m, v in zip(mean, log_var, strict=True))
    assert found["kl"] == pytest.approx(kl, rel=1e-5)
    assert found["reconstruction"] == pytest.approx(-784 * np.log(0.25), rel=1e-5)


def test_a_dimension_that_says_the_same_of_every_image_is_not_active():
    class Half(Separable):
        decode = Blind(np.full((28, 28), 0.5)).decode

    images = np.zeros((10, 28, 28))
    images[:, 0, 0] = np.arange(10) / 10
    assert metrics.summary(Half(), images)["active_dimensions"] == 0.5
    collapsed = Coded(Blind(np.full((28, 28), 0.5)))
    assert metrics.summary(collapsed, images)["active_dimensions"] == 0


@pytest.mark.parametrize(
    ("mean", "log_var"), [((0, 0), (0, 0)), ((0.4, -0.3), (0.3, 0.2)), ((-0.2, 0.1), (0.5, 0))]
)
def test_importance_weighting_tends_to_the_closed_form_whatever_q_is(mean, log_var):
    coded = Coded(TwoPixels(), mean, log_var)
    rng = np.random.default_rng(0)
    found = metrics.importance_log_likelihood(coded, PIXELS, rng, samples=5000)
    np.testing.assert_allclose(found, PIXELS_LIKELIHOOD, atol=0.06)


def test_more_samples_bring_the_bound_nearer_to_the_likelihood():
    coded = Coded(TwoPixels())
    many = np.repeat(PIXELS, 100, axis=0)
    expected = np.repeat(PIXELS_LIKELIHOOD, 100)
    gaps = [
        (expected - metrics.importance_log_likelihood(coded, many, rng, samples)).mean()
        for samples, rng in zip((1, 8, 64), np.random.default_rng(1).spawn(3), strict=True)
    ]
    assert gaps[0] > gaps[1] > gaps[2] > -0.02


def test_where_q_is_the_posterior_one_sample_is_exact():
    picture = np.full((28, 28), 0.5)
    coded = Coded(Blind(picture))  # z says nothing, so the posterior is the prior
    rng = np.random.default_rng(0)
    found = metrics.importance_log_likelihood(coded, PIXELS, rng, samples=1)
    np.testing.assert_allclose(found, 784 * np.log(0.5), rtol=1e-5)


def test_codes_that_keep_the_digits_apart_are_read_without_an_error():
    labels = np.repeat(np.arange(10, dtype=np.uint8), 20)
    images = np.zeros((200, 28, 28))
    images[:, 0, 0] = labels / 10
    assert metrics.accuracy(Separable(), images, labels, images, labels) == 1
    mistaken = (labels + 1) % 10
    assert metrics.accuracy(Separable(), images, mistaken, images, labels) == 0


def test_codes_that_say_nothing_are_read_no_better_than_by_chance():
    labels = np.tile(np.arange(10, dtype=np.uint8), 20)
    images = np.zeros((200, 28, 28))
    assert metrics.accuracy(Separable(), images, labels, images, labels) <= 0.2
