import h5py
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from keras import ops

from vae.config import ModelConfig, TrainConfig
from vae.training import export
from vae.training.export import write_networks
from vae.training.model import VAE


@pytest.fixture(scope="module")
def vae():
    vae = VAE(ModelConfig(width=32, frequencies=8), TrainConfig())
    random = np.random.default_rng(0)
    # An untrained network answers so evenly that swapped outputs would go unnoticed.
    vae.set_weights([w + random.normal(0, 0.2, w.shape).astype("f4") for w in vae.get_weights()])
    return vae


@pytest.fixture(scope="module")
def folder(vae, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    write_networks(vae, folder)
    return folder


def run(path, inputs):
    network = Interpreter(str(path))
    (taken,) = network.get_input_details()
    network.resize_tensor_input(taken["index"], inputs.shape)
    network.allocate_tensors()
    network.set_tensor(taken["index"], inputs)
    network.invoke()
    return [network.get_tensor(given["index"]) for given in network.get_output_details()]


@pytest.mark.parametrize("count", [1, 7, 64])
def test_the_encoder_answers_as_in_keras_mean_first(vae, folder, count):
    images = np.random.default_rng(1).random((count, 28, 28, 1), "f4")
    mean, log_var = run(folder / "encoder.tflite", images)
    expected = vae.encoder(images)
    assert mean.shape == log_var.shape == (count, 2)
    np.testing.assert_allclose(mean, expected["mean"], atol=1e-5)
    np.testing.assert_allclose(log_var, expected["log_var"], atol=1e-5)


@pytest.mark.parametrize("count", [1, 7, 64])
def test_the_decoder_answers_with_probabilities_as_in_keras(vae, folder, count):
    z = np.random.default_rng(2).normal(size=(count, 2)).astype("f4")
    (probabilities,) = run(folder / "decoder.tflite", z)
    assert probabilities.shape == (count, 28, 28, 1)
    np.testing.assert_allclose(probabilities, ops.sigmoid(vae.decoder(z)), atol=1e-5)


def test_the_encoders_outputs_can_be_asked_for_by_name(folder):
    signature = Interpreter(str(folder / "encoder.tflite")).get_signature_list()
    assert set(signature["serving_default"]["outputs"]) == {"mean", "log_var"}


def test_one_interpreter_can_be_resized_again_and_again(folder):
    network = Interpreter(str(folder / "decoder.tflite"))
    (taken,), (given,) = network.get_input_details(), network.get_output_details()
    for count in (3, 1, 5):
        network.resize_tensor_input(taken["index"], (count, 2))
        network.allocate_tensors()
        network.set_tensor(taken["index"], np.zeros((count, 2), "f4"))
        network.invoke()
        assert network.get_tensor(given["index"]).shape == (count, 28, 28, 1)


def test_the_weights_file_is_deflated(folder):
    large = []
    with h5py.File(folder / "model.weights.h5") as file:
        file.visititems(lambda _, item: large.append(item) if _is_large(item) else None)
        assert len(large) > 4
        assert {weights.compression for weights in large} == {"gzip"}


def _is_large(item):
    return isinstance(item, h5py.Dataset) and item.size >= export.LARGE


def test_the_weights_come_back_into_a_fresh_model(vae, folder):
    fresh = VAE(vae.model_config, vae.train_config)
    fresh.load_weights(folder / "model.weights.h5")
    for ours, theirs in zip(fresh.get_weights(), vae.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
