import asyncio
import shutil
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import hypothesis
import numpy as np
import pytest

from tests.support.cards import make_card
from vae.data import Digits

# Top, top left, top right, middle, bottom left, bottom right, bottom: as on a pocket calculator.
SEGMENTS = ["1110111", "0010010", "1011101", "1011011", "0111010"]
SEGMENTS += ["1101011", "1101111", "1010010", "1111111", "1111011"]
PLACES = [(4, 8, 2, 12), (4, 8, 11, 2), (4, 18, 11, 2), (13, 8, 2, 12)]
PLACES += [(13, 8, 11, 2), (13, 18, 11, 2), (22, 8, 2, 12)]


def run_alone(coroutine):
    """What a coroutine comes to. In a thread of its own: Playwright keeps a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def make_digits(count: int, seed: int) -> Digits:
    """Calculator digits, each shifted a little and of its own brightness, 0 to 9 in turn."""
    random = np.random.default_rng(seed)
    labels = (np.arange(count) % 10).astype(np.uint8)
    images = np.zeros((count, 28, 28), np.uint8)
    for image, label in zip(images, labels, strict=True):
        down, right = random.integers(-2, 3, 2)
        for (top, left, height, width), lit in zip(PLACES, SEGMENTS[label], strict=True):
            if lit == "1":
                rows = slice(top + down, top + down + height)
                image[rows, left + right : left + right + width] = random.integers(150, 256)
    return Digits(images, labels)


@pytest.fixture(scope="session")
def digits() -> Digits:
    """300 small made-up digits to learn from."""
    return make_digits(300, seed=0)


@pytest.fixture(scope="session")
def other_digits() -> Digits:
    """100 made-up digits that no model here has learnt."""
    return make_digits(100, seed=1)


hypothesis.settings.register_profile("patient", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("patient")

MADE = "small"  # the name of the model folder that `weights` holds


@pytest.fixture(scope="session")
def made_weights(digits, other_digits, tmp_path_factory):
    """A weights folder with one tiny model of random weights, made once and never changed."""
    import keras

    from vae import data
    from vae.config import ModelConfig, TrainConfig
    from vae.inference.runtime import LatentModel
    from vae.store.folder import create
    from vae.training.export import write_networks
    from vae.training.model import VAE

    keras.utils.set_random_seed(0)
    vae = VAE(ModelConfig(width=32, frequencies=8), TrainConfig())
    random = np.random.default_rng(0)
    # An untrained network answers nearly the same to everything.
    vae.set_weights([w + random.normal(0, 0.1, w.shape).astype("f4") for w in vae.get_weights()])
    root = tmp_path_factory.mktemp("made")
    card = make_card(-550.0, description="A tiny model, as random as it was born.")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_WEIGHTS", str(root))
        with create(MADE, card) as folder:
            write_networks(vae, folder)
            mean, log_var = LatentModel(folder).encode(data.unit(other_digits.images))
            label = other_digits.labels
            np.savez(folder / "latents.npz", mean=mean, log_var=log_var, label=label)
    return root


@pytest.fixture
def weights(made_weights, tmp_path, monkeypatch):
    """A copy of the weights folder for the test to use and damage; VAE_WEIGHTS points at it."""
    copy = shutil.copytree(made_weights, tmp_path / "weights")
    monkeypatch.setenv("VAE_WEIGHTS", str(copy))
    return copy


@pytest.fixture
def no_mnist(tmp_path, monkeypatch):
    """A machine without MNIST and without a network."""
    from vae import data

    def offline(*args, **options):
        raise OSError("Name or service not known")

    monkeypatch.delenv("MNIST_NPZ", raising=False)
    monkeypatch.setattr(data, "LOCAL", tmp_path / "data" / "mnist.npz")
    monkeypatch.setattr(data, "_cached", lambda: tmp_path / "cache" / "mnist.npz")
    monkeypatch.setattr("pooch.retrieve", offline)


@pytest.fixture
def fresh_caches(no_mnist):
    """The pages as a server that has just started shows them; without MNIST."""
    import streamlit as st

    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


def write_mnist(path: Path, learn: Digits, test: Digits) -> Path:
    """An mnist.npz of those digits; where it lies."""
    sets = {"x_train": learn.images, "y_train": learn.labels}
    np.savez(path, **sets, x_test=test.images, y_test=test.labels)
    return path


@pytest.fixture
def small_mnist(no_mnist, digits, other_digits, tmp_path, monkeypatch):
    """An mnist.npz of made-up digits that MNIST_NPZ names: 300 to learn, 100 to test."""
    path = write_mnist(tmp_path / "mnist.npz", digits, other_digits)
    monkeypatch.setenv("MNIST_NPZ", str(path))
    return path


@pytest.fixture
def coarse(monkeypatch):
    """A coarse quadrature: right to a nat, and 25 times as fast."""
    from vae.inference import metrics, posterior

    quick = partial(posterior.log_likelihood, spacing=0.25)
    monkeypatch.setattr(metrics, "log_likelihood", quick)


@pytest.fixture
def copied_networks(made_weights, monkeypatch):
    """Publishing copies the tiny model's networks; tests/test_export.py has real ones written."""
    from vae.runs import publish

    def copy_networks(vae, folder):
        for name in ("encoder.tflite", "decoder.tflite", "model.weights.h5"):
            shutil.copy(made_weights / MADE / name, folder)

    monkeypatch.setattr(publish, "write_networks", copy_networks)
