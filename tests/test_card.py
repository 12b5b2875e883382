import json

import msgspec
import pytest

from tests.conftest import MADE
from tests.support.cards import make_card
from vae.errors import ModelInvalidError
from vae.store.card import CARD, UNCALIBRATED
from vae.store.folder import read_model, root

VALID = make_card()["reference_percentiles"]
INVALID = [
    None,
    [],
    {},
    {"log_likelihood": VALID["log_likelihood"]},
    VALID | {"similarity": VALID["similarity"][:-1]},
    VALID | {"similarity": None},
    VALID | {"similarity": ["x"] * 101},
    VALID | {"similarity": [10**400] * 101},
    VALID | {"similarity": VALID["similarity"][::-1]},
    VALID | {"more": VALID["similarity"]},
]


CALIBRATION = msgspec.to_builtins(UNCALIBRATED) | {
    "strangest": 2.0,
    "turn_margin": 30.0,
    "tilt_margin": 60.0,
}


def write_calibration(value):
    path = root() / MADE / CARD
    path.write_text(json.dumps(json.loads(path.read_text()) | {"calibration": value}))


@pytest.mark.usefixtures("weights")
def test_a_calibration_is_read_and_does_not_change_the_version():
    before = read_model(MADE)
    write_calibration(CALIBRATION)
    after = read_model(MADE)
    assert msgspec.to_builtins(after.card.calibration) == CALIBRATION
    assert after.version == before.version


@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize(
    "change",
    [{"temperature": 0}, {"weights": [1.0]}, {"spread": [1.0, 0.0, 1.0]}, {"strangest": None}],
)
def test_a_card_with_an_impossible_calibration_is_left_out(change):
    write_calibration(CALIBRATION | change)
    with pytest.raises(ModelInvalidError, match="calibration"):
        read_model(MADE)


@pytest.mark.parametrize("value", INVALID)
def test_a_card_with_percentiles_that_are_not_101_rising_numbers_is_left_out(weights, value):
    path = weights / MADE / CARD
    path.write_text(json.dumps(json.loads(path.read_text()) | {"reference_percentiles": value}))
    with pytest.raises(ModelInvalidError, match="reference_percentiles"):
        read_model(MADE)


PLANE = {"area_shares": [0.1] * 10, "range_z1": [-1.0, 1.0], "worst_places": [[0.0, 1.0]] * 10}


def write_metrics(value):
    path = root() / MADE / CARD
    path.write_text(json.dumps(json.loads(path.read_text()) | {"metrics": value}))


@pytest.mark.usefixtures("weights")
def test_measures_of_the_plane_are_read():
    write_metrics({"elbo": -150.0, **PLANE})
    assert read_model(MADE).card.metrics == {"elbo": -150.0, **PLANE}


@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize(
    "change",
    [
        {"area_shares": [0.1] * 9},
        {"area_shares": ["0"] * 10},
        {"range_z1": [0.0]},
        {"worst_places": [[0.0]] * 10},
        {"worst_places": [[0.0, 0.0]] * 11},
        {"holes_prior": None},
    ],
)
def test_a_card_with_impossible_measures_of_the_plane_is_left_out(change):
    write_metrics({"elbo": -150.0, **PLANE, **change})
    with pytest.raises(ModelInvalidError, match="metrics"):
        read_model(MADE)
