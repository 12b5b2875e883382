import numpy as np
import pytest

from tests.conftest import MADE
from tests.test_posterior import PIXELS, PIXELS_LIKELIHOOD, Blind, TwoPixels
from vae import data
from vae.cli import FIGURES
from vae.inference import metrics, posterior, runtime
from vae.inference.map_metrics import measure_map
from vae.inference.plane_metrics import DRAWS, measure_plane
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


def flat(figure):
    """The numbers of a figure, which is one, or a list of numbers or of lists."""
    return [x for part in figure for x in flat(part)] if isinstance(figure, list) else [figure]


def few(sets):
    return tuple(part[:12] for part in sets)


def test_every_figure_that_the_terminal_prints_is_there_and_finite(evaluated):
    assert set(evaluated) == {*FIGURES, "protocol"}
    assert all(np.isfinite(evaluated[key]).all() for key in FIGURES)
    numbers = [x for key in FIGURES for x in flat(evaluated[key])]
    assert all(type(x) in (int, float) for x in numbers)  # JSON can hold them
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


def test_places_are_read_as_the_commonest_digit_among_the_fifteen_nearest_codes():
    rng = np.random.default_rng(0)
    codes = np.concatenate([rng.normal(-5, 1, (20, 2)), rng.normal(5, 1, (20, 2))])
    labels = np.repeat(np.array([3, 8], np.uint8), 20)
    read = metrics.knn_classifier(codes, labels)
    np.testing.assert_array_equal(read(np.array([[-5.0, -5], [5, 5]])), [3, 8])
    seven_of_fifteen = np.zeros((15, 2)), np.repeat(np.array([1, 2], np.uint8), [7, 8])
    assert metrics.knn_classifier(*seven_of_fifteen)(np.zeros((1, 2))) == [2]


def test_fewer_than_fifteen_codes_can_be_read_too():
    read = metrics.knn_classifier(np.zeros((2, 2)), np.array([4, 4], np.uint8))
    assert read(np.ones((3, 2))).tolist() == [4, 4, 4]


def test_accuracy_is_the_share_of_images_that_are_read_as_their_labels_say(model, sets, evaluated):
    test, labels, train, train_labels = sets
    read = metrics.knn_classifier(model.encode(train)[0], train_labels)(model.encode(test)[0])
    assert evaluated["accuracy"] == np.mean(read == labels)


def test_the_map_is_measured_on_the_codes_of_the_test_images(model, sets, evaluated):
    measured = measure_map(model.encode(sets[0])[0], sets[1])
    assert measured == {key: evaluated[key] for key in measured}


def test_the_plane_is_measured_on_the_test_images(model, sets, evaluated):
    measured = measure_plane(model, model.encode(sets[0])[0], *sets[:2])
    assert measured == {key: evaluated[key] for key in measured}
    assert evaluated["protocol"]["plane_draws"] == DRAWS


@pytest.mark.usefixtures("coarse")
def test_the_likelihood_of_training_images_is_measured_as_that_of_test_images(model, sets):
    test, labels = sets[0][:12], sets[1][:12]
    alike = metrics.evaluate(model, test, labels, test, labels, sampled=False)
    assert alike["log_likelihood_train"] == pytest.approx(alike["log_likelihood"], rel=1e-6)
    assert alike["protocol"]["train_images"] == 12


@pytest.mark.usefixtures("coarse")
def test_only_the_first_training_images_are_set_beside_the_test_images(model, sets, monkeypatch):
    monkeypatch.setattr(metrics, "TRAIN_IMAGES", 5)
    test, labels, train, train_labels = sets
    found, first = (
        metrics.evaluate(model, test[:3], labels[:3], train[:n], train_labels[:n], sampled=False)
        for n in (20, 5)
    )
    assert found["protocol"]["train_images"] == 5
    assert found["log_likelihood_train"] == pytest.approx(first["log_likelihood_train"], rel=1e-6)


@pytest.mark.mnist
def test_the_shipped_encoder_proposes_where_the_likelihood_lies():
    model, rng = runtime.load("explorer"), np.random.default_rng(0)
    images = data.unit(data.test_set().images[:200])
    binary = (rng.random(images.shape) < images).astype(np.float32)
    weighted = metrics.importance_log_likelihood(model, binary, rng, samples=500)
    exact = posterior.log_likelihood(model, binary)
    # One Gaussian misses a second mode, if there is one: so most images, and not the mean of all.
    assert np.median(exact - weighted) < 0.15
    assert np.mean(exact - weighted > 1) < 0.15
