"""What is in weights/ of this repository: the models that come with the program."""

import numpy as np
import pytest

from vae import data
from vae.cli import FIGURES
from vae.config import PRESETS
from vae.inference import label_map, plane_metrics
from vae.inference.map_metrics import measure_map
from vae.inference.runtime import LatentModel
from vae.store.folder import read_label_map, read_latents, read_model, root

MOST = 70e6  # bytes of the whole folder


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
    assert {*FIGURES, "protocol"} - set(card.metrics) <= {"log_likelihood_importance"}
    assert card.calibration is not None
    assert card.metrics["reconstruction"] < 207  # black pictures: thousands; one blur: 206


@pytest.mark.parametrize("name", PRESETS)
def test_the_card_tells_of_the_map_what_its_codes_show(name):
    folder = read_model(name)
    latents = read_latents(folder)
    for key, figure in measure_map(latents["mean"], latents["label"]).items():
        assert folder.card.metrics[key] == pytest.approx(figure, abs=2e-3), key


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


@pytest.mark.mnist
@pytest.mark.parametrize("name", PRESETS)
def test_the_label_map_names_what_the_model_draws(name):
    folder, test = read_model(name), data.test_set()
    labels = label_map.from_arrays(read_label_map(folder))
    area = labels.area
    low, high = (area.left, area.bottom), (area.right, area.top)
    places = np.random.default_rng(0).uniform(low, high, (200, 2)).astype(np.float32)
    pictures = LatentModel(folder.path).decode(places)
    digits, votes, _ = label_map.judge(pictures, data.unit(test.images), test.labels)
    clear = votes >= label_map.CLEAR
    same = np.array([labels.at(place).digit for place in places.tolist()]) == digits
    assert np.sum(~same & clear) <= 0.03 * np.sum(clear)


@pytest.fixture(scope="module")
def usual_distance():
    """The hole distance of the test images, computed once for all models."""
    return label_map.hole_distance(data.unit(data.test_set().images))


@pytest.mark.mnist
@pytest.mark.parametrize("name", PRESETS)
def test_the_card_tells_of_the_plane_what_is_measured_again(name, usual_distance, monkeypatch):
    monkeypatch.setattr(plane_metrics, "SIDE", 40)  # not 100: shares are right to 0.02
    monkeypatch.setattr(label_map, "hole_distance", lambda images: usual_distance)
    folder, test = read_model(name), data.test_set()
    model, images = LatentModel(folder.path), data.unit(test.images)
    found = plane_metrics.measure_plane(model, model.encode(images)[0], images, test.labels)
    card = folder.card.metrics
    for key in ("centre_distance", "range_z1", "range_z2"):
        assert card[key] == pytest.approx(found[key], abs=0.02), key
    for key in ("holes_prior", "holes_range", "unclear_prior", "unclear_range"):
        assert card[key] == pytest.approx(found[key], abs=0.01), key
    for key in ("area_shares", "prior_shares", "area_evenness", "prior_evenness"):
        assert card[key] == pytest.approx(found[key], abs=0.02), key
    np.testing.assert_allclose(card["worst_places"], found["worst_places"], atol=1e-4)


@pytest.mark.mnist
def test_about_one_real_digit_in_ten_is_between_digits():
    test = data.test_set()
    images = data.unit(test.images)
    _, votes, _ = label_map.judge(images[:1000], images[1000:], test.labels[1000:])
    assert np.mean(votes < label_map.LIKELY) == pytest.approx(0.1, abs=0.03)
