import keras
import numpy as np
import pytest
import tensorflow as tf

from vae.config import ModelConfig, TrainConfig
from vae.training import losses, model
from vae.training.model import VAE

SMALL = ModelConfig(width=32, frequencies=8)


@pytest.fixture
def images(digits):
    return (digits.images[:64, ..., None] / 255).astype("f4")


def test_samples_have_the_requested_mean_and_standard_deviation():
    mean = np.tile(np.array([[1.0, -2.0]], "f4"), (100_000, 1))
    log_var = np.tile(np.log(np.array([[0.25, 4.0]], "f4")), (100_000, 1))
    z = np.array(model.sample(mean, log_var, keras.random.SeedGenerator(0)))
    np.testing.assert_allclose(z.mean(0), [1, -2], atol=0.03)
    np.testing.assert_allclose(z.std(0), [0.5, 2], rtol=0.02)
    assert abs(np.corrcoef(z.T)[0, 1]) < 0.02


def test_gradients_flow_through_a_sample_to_mean_and_log_variance():
    mean, log_var = tf.constant([[0.3, 0.1]]), tf.constant([[0.0, -1.0]])
    with tf.GradientTape() as tape:
        tape.watch([mean, log_var])
        z = model.sample(mean, log_var, keras.random.SeedGenerator(0))
    by_mean, by_log_var = tape.gradient(z, [mean, log_var])
    np.testing.assert_allclose(by_mean, [[1, 1]])
    np.testing.assert_allclose(by_log_var, (z - mean) / 2, rtol=1e-5)


def test_binarized_pixels_are_white_as_often_as_their_grey_says():
    grey = np.full((1, 200, 200, 1), 0.3, "f4")
    binary = np.array(model.binarize(grey, keras.random.SeedGenerator(0)))
    assert set(np.unique(binary)) == {0, 1}
    assert binary.mean() == pytest.approx(0.3, abs=0.01)


def test_binarizing_leaves_black_and_white_pixels_unchanged():
    certain = np.array([[[[0.0], [1.0]]]], "f4")
    np.testing.assert_array_equal(model.binarize(certain, keras.random.SeedGenerator(0)), certain)


def test_the_loss_is_the_mean_of_reconstruction_and_beta_times_kl(images):
    vae = VAE(SMALL, TrainConfig(beta=3.0))
    vae.compile()
    output = vae(images)
    reconstruction = np.mean(losses.reconstruction(images, output["logits"]))
    kl = np.mean(losses.kl_divergence(output["mean"], output["log_var"]))
    loss = vae.compute_loss(images, y_pred=output)
    assert float(loss) == pytest.approx(reconstruction + 3 * kl, rel=1e-5)


def test_metrics_are_per_image_even_if_the_last_batch_is_smaller(images):
    vae = VAE(SMALL, TrainConfig(beta=0.0))
    vae.compile()
    in_one = vae.evaluate(images, batch_size=64, verbose=0, return_dict=True)
    in_parts = vae.evaluate(images, batch_size=50, verbose=0, return_dict=True)
    assert in_parts == pytest.approx(in_one, rel=1e-5)


def test_with_beta_zero_it_is_a_plain_autoencoder(images):
    vae = VAE(SMALL, TrainConfig(beta=0.0))
    code = vae.encoder(images)["mean"]
    np.testing.assert_allclose(vae(images)["logits"], vae.decoder(code), atol=1e-6)


def test_with_beta_above_zero_the_code_is_sampled_anew_each_time(images):
    vae = VAE(SMALL, TrainConfig())
    assert np.any(np.array(vae(images)["logits"]) != np.array(vae(images)["logits"]))


def test_the_encoder_sees_binarized_images_in_training_only(images):
    vae = VAE(SMALL, TrainConfig(binarize=True))
    grey = np.array(vae.encoder(images)["mean"])
    assert np.any(np.array(vae(images, training=True)["mean"]) != grey)
    np.testing.assert_allclose(vae(images, training=False)["mean"], grey, atol=1e-6)
    plain = VAE(SMALL, TrainConfig(binarize=False))
    same = plain.encoder(images)["mean"]
    np.testing.assert_allclose(plain(images, training=True)["mean"], same, atol=1e-6)


def test_the_noise_of_an_epoch_depends_on_seed_and_epoch_alone(images):
    def logits(seed, epoch, warm_up):
        vae = VAE(SMALL, TrainConfig(seed=seed))
        vae.set_weights(weights)
        for _ in range(warm_up):
            vae(images)
        vae.restart_noise(epoch)
        return np.array(vae(images)["logits"])

    weights = VAE(SMALL, TrainConfig()).get_weights()
    np.testing.assert_array_equal(logits(0, 5, warm_up=0), logits(0, 5, warm_up=3))
    assert np.any(logits(0, 5, 0) != logits(0, 6, 0))
    assert np.any(logits(0, 5, 0) != logits(1, 5, 0))


def test_a_squared_error_is_weighted_and_the_metrics_stay_in_nats(images):
    config = TrainConfig(loss="mse", reconstruction_weight=1000.0, beta=2.0, binarize=False)
    vae = VAE(SMALL, config)
    vae.compile()
    output = vae(images)
    kl = np.mean(losses.kl_divergence(output["mean"], output["log_var"]))
    error = np.mean(losses.squared_error(images, output["logits"]))
    loss = vae.compute_loss(images, y_pred=output)
    assert float(loss) == pytest.approx(1000 * error + 2 * kl, rel=1e-5)
    nats = np.mean(losses.reconstruction(images, output["logits"]))
    assert float(vae.reconstruction.result()) == pytest.approx(nats, rel=1e-5)
