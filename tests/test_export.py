import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from keras import ops

from vae.config import ModelConfig, TrainConfig
from vae.training import export
from vae.training.export import write_networks
from vae.training.model import VAE

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def vae():
    vae = VAE(ModelConfig(width=32, frequencies=8), TrainConfig())
    random = np.random.default_rng(0)
    # Untrained networks give nearly equal outputs: swapped ones would go unnoticed.
    vae.set_weights([w + random.normal(0, 0.2, w.shape).astype("f4") for w in vae.get_weights()])
    return vae


@pytest.fixture(scope="module")
def folder(vae, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    write_networks(vae, folder)
    return folder


def run(path, **inputs):
    """Return the outputs of a network by name."""
    return Interpreter(str(path)).get_signature_runner("serving_default")(**inputs)


@pytest.mark.parametrize("count", [1, 7, 64])
def test_the_encoder_has_named_outputs_and_answers_as_in_keras(vae, folder, count):
    images = np.random.default_rng(1).random((count, 28, 28, 1), "f4")
    outputs = run(folder / "encoder.tflite", images=images)
    assert set(outputs) == {"mean", "log_var"}
    for name, expected in vae.encoder(images).items():
        assert outputs[name].shape == (count, 2)
        np.testing.assert_allclose(outputs[name], expected, atol=1e-5)


@pytest.mark.parametrize("count", [1, 7, 64])
def test_the_decoder_answers_with_probabilities_as_in_keras(vae, folder, count):
    z = np.random.default_rng(2).normal(size=(count, 2)).astype("f4")
    (probabilities,) = run(folder / "decoder.tflite", z=z).values()
    assert probabilities.shape == (count, 28, 28, 1)
    np.testing.assert_allclose(probabilities, ops.sigmoid(vae.decoder(z)), atol=1e-5)


def test_a_folder_holds_the_three_files_and_nothing_else(folder):
    names = {path.name for path in folder.iterdir()}
    assert names == {"encoder.tflite", "decoder.tflite", "model.weights.h5"}


def test_the_weights_file_is_deflated(folder):
    large = []
    with h5py.File(folder / "model.weights.h5") as file:
        file.visititems(lambda _, item: large.append(item) if _is_large(item) else None)
        assert len(large) > 4
        assert {weights.compression for weights in large} == {"gzip"}


def _is_large(item):
    return isinstance(item, h5py.Dataset) and item.size >= export.LARGE


def test_keras_loads_the_weights_into_a_fresh_model(vae, folder):
    fresh = VAE(vae.model_config, vae.train_config)
    fresh.load_weights(folder / "model.weights.h5")
    for ours, theirs in zip(fresh.get_weights(), vae.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


# A limit on the size of files fails the way a full disk does, in every library, and needs no root.
NO_ROOM = """
import resource
from pathlib import Path
from vae.config import ModelConfig, TrainConfig
from vae.errors import StorageError
from vae.training import checkpoint, export
from vae.training.model import VAE
vae = VAE(ModelConfig(width=32, frequencies=8), TrainConfig())
vae.compile()
for limit in (0, 1000, 100_000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        export._write_weights(vae, Path("model.weights.h5"))
    except OSError:
        print("OSError")
    try:
        checkpoint.save(Path(), "tiny", vae, {"loss": []})
    except StorageError:
        print("StorageError")
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_weights_that_find_no_room_raise_and_leave_nothing_and_the_process_ends_well(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-c", NO_ROOM],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.stdout.split() == ["OSError", "StorageError"] * 3
    assert ran.returncode == 0, ran.stderr
    assert "Traceback" not in ran.stderr
    assert list(tmp_path.glob("*.npz")) == list(tmp_path.glob("*.keras")) == []
