import errno
import json
from dataclasses import replace

import msgspec
import numpy as np
import pytest

import vae
from vae import data
from vae.config import PRESETS, ModelConfig, TrainConfig
from vae.errors import StorageError
from vae.inference import metrics, plane
from vae.runs import publish
from vae.runs.evaluate import complete_card
from vae.runs.publish import publish_model
from vae.store import run_state
from vae.store.card import CARD, REQUIRED, SCHEMA
from vae.store.folder import check_name, read_latents, read_model
from vae.training.fit import FitResult
from vae.training.model import VAE

pytestmark = pytest.mark.usefixtures("coarse", "copied_networks")

MODEL = ModelConfig(width=32, frequencies=8)
TRAIN = TrainConfig(epochs=2, batch_size=50, seed=7)
HISTORY = {figure: [500.5, 400.25] for figure in run_state.HISTORY}


@pytest.fixture(scope="module")
def network():
    return VAE(MODEL, TRAIN)


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights"


@pytest.fixture
def published(root, network, digits, other_digits):
    def published(name="model", *, finished=True, preset="explorer", vae=network):
        run = FitResult(vae, HISTORY, finished, "" if finished else "it was asked to stop")
        named = publish_model(name, preset, run, other_digits)
        if finished:
            complete_card(named, digits, other_digits)
        return named

    return published


def test_a_finished_run_has_a_card_that_holds_all_that_the_contract_says(root, published):
    assert published() == "model"
    card = read_model("model").card
    content = json.loads((root / "model" / CARD).read_text())
    assert content == json.loads(msgspec.json.encode(card))
    assert (card.name, card.preset, card.schema) == ("model", "explorer", SCHEMA)
    assert card.description == PRESETS["explorer"].description
    assert (card.model, card.train, card.seed) == (MODEL, TRAIN, 7)
    assert card.finished
    assert card.history == HISTORY
    assert {"tensorflow", "keras", "ai-edge-litert", "numpy", "python"} <= set(card.versions)
    assert all(version[0].isdigit() for version in card.versions.values())
    others = {path.name for path in (root / "model").iterdir()} - {CARD}
    assert others == set(card.files) == {*REQUIRED, "label_map.npz"}
    assert card.atlas_spacing in plane.SPACINGS


@pytest.fixture(scope="module")
def autoencoder():
    return VAE(MODEL, replace(TRAIN, beta=0.0))


@pytest.mark.parametrize("preset", PRESETS)
def test_a_run_with_beta_0_is_published_as_its_preset(published, autoencoder, preset):
    published(finished=False, preset=preset, vae=autoencoder)
    card = read_model("model").card
    assert (card.preset, card.description) == (preset, PRESETS[preset].description)
    assert card.train.beta == 0


def test_the_card_holds_what_evaluate_finds_on_the_shipped_files(published, digits, other_digits):
    card = read_model(published()).card
    sets = data.unit(other_digits.images), other_digits.labels
    sets += data.unit(digits.images), digits.labels
    figures = metrics.evaluate(vae.load("model"), *sets)
    assert set(card.metrics) == set(figures)
    for key in set(figures) - {"encode_ms", "decode_ms", "worst_places"}:
        assert card.metrics[key] == pytest.approx(figures[key]), key
    np.testing.assert_allclose(card.metrics["worst_places"], figures["worst_places"])


def test_the_latents_are_the_shipped_encoders_codes_of_the_test_set(published, other_digits):
    latents = read_latents(read_model(published()))
    mean, log_var = vae.load("model").encode(data.unit(other_digits.images))
    np.testing.assert_allclose(latents["mean"], mean, atol=1e-5)
    np.testing.assert_allclose(latents["log_var"], log_var, atol=1e-5)
    np.testing.assert_array_equal(latents["label"], other_digits.labels)
    assert (latents["mean"].dtype, latents["label"].dtype) == (np.float32, np.uint8)


def test_a_stopped_run_says_so_and_is_measured_quickly(published):
    assert published(finished=False) == "model"
    card = read_model("model").card
    assert not card.finished
    assert set(card.metrics) == {"elbo", "reconstruction", "kl", "active_dimensions"}
    assert vae.models() == ["model"]


def test_a_stopped_run_takes_another_name_than_a_finished_model(published):
    published(preset="dense-bce")
    assert published(finished=False) == "model-stopped"
    assert published(finished=False) == "model-stopped"
    assert read_model("model").card.preset == "dense-bce"
    assert sorted(vae.models()) == ["model", "model-stopped"]


def test_a_stopped_run_never_takes_the_name_of_any_finished_model(published):
    for name in ("model", "model-stopped"):
        published(name, preset="dense-bce")
    named = published("model", finished=False)
    assert sorted(vae.models()) == sorted(["model", "model-stopped", named])
    for name in ("model", "model-stopped"):
        assert read_model(name).card.preset == "dense-bce"


def test_a_stopped_run_replaces_a_stopped_one_and_a_finished_run_any(root, published):
    for finished in (False, False, True, True):
        assert published(finished=finished) == "model"
    assert read_model("model").card.finished
    assert len(list((root / "runs" / "replaced").iterdir())) == 3


def test_the_longest_name_still_leaves_room_for_stopped(published):
    longest = "a" * 41
    assert published(longest) == longest
    named = published(longest, finished=False)
    assert named != longest
    assert check_name(named) == named


def test_a_damaged_model_is_set_aside_and_not_lost(root, published):
    published()
    (root / "model" / "decoder.tflite").write_bytes(b"damaged")
    assert published(finished=False) == "model"
    (aside,) = (root / "runs" / "replaced").iterdir()
    assert (aside / "decoder.tflite").read_bytes() == b"damaged"


def test_a_full_disk_leaves_the_model_that_was_there(root, published, monkeypatch):
    published(preset="dense-bce")

    def full(vae, folder):
        (folder / "encoder.tflite").write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(publish, "write_networks", full)
    with pytest.raises(StorageError, match="disk is full"):
        published(preset="conv-ae")
    assert read_model("model").card.preset == "dense-bce"
    assert [path.name for path in root.iterdir()] == ["model"]
