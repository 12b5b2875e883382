import keras
import pytest

from vae.config import PRESETS, TrainConfig
from vae.training.optimizer import optimizer


def rate(made, step):
    made.iterations.assign(step)
    return float(made.learning_rate)


def test_the_projects_own_falls_to_zero_along_a_cosine_and_averages_its_weights():
    made = optimizer(TrainConfig(epochs=9, amortized_epochs=5, learning_rate=1e-3), 100, False)
    assert isinstance(made, keras.optimizers.AdamW)
    assert made.use_ema
    assert rate(made, 0) == pytest.approx(1e-3)
    assert rate(made, 250) == pytest.approx(5e-4)
    assert rate(made, 500) == pytest.approx(0, abs=1e-9)


def test_the_tutorials_step_down_after_every_epoch_or_stay():
    made = optimizer(PRESETS["conv-ae"].train, 63, False)
    assert type(made) is keras.optimizers.Adam
    assert not made.use_ema
    assert [rate(made, step) for step in (0, 62, 63, 630)] == pytest.approx(
        [5e-4, 5e-4, 4.95e-4, 5e-4 * 0.99**10]
    )
    constant = optimizer(PRESETS["dense-rmsprop"].train, 469, False)
    assert type(constant) is keras.optimizers.RMSprop
    assert rate(constant, 10_000) == pytest.approx(1e-3)
