import keras
import pytest

from vae.config import PRESETS, TrainConfig
from vae.training.optimizer import build_optimizer


def rate(optimizer, step):
    optimizer.iterations.assign(step)
    return float(optimizer.learning_rate)


def test_adamw_falls_to_zero_along_a_cosine_and_averages_its_weights():
    train = TrainConfig(epochs=9, amortized_epochs=5, learning_rate=1e-3)
    adamw = build_optimizer(train, 100, False)
    assert isinstance(adamw, keras.optimizers.AdamW)
    assert adamw.use_ema
    assert rate(adamw, 0) == pytest.approx(1e-3)
    assert rate(adamw, 250) == pytest.approx(5e-4)
    assert rate(adamw, 500) == pytest.approx(0, abs=1e-9)


def test_the_tutorials_rates_step_down_after_every_epoch_or_stay():
    adam = build_optimizer(PRESETS["conv-ae"].train, 63, False)
    assert type(adam) is keras.optimizers.Adam
    assert not adam.use_ema
    assert [rate(adam, step) for step in (0, 62, 63, 630)] == pytest.approx(
        [5e-4, 5e-4, 4.95e-4, 5e-4 * 0.99**10]
    )
    constant = build_optimizer(PRESETS["dense-rmsprop"].train, 469, False)
    assert type(constant) is keras.optimizers.RMSprop
    assert rate(constant, 10_000) == pytest.approx(1e-3)


@pytest.mark.parametrize(("steps", "ema_steps"), [(1, 1), (78, 13), (469, 78), (6000, 100)])
def test_weights_are_averaged_over_a_sixth_of_an_epoch_and_at_most_100_steps(steps, ema_steps):
    adamw = build_optimizer(TrainConfig(), steps, has_grid_encoder=False)
    assert adamw.ema_momentum == pytest.approx(1 - 1 / ema_steps)
