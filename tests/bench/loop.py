"""What the training loop costs beside a bare compiled step of the same model."""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

from .figure import Figure

STEPS = 60  # of the loop, then as many bare ones, in turn
SETTLE = 10  # steps before each of them that do not count
ROUNDS = 6


def measure() -> Iterator[Figure]:
    """The figures of `fit.fit` beside the same model's step, in turn.

    All rounds lie within one epoch; its end would show in the spread.
    """
    loop, bare = _take_turns()
    steps = {"reference": "a bare compiled step", "reference_values": bare}
    yield Figure("training: a step in the loop", "ms", loop, **steps)
    overhead = [100 * (own / other - 1) for own, other in zip(loop, bare, strict=True)]
    yield Figure("training: the loop's overhead", "%", overhead, most=10)


def _take_turns() -> tuple[list[float], list[float]]:
    """Milliseconds a step, round by round: in the loop, and bare."""
    from vae import config, data  # TensorFlow: five seconds, and only this part needs it here
    from vae.training import fit

    preset = config.get_preset("explorer")
    train, test = data.train_set(), data.test_set()
    turns = _Turns(_bare_steps(preset, train.images))
    with (
        tempfile.TemporaryDirectory() as weights,
        patch.dict(os.environ, VAE_WEIGHTS=weights),
    ):
        fit.fit(
            Path(weights) / "loop",
            "explorer",
            preset.model,
            preset.train,
            train,
            test,
            should_stop=turns,
            verbose=False,
        )
    return turns.loop, turns.bare


def _bare_steps(preset, images):
    """A function that takes so many steps of a twin model, on tensors that lie ready."""
    import tensorflow as tf

    from vae.training import fit, pipeline

    twin = fit._compiled(preset.model, preset.train, len(images), False, surveys=False)
    ready = list(pipeline.batches(images, preset.train, 0).take(STEPS))
    step = tf.function(lambda batch: twin.train_step((batch,)))

    def steps(count: int) -> None:
        for batch in ready[:count]:
            step(batch)

    steps(SETTLE)
    return steps


class _Turns:
    """Asked before every step of the loop whether to stop; holds the clock, and gives the bare
    steps their turn."""

    def __init__(self, bare_steps):
        self.bare_steps = bare_steps
        self.loop, self.bare = [], []
        self.step = 0

    def __call__(self) -> bool:
        if self.step == SETTLE:
            self.began = time.perf_counter()
        if self.step == SETTLE + STEPS:
            self.loop.append(1000 * (time.perf_counter() - self.began) / STEPS)
            self.bare.append(self._bare_turn())
            self.step = 0
        self.step += 1
        return len(self.loop) == ROUNDS

    def _bare_turn(self) -> float:
        self.bare_steps(SETTLE)
        began = time.perf_counter()
        self.bare_steps(STEPS)
        return 1000 * (time.perf_counter() - began) / STEPS
