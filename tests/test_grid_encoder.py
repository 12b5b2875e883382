import keras
import numpy as np
import pytest

from vae.config import ModelConfig, TrainConfig
from vae.inference.runtime import LatentModel
from vae.training import grid_encoder, networks
from vae.training.export import write_networks
from vae.training.model import VAE

SMALL = ModelConfig(width=32, frequencies=8)
SPACING = 0.05  # of the quadrature


@pytest.fixture(scope="module")
def vae():
    """A small VAE of random weights with a grid encoder."""
    keras.utils.set_random_seed(0)
    vae = VAE(SMALL, TrainConfig(), has_grid_encoder=True)
    random = np.random.default_rng(0)
    vae.decoder.set_weights(
        [w + random.normal(0, 0.2, w.shape).astype("f4") for w in vae.decoder.get_weights()]
    )
    vae.refresh_encoder()
    return vae


@pytest.fixture(scope="module")
def images(vae):
    """Black-and-white images that the VAE decodes at places sampled from the prior."""
    random = np.random.default_rng(1)
    logits = vae.decoder.predict(random.normal(size=(200, 2)), verbose=0)
    return (random.random(logits.shape) < 1 / (1 + np.exp(-logits))).astype("f4")


def log_bernoulli(logits, images):
    """log p(x|z) in nats, (n, m), of images (n, 784) at the places of logits (m, 784)."""
    return images @ logits.T - np.logaddexp(0, logits).sum(1)


@pytest.fixture(scope="module")
def posteriors(vae, images):
    """Places (m, 2), and for 20 images log p(x, z) there, (20, m), in nats."""
    axis = np.arange(-3.5, 3.51, SPACING)
    z = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    logits = vae.decoder.predict(z, verbose=0, batch_size=4096).reshape(len(z), -1)
    prior = -(z**2).sum(1) / 2 - np.log(2 * np.pi)
    return z, log_bernoulli(logits, images[:20].reshape(20, -1)) + prior


def test_q_is_the_prior_where_the_decoder_ignores_z(images):
    flat = VAE(SMALL, TrainConfig(), has_grid_encoder=True)
    flat.decoder.set_weights([np.zeros_like(w) for w in flat.decoder.get_weights()])
    flat.refresh_encoder()
    code = flat.encoder.predict(images, verbose=0)
    np.testing.assert_allclose(code["mean"], 0, atol=1e-3)
    np.testing.assert_allclose(code["log_var"], 0, atol=0.01)


def test_q_is_the_best_gaussian_of_the_posterior_to_a_fraction_of_a_nat(vae, images, posteriors):
    code = vae.encoder.predict(images, verbose=0)
    noise = np.random.default_rng(2).normal(size=(64, 2))
    losses = []
    for i, joint in enumerate(posteriors[1]):
        exact = np.log(np.exp(joint - joint.max()).sum() * SPACING**2) + joint.max()
        mean, deviation = code["mean"][i], np.exp(code["log_var"][i] / 2)
        logits = vae.decoder.predict(mean + deviation * noise, verbose=0).reshape(64, -1)
        kl = 0.5 * (deviation**2 + mean**2 - 1 - 2 * np.log(deviation)).sum()
        losses.append(exact - (log_bernoulli(logits, images[i].reshape(1, -1)).mean() - kl))
    assert -0.1 < np.mean(losses) < 1


def test_the_mean_is_the_peak_of_the_posterior(vae, images, posteriors):
    mean = vae.encoder.predict(images[:20], verbose=0)["mean"]
    places, joints = posteriors
    for place, joint in zip(mean, joints, strict=True):
        assert np.hypot(*(places[joint.argmax()] - place)) < grid_encoder.SPACING


def test_a_greater_beta_makes_q_wider_and_nearer_to_the_prior(vae, images):
    broad = VAE(SMALL, TrainConfig(beta=5.0), has_grid_encoder=True)
    broad.decoder.set_weights(vae.decoder.get_weights())
    broad.refresh_encoder()
    narrow, wide = (model.encoder.predict(images, verbose=0) for model in (vae, broad))
    assert wide["log_var"].mean() > narrow["log_var"].mean() + 0.5
    assert (wide["mean"] ** 2).mean() < (narrow["mean"] ** 2).mean()


def test_the_tables_follow_the_decoder_only_when_refreshed(vae, images):
    other = VAE(SMALL, TrainConfig(), has_grid_encoder=True)
    other.refresh_encoder()
    before = other.encoder.predict(images, verbose=0)["mean"]
    other.decoder.set_weights(vae.decoder.get_weights())
    assert np.array_equal(other.encoder.predict(images, verbose=0)["mean"], before)
    other.refresh_encoder()
    after = other.encoder.predict(images, verbose=0)["mean"]
    np.testing.assert_allclose(after, vae.encoder.predict(images, verbose=0)["mean"], atol=1e-4)


def test_the_tables_are_not_saved_and_can_be_computed_again(vae, images, tmp_path):
    path = tmp_path / "model.weights.h5"
    vae.save_weights(path)
    assert path.stat().st_size < 2**20
    loaded = VAE(SMALL, TrainConfig(), has_grid_encoder=True)
    loaded.load_weights(path)
    loaded.refresh_encoder()
    codes = (model.encoder.predict(images, verbose=0)["mean"] for model in (vae, loaded))
    np.testing.assert_array_equal(*codes)


def test_the_exported_grid_encoder_answers_as_keras_does(vae, images, tmp_path):
    write_networks(vae, tmp_path)
    mean, log_var = LatentModel(tmp_path).encode(images[..., 0])
    expected = vae.encoder.predict(images, verbose=0)
    difference = np.abs(mean - expected["mean"]).max(axis=1)
    assert np.mean(difference < 1e-5) > 0.98  # the others lie between two places as high
    assert np.all(difference < grid_encoder.SPACING / 10)
    same = difference < 1e-5
    np.testing.assert_allclose(log_var[same], expected["log_var"][same], atol=1e-4)


def test_nothing_in_it_is_trained(vae):
    assert vae.encoder.trainable_variables == []
    assert len(vae.trainable_variables) == len(networks.build_decoder(SMALL).trainable_variables)
