import numpy as np
import pytest

from vae.training import losses

RANDOM = np.random.default_rng(0)


def test_kl_is_zero_for_the_prior_itself():
    zero = np.zeros((3, 2), "f4")
    np.testing.assert_array_equal(losses.kl_divergence(zero, zero), np.zeros(3))


def test_kl_follows_the_closed_form_in_double_precision():
    mean, log_var = RANDOM.normal(size=(2, 50, 2))
    var = np.exp(log_var)
    expected = np.sum(np.log(1 / np.sqrt(var)) + (var + mean**2) / 2 - 0.5, axis=1)
    actual = losses.kl_divergence(mean.astype("f4"), log_var.astype("f4"))
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_kl_is_the_expected_log_ratio_of_the_densities():
    mean, log_var = np.array([[1.0, -0.5]]), np.array([[-1.0, 0.3]])
    z = mean + np.exp(log_var / 2) * RANDOM.normal(size=(400_000, 2))
    log_q = -0.5 * ((z - mean) ** 2 / np.exp(log_var) + log_var)
    samples = np.sum(log_q + 0.5 * z**2, axis=1)
    assert float(losses.kl_divergence(mean, log_var)[0]) == pytest.approx(samples.mean(), abs=0.01)


def test_reconstruction_is_the_cross_entropy_summed_over_pixels():
    images = RANDOM.random((5, 28, 28, 1))
    logits = RANDOM.normal(scale=3, size=images.shape)
    p = 1 / (1 + np.exp(-logits))
    expected = -np.sum(images * np.log(p) + (1 - images) * np.log(1 - p), axis=(1, 2, 3))
    actual = losses.reconstruction(images.astype("f4"), logits.astype("f4"))
    assert actual.shape == (5,)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_reconstruction_stays_finite_where_a_probability_would_underflow():
    images = np.ones((1, 28, 28, 1), "f4")
    assert float(losses.reconstruction(images, -1000 * images)[0]) == pytest.approx(784_000)
    assert float(losses.reconstruction(images, 1000 * images)[0]) == 0


def test_squared_error_is_averaged_over_the_pixels():
    images = np.zeros((2, 28, 28, 1), "f4")
    images[1, :14] = 1
    logits = np.zeros((2, 28, 28, 1), "f4")  # grey of a half everywhere
    np.testing.assert_allclose(losses.squared_error(images, logits), [0.25, 0.25])
    logits[1, :14] = 100
    np.testing.assert_allclose(losses.squared_error(images, logits), [0.25, 0.125])
