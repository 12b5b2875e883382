"""How the weights learn: the optimiser and its learning rate over a run."""

import keras

from vae.config import TrainConfig

# The weights measured and kept are a moving average over about the last 100 steps: worth 1 to 2
# nats while the learning rate is high, and nothing lost when it is low.
AVERAGED_STEPS = 100
# Adam's memory of squared gradients. Keras's 0.999 is longer than a first epoch.
BETA_2 = 0.99


def optimizer(train: TrainConfig, steps: int, surveys: bool) -> keras.optimizers.Optimizer:
    """The optimiser of a run of so many steps an epoch, or of the part of it that surveys."""
    schedules = keras.optimizers.schedules
    if train.optimizer != "adamw":
        kind = {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop}[train.optimizer]
        rate = schedules.ExponentialDecay(train.learning_rate, steps, train.decay, staircase=True)
        return kind(rate)
    epochs = train.epochs - train.network_epochs if surveys else train.network_epochs
    averaged = min(AVERAGED_STEPS, max(1, steps // 6))  # a short run must not lag behind
    return keras.optimizers.AdamW(
        schedules.CosineDecay(train.learning_rate, epochs * steps),
        weight_decay=train.weight_decay,
        beta_2=BETA_2,
        use_ema=True,
        ema_momentum=1 - 1 / averaged,
    )
