from dataclasses import replace

import keras
import numpy as np
import pytest

from vae.config import PRESETS, ModelConfig
from vae.training import networks

SMALL = ModelConfig(width=32, frequencies=8)


def test_encoder_returns_a_mean_and_a_log_variance_on_the_plane():
    code = networks.build_encoder(SMALL)(np.zeros((7, 28, 28, 1), "f4"))
    assert {name: tuple(part.shape) for name, part in code.items()} == {
        "mean": (7, 2),
        "log_var": (7, 2),
    }


def test_an_untrained_encoder_is_near_the_prior():
    code = networks.build_encoder(SMALL)(np.ones((7, 28, 28, 1), "f4"))
    assert np.abs(code["mean"]).max() < 1
    assert np.abs(code["log_var"]).max() < 1


def test_decoder_returns_logits_of_either_sign():
    z = np.random.default_rng(0).normal(size=(7, 2)).astype("f4")
    logits = networks.build_decoder(SMALL)(z)
    assert logits.shape == (7, 28, 28, 1)
    assert np.min(logits) < 0 < np.max(logits)


@pytest.mark.parametrize("frequencies", [0, 8])
@pytest.mark.parametrize("blocks", [0, 2])
def test_every_size_of_the_networks_can_be_built(blocks, frequencies):
    config = ModelConfig(width=16, blocks=blocks, frequencies=frequencies)
    assert networks.build_decoder(config)(np.zeros((1, 2), "f4")).shape == (1, 28, 28, 1)
    assert networks.build_encoder(config)(np.zeros((1, 28, 28, 1), "f4"))["mean"].shape == (1, 2)


# Parameters of encoder and decoder, counted by hand from the tutorials' own tables.
TUTORIALS = {
    "dense-mse": (784 * 256 + 256 + 256 * 128 + 128 + 2 * (128 * 2 + 2), 384 + 33_024 + 201_488),
    "dense-mini": (784 * 2 + 2 + 2 * (2 * 2 + 2), 2 * 784 + 784),
    "dense-rmsprop": (784 * 256 + 256 + 2 * (256 * 2 + 2), 2 * 256 + 256 + 256 * 784 + 784),
    "keras-example": (69_076, 65_089),
}


@pytest.mark.parametrize("name", TUTORIALS)
def test_a_tutorials_networks_have_its_number_of_parameters(name):
    model = PRESETS[name].model
    encoder, decoder = networks.build_encoder(model), networks.build_decoder(model)
    assert (encoder.count_params(), decoder.count_params()) == TUTORIALS[name]


@pytest.mark.parametrize("switched", [False, True])
def test_batch_normalisation_and_dropout_are_each_on_a_switch(switched):
    model = replace(PRESETS["conv-vae"].model, batch_norm=switched, dropout=0.25 * switched)
    for network, layers in ((networks.build_encoder(model), 4), (networks.build_decoder(model), 3)):
        kinds = [type(layer).__name__ for layer in network.layers]
        assert kinds.count("BatchNormalization") == layers * switched
        assert kinds.count("Dropout") == layers * switched
        assert "LeakyReLU" in kinds


def test_an_autoencoder_reports_a_fixed_log_variance():
    code = networks.build_encoder(SMALL, has_posterior=False)(np.ones((3, 28, 28, 1), "f4"))
    np.testing.assert_array_equal(code["log_var"], np.full((3, 2), networks.AE_LOG_VAR, "f4"))


def test_fourier_features_are_z_with_sines_and_cosines_of_its_projections():
    layer = networks.FourierFeatures(8, scale=2.0)
    z = np.random.default_rng(0).normal(size=(5, 2)).astype("f4")
    features = np.array(layer(z))
    angles = z @ np.array(layer.projection)
    np.testing.assert_allclose(features[:, :2], z)
    np.testing.assert_allclose(features[:, 2:10], np.sin(angles), atol=1e-5)
    np.testing.assert_allclose(features[:, 10:], np.cos(angles), atol=1e-5)


def test_the_projections_are_fixed_but_saved_with_the_weights():
    decoder = networks.build_decoder(SMALL)
    (projection,) = decoder.non_trainable_weights
    assert projection.shape == (2, 8)
    assert any(weight is projection for weight in decoder.weights)


def test_the_same_seed_builds_the_same_networks():
    def weights(seed):
        keras.utils.set_random_seed(seed)
        return np.concatenate([np.ravel(w) for w in networks.build_decoder(SMALL).get_weights()])

    np.testing.assert_array_equal(weights(3), weights(3))
    assert np.any(weights(3) != weights(4))
