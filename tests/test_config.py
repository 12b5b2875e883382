import json
import math
import re
from dataclasses import FrozenInstanceError, asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae.config import PRESETS, ModelConfig, TrainConfig, bounds, get_preset, override
from vae.errors import ConfigError


@pytest.mark.parametrize(
    ("field", "value", "bounds"),
    [
        ("epochs", 0, "from 1 to 10000"),
        ("epochs", 10_001, "from 1 to 10000"),
        ("batch_size", 0, "from 1 to 60000"),
        ("learning_rate", 1e9, "from 1e-07 to 1"),
        ("learning_rate", 0.0, "from 1e-07 to 1"),
        ("weight_decay", -1e-9, "from 0 to 1"),
        ("beta", -1, "from 0 to 1000"),
        ("beta", math.inf, "from 0 to 1000"),
        ("seed", -1, "from 0 to"),
        ("subset", 60_001, "from 1 to 60000"),
    ],
)
def test_a_number_out_of_bounds_is_refused_with_field_value_and_range(field, value, bounds):
    with pytest.raises(ConfigError) as caught:
        TrainConfig(**{field: value})
    message = str(caught.value)
    assert message.startswith(field.replace("_", " "))
    assert bounds in message
    assert repr(value) in message


@pytest.mark.parametrize("field", ["learning_rate", "weight_decay", "beta", "epochs"])
@pytest.mark.parametrize("value", [math.nan, "1", None, True, 1j], ids=repr)
def test_what_is_no_number_is_refused(field, value):
    with pytest.raises(ConfigError, match=re.escape(repr(value))):
        TrainConfig(**{field: value})


@pytest.mark.parametrize("field", ["epochs", "batch_size", "seed", "subset"])
def test_fractions_are_refused_where_a_whole_number_is_due(field):
    with pytest.raises(ConfigError, match=r"must be a whole number from .* got 2\.0\."):
        TrainConfig(**{field: 2.0})


@pytest.mark.parametrize(
    ("field", "value"),
    [("width", 7), ("blocks", 9), ("frequencies", -1), ("frequency_scale", 0.0), ("blocks", True)],
)
def test_networks_that_cannot_be_built_are_refused(field, value):
    with pytest.raises(ConfigError, match=f"^{field.replace('_', ' ')} must be"):
        ModelConfig(**{field: value})


@given(value=st.floats() | st.integers())
def test_exactly_the_betas_from_0_to_1000_are_taken(value):
    if 0 <= value <= 1000:
        assert TrainConfig(beta=value).beta == value
    else:
        with pytest.raises(ConfigError):
            TrainConfig(beta=value)


NUMBERS = [
    (kind, field)
    for kind in (ModelConfig, TrainConfig)
    for field, value in asdict(kind()).items()
    if type(value) in (int, float)
]


@pytest.mark.parametrize(("kind", "field"), NUMBERS)
def test_both_ends_of_a_range_belong_to_it_and_have_the_type_of_the_field(kind, field):
    conv = {"family": "conv"} if kind is ModelConfig else {}
    for value in bounds(field):
        assert getattr(kind(**conv, **{field: value}), field) == value
        assert type(value) is type(getattr(kind(), field))


@pytest.mark.parametrize("field", ["binarize", "leaky"])
def test_a_switch_is_true_or_false(field):
    kind = TrainConfig if field == "binarize" else ModelConfig
    with pytest.raises(ConfigError, match=f"{field} must be true or false, got 1"):
        kind(**{field: 1})


def test_a_changed_copy_is_checked_too_and_the_original_cannot_change():
    config = TrainConfig()
    with pytest.raises(ConfigError):
        replace(config, epochs=0)
    with pytest.raises(FrozenInstanceError):
        config.epochs = 0


def test_an_unknown_preset_is_refused_with_the_names_there_are():
    with pytest.raises(ConfigError, match="no preset 'nope'") as caught:
        get_preset("nope")
    assert all(name in str(caught.value) for name in PRESETS)


def test_networks_without_a_sense_are_refused():
    with pytest.raises(ConfigError, match="family must be one of residual, dense, conv"):
        ModelConfig("recurrent")
    with pytest.raises(ConfigError, match="strides must be one a layer"):
        ModelConfig("conv", encoder=(32, 64), strides=(2,))
    with pytest.raises(ConfigError, match="encoder must be whole numbers"):
        ModelConfig("dense", encoder=(0,))
    with pytest.raises(ConfigError, match="optimizer must be one of"):
        TrainConfig(optimizer="sgd")
    with pytest.raises(ConfigError, match="loss must be one of"):
        TrainConfig(loss="mae")


def test_settings_come_back_from_a_card_as_they_were():
    for one in PRESETS.values():
        model, train = json.loads(json.dumps([asdict(one.model), asdict(one.train)]))
        assert (ModelConfig(**model), TrainConfig(**train)) == (one.model, one.train)


# As the tutorials have them: parameters of both networks, epochs, images and steps of a run.
TUTORIALS = {
    "dense-mse": (10, 60_000, 128, "adam", "mse"),
    "dense-mini": (30, 60_000, 32, "adam", "bce"),
    "dense-rmsprop": (30, 60_000, 128, "rmsprop", "bce"),
    "dense-bce": (10, 60_000, 32, "adam", "bce"),
    "conv-ae": (200, 2000, 32, "adam", "mse"),
    "conv-vae": (200, 2000, 32, "adam", "mse"),
    "keras-example": (30, 60_000, 128, "adam", "bce"),
}


@pytest.mark.parametrize("name", TUTORIALS)
def test_the_tutorials_presets_are_what_they_taught(name):
    train = PRESETS[name].train
    found = (train.epochs, train.subset, train.batch_size, train.optimizer, train.loss)
    assert found == TUTORIALS[name]
    assert train.network_epochs == train.epochs
    assert not train.binarize


def test_changes_go_where_they_belong():
    recipe = PRESETS["conv-vae"]
    model, train = override(recipe.model, recipe.train, {"epochs": 3, "batch_norm": True})
    assert model == replace(recipe.model, batch_norm=True)
    assert train == replace(recipe.train, epochs=3)


@pytest.mark.parametrize("switch", [{"batch_norm": True}, {"dropout": 0.25}])
def test_the_switches_of_convolutions_are_refused_elsewhere(switch):
    recipe = PRESETS["dense-bce"]
    with pytest.raises(ConfigError, match="convolutional presets only"):
        override(recipe.model, recipe.train, switch)


def test_the_explorer_preset_exists_and_trains_a_variational_model():
    assert get_preset("explorer").train.beta == 1
