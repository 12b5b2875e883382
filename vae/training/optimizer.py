"""The optimizer and its learning rate over a run."""

import keras

from vae.config import TrainConfig

# The weights that are measured and saved are an exponential moving average over about the last 100
# steps: worth 1 to 2 nats while the learning rate is high, and nothing lost when it is low.
EMA_STEPS = 100
# Adam's memory of squared gradients. Keras's 0.999 is longer than a first epoch.
BETA_2 = 0.99


def build_optimizer(
    train: TrainConfig, steps: int, has_grid_encoder: bool
) -> keras.optimizers.Optimizer:
    """Return the optimizer of one part of a run: with the encoder network or the grid encoder.

    Args:
        steps: Steps an epoch.
    """
    schedules = keras.optimizers.schedules
    if train.optimizer != "adamw":
        kind = {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop}[train.optimizer]
        rate = schedules.ExponentialDecay(train.learning_rate, steps, train.decay, staircase=True)
        return kind(rate)
    epochs = train.epochs - train.network_epochs if has_grid_encoder else train.network_epochs
    ema_steps = min(EMA_STEPS, max(1, steps // 6))  # a short run must not lag behind
    return keras.optimizers.AdamW(
        schedules.CosineDecay(train.learning_rate, epochs * steps),
        weight_decay=train.weight_decay,
        beta_2=BETA_2,
        use_ema=True,
        ema_momentum=1 - 1 / ema_steps,
    )
