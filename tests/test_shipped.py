"""What is in weights/ of this repository: the models that come with the program."""

import numpy as np
import pytest

from vae import data
from vae.config import PRESETS
from vae.inference.runtime import LatentModel
from vae.store.folder import read_latents, read_model, root

MOST = 60e6  # bytes of the whole folder


@pytest.fixture(autouse=True)
def shipped(monkeypatch):
    monkeypatch.delenv("VAE_WEIGHTS", raising=False)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_shipped_as_it_is_defined_and_finished(name):
    card, preset = read_model(name).card, PRESETS[name]
    assert card.finished
    assert (card.name, card.preset) == (name, name)
    assert (card.model, card.train) == (preset.model, preset.train)
    assert len(card.history["val_loss"]) == preset.train.epochs
    assert card.description == preset.description
    assert {"elbo", "reconstruction", "log_likelihood", "accuracy"} <= set(card.metrics)
    assert card.metrics["reconstruction"] < 207  # black pictures: thousands; one blur: 206


def test_they_are_small_enough_to_be_carried_along():
    files = [file for name in PRESETS for file in (root() / name).iterdir()]
    assert sum(file.stat().st_size for file in files) <= MOST


@pytest.mark.mnist
@pytest.mark.parametrize("name", PRESETS)
def test_the_map_is_the_encoded_test_set(name):
    folder, test = read_model(name), data.test_set()
    latents = read_latents(folder)
    assert len(latents["mean"]) == len(test.images)
    np.testing.assert_array_equal(latents["label"], test.labels)
    mean, log_var = LatentModel(folder.path).encode(data.unit(test.images[:200]))
    same = np.abs(latents["mean"][:200] - mean).max(axis=1) < 1e-3
    assert same.mean() > 0.98  # the others stand between two places that are as good
    np.testing.assert_allclose(latents["log_var"][:200][same], log_var[same], atol=1e-2)
