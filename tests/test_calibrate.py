import math

import msgspec
import numpy as np
import pytest

import vae
from tests.conftest import MADE
from vae import data
from vae.runs import calibrate
from vae.store import folder
from vae.store.card import UNCALIBRATED


@pytest.fixture
def model(weights):
    return vae.load(MADE)


def test_a_calibration_is_measured_on_the_last_training_digits(model, digits):
    codes, labels = model.latents["mean"], model.latents["label"]
    found = calibrate.calibrate(model, codes, labels, digits, count=100, spacing=0.25)
    assert found == calibrate.calibrate(model, codes, labels, digits, count=100, spacing=0.25)
    assert found.temperature in calibrate.TEMPERATURES
    assert all(math.isfinite(n) for n in msgspec.structs.astuple(found)[4:])
    folder.update_card(model.folder, calibration=found)
    assert vae.load(MADE).calibration == found
    assert vae.load(MADE).folder.version == model.folder.version


def test_of_the_digits_it_was_measured_on_few_are_flagged(model, digits):
    codes, labels = model.latents["mean"], model.latents["label"]
    found = calibrate.calibrate(model, codes, labels, digits, count=100, spacing=0.1)
    folder.update_card(model.folder, calibration=found)
    model = vae.load(MADE)
    readings = [vae.read(image, model) for image in data.unit(digits.images[-100:])]
    assert np.mean([reading.is_no_digit for reading in readings]) <= 0.05
    assert np.mean([reading.likelier_turn > 0 for reading in readings]) <= 0.05


def test_a_card_of_an_earlier_version_is_read_without_warnings(model):
    assert model.folder.card.calibration is None
    assert model.calibration == UNCALIBRATED
    reading = vae.read(np.eye(28), model)
    assert (reading.is_no_digit, reading.likelier_turn, reading.tilt) == (False, 0, 0)


def test_distorted_digits_stay_images_and_are_the_same_for_the_same_seed(digits):
    images = data.unit(digits.images[:20])
    first, second = (calibrate.distort(images, np.random.default_rng(0)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert first.shape == images.shape
    assert 0 <= first.min() <= first.max() <= 1
    assert np.abs(first - images).mean() > 0.01


def test_the_logistic_regression_finds_the_weights_that_made_its_data():
    random = np.random.default_rng(0)
    evidence = random.normal(0, 1, (20_000, 10, 2))
    truth = (evidence @ [2, -1] + random.gumbel(size=(20_000, 10))).argmax(axis=1)
    assert calibrate._fit_weights(evidence, truth) == pytest.approx([2, -1], abs=0.1)
    best = (evidence @ [2, -1]).argmax(axis=1)  # never wrong: the weights would grow for ever
    assert np.isfinite(calibrate._fit_weights(evidence, best)).all()
