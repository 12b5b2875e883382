import asyncio
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import hypothesis
import numpy as np
import pytest

from tests.support import browser, modules
from tests.support.cards import make_card
from tests.support.digits import make_digits, write_mnist
from vae.data import Digits

WEB = Path(__file__).parent.parent / "vae" / "web"


def run_alone(coroutine):
    """Return a coroutine's result; in another thread, for Playwright keeps a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


@pytest.fixture(scope="session")
def chromium():
    """The system's Chromium; missing, it is a failure in CI and a skip elsewhere."""
    from playwright.sync_api import sync_playwright

    if browser.chromium_path() is None:
        message = "no Chromium on this machine: install Debian's package chromium"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    with sync_playwright() as playwright:
        instance = browser.launch(playwright)
        yield instance
        instance.close()


@pytest.fixture(scope="session")
def serve_modules(chromium):
    """Serve a folder of ES modules; `serve_modules(folder)(path)` gives a module's `call`."""
    with ExitStack() as stack:

        def serve_folder(folder: Path):
            page = stack.enter_context(chromium.new_context()).new_page()
            page.goto(stack.enter_context(modules.serve(folder)))
            return partial(modules.import_module, page)

        yield serve_folder


@pytest.fixture(scope="session")
def module_page(serve_modules):
    """`module_page(path)` imports a module of vae/web in Chromium and gives its `call`.

    `call(function, argument=None)` returns what the JavaScript `function` does, given the module
    and the argument: `module_page("shared/atlas.js")("({ blend }, z) => blend(z)", [0, 1])`.
    """
    return serve_modules(WEB)


@pytest.fixture(scope="session")
def digits() -> Digits:
    """300 small made-up digits to train on."""
    return make_digits(300, seed=0)


@pytest.fixture(scope="session")
def other_digits() -> Digits:
    """100 made-up digits on which no model here is trained."""
    return make_digits(100, seed=1)


def pytest_collection_modifyitems(items):
    """Skip the tests that need the real MNIST where there is none; fail them in CI."""
    from vae import data

    if os.environ.get("CI") or data.find() is not None:
        return
    for item in items:
        if item.get_closest_marker("mnist"):
            item.add_marker(pytest.mark.skip(reason="no MNIST on this machine, see README"))


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


@pytest.fixture
def small_mnist(no_mnist, digits, other_digits, tmp_path, monkeypatch):
    """An mnist.npz of made-up digits that MNIST_NPZ names: 300 to learn, 100 to test."""
    path = write_mnist(tmp_path / "mnist.npz", digits, other_digits)
    monkeypatch.setenv("MNIST_NPZ", str(path))
    return path


@pytest.fixture
def coarse(monkeypatch):
    """A coarse quadrature: right to a nat, and 25 times as fast."""
    from vae.inference import posterior

    quick = partial(posterior.log_likelihood, spacing=0.25)
    monkeypatch.setattr(posterior, "log_likelihood", quick)


@pytest.fixture
def copied_networks(made_weights, monkeypatch):
    """Publishing copies the tiny model's networks; tests/test_export.py has real ones written."""
    from vae.runs import publish

    def copy_networks(vae, folder):
        for name in ("encoder.tflite", "decoder.tflite", "model.weights.h5"):
            shutil.copy(made_weights / MADE / name, folder)

    monkeypatch.setattr(publish, "write_networks", copy_networks)
