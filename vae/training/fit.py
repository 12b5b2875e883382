"""One training run: data, model, checkpoints and history; it can be stopped and resumed."""

import contextlib
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from vae.config import ModelConfig, TrainConfig
from vae.data import Digits
from vae.errors import StorageError, TrainingError
from vae.store.run_state import read_run_state
from vae.training import checkpoint, em, pipeline
from vae.training.callbacks import ProgressReporter
from vae.training.model import VAE
from vae.training.optimizer import build_optimizer

# A run on few images is validated on as many, and on no fewer than these: more would take longer
# than the training.
MIN_VALIDATION = 1000
# A grid encoder is brought up to date after so many steps, and at an epoch's beginning. That takes
# a second; in fewer steps the decoder does not change enough to matter.
REFRESH_STEPS = 120


@dataclass(frozen=True)
class FitResult:
    """What a run came to.

    `history` maps loss, reconstruction, kl, their val_ twins (nats per image) and seconds (with
    validation) to one figure for every whole epoch.
    """

    vae: VAE
    history: dict[str, list[float]]
    is_finished: bool  # all epochs are done
    stop_reason: str  # why it ended before that, or ""
    has_steps: bool = True  # at least one training step was taken


def fit(
    folder: Path,
    preset: str,
    model_config: ModelConfig,
    train_config: TrainConfig,
    train: Digits,
    validation: Digits,
    *,
    resume: bool = False,
    target_elbo: float | None = None,
    all_devices: bool = False,
    should_stop: Callable[[], bool] = lambda: False,
    reporter: ProgressReporter | None = None,
    verbose: bool = True,
) -> FitResult:
    """Train a model in `folder`, or go on with the run that was stopped there.

    The first `network_epochs` train an encoder network with the decoder; in the rest a grid encoder
    takes its place, or the method of `em` all the time. The same settings, seed and machine give
    the same history, resumed or not.

    Args:
        folder: The run's folder; its name is the run's name.
        preset: Name of the preset, for the run's record.
        train: Its first `train_config.subset` digits are trained on.
        validation: Measured after every epoch, with grey pixels and one sample of z; as many of
            these as are trained on, and at least MIN_VALIDATION.
        resume: Go on from the last finished epoch; otherwise an earlier run is set aside.
        target_elbo: End after the epoch whose validation ELBO, in nats per image, reaches it.
        all_devices: Share each batch among all GPUs, or all logical CPUs without one; not in `em`.
        should_stop: Called before every batch; when true the run ends with the weights as they are.
        reporter: Reports progress and saves snapshots.
        verbose: Print Keras's progress.

    Raises:
        TrainingError: The run cannot be resumed, or the loss became infinite or not a number.
        StorageError: A checkpoint could not be written; the one before it is kept.
    """
    images = train.images[: train_config.subset]
    build = partial(_build, model_config, train_config, len(images), all_devices)
    epochs = len(read_run_state(folder).history["loss"]) if resume else 0
    network_epochs = train_config.network_epochs
    vae = build(network_epochs == 0 or epochs > network_epochs)
    places = [keras.Variable(np.zeros((len(images), 2), "f4"))] if train_config.is_em else []
    history = (checkpoint.load if resume else checkpoint.begin)(folder, preset, vae, places)
    save = partial(checkpoint.save, folder, preset, extra=places)
    watch = _RunCallback(save, history, target_elbo, should_stop)
    validation_images = validation.images[: max(MIN_VALIDATION, len(images))]
    run = partial(_run, images, validation_images, watch, reporter, verbose)
    if not watch.reached_target() and not vae.has_grid_encoder:
        run(vae)
        if not watch.stop_reason and network_epochs < train_config.epochs:
            _apply_ema(vae)
            decoder, vae = vae.decoder, build(True)
            vae.decoder.set_weights(decoder.get_weights())
    if not watch.stop_reason and vae.has_grid_encoder:
        if places:
            with contextlib.suppress(_Stop):
                em.run(vae, images, validation_images, watch, reporter, verbose, places[0])
        else:
            run(vae)
    _apply_ema(vae)
    if watch.is_mid_epoch and reporter:
        with contextlib.suppress(StorageError):  # the model is worth more than its snapshot
            reporter.save_snapshot(len(history["loss"]) + 1)
    is_finished = len(history["loss"]) == train_config.epochs
    stop_reason = "" if is_finished else watch.stop_reason
    has_steps = bool(watch.steps or history["loss"])
    return FitResult(vae, history, is_finished, stop_reason, has_steps)


def elbo(history: dict[str, list[float]]) -> float:
    """Return the last epoch's validation ELBO, in nats per image; -inf before the first."""
    if not history["val_loss"]:
        return -math.inf
    return -(history["val_reconstruction"][-1] + history["val_kl"][-1])


def _apply_ema(vae: VAE) -> None:
    """Set the weights to their moving averages; before the first step there are none."""
    if vae.optimizer.use_ema and tf.convert_to_tensor(vae.optimizer.iterations.value) > 0:
        vae.optimizer.finalize_variable_values(vae.trainable_variables)
    vae.refresh_encoder()


class _Stop(Exception):  # noqa: N818  (no error)
    """Leaves Keras's loop at once, where `stop_training` would finish a validation first."""


class _RunCallback(keras.callbacks.Callback):
    """Seeds every epoch, keeps the encoder up to date, writes the checkpoints and ends the run."""

    def __init__(self, save: Callable, history: dict, target: float | None, should_stop: Callable):
        super().__init__()
        self.save = save
        self.history = history
        self.target = target
        self.should_stop = should_stop
        self.stop_reason = ""
        self.is_mid_epoch = False  # where it was stopped
        self.steps = 0

    def reached_target(self) -> bool:
        """Return whether the target is reached, and note it as the reason to stop."""
        if self.target is not None and elbo(self.history) >= self.target:
            self.stop_reason = f"the validation ELBO, {elbo(self.history):.2f}, reached the target"
        return bool(self.stop_reason)

    def on_epoch_begin(self, epoch, logs=None):
        self.model.restart_noise(epoch)
        self.epoch_start = time.perf_counter()

    # At a batch's beginning, not its end: Keras need not wait there for the batch's figures.
    def on_train_batch_begin(self, batch, logs=None):
        self.stop_if_requested(is_mid_epoch=batch > 0)
        if batch % REFRESH_STEPS == 0 and not self.model.train_config.is_em:
            self.model.refresh_encoder()
        self.steps += 1

    def on_test_begin(self, logs=None):
        self.model.refresh_encoder()  # the weights are the averaged ones now

    def on_test_batch_begin(self, batch, logs=None):
        self.stop_if_requested(is_mid_epoch=True)

    def on_epoch_end(self, epoch, logs=None):
        if not all(map(math.isfinite, logs.values())):
            rate = self.model.train_config.learning_rate
            raise TrainingError(
                f"Training diverged in epoch {epoch + 1}: the loss is no longer a finite number. "
                f"Start over with a lower learning rate than {rate:g} (such as {rate / 4:g})."
            )
        figures = {**logs, "seconds": time.perf_counter() - self.epoch_start}
        for name, column in self.history.items():
            column.append(round(float(figures[name]), 4))
        self.save(self.model, self.history)
        self.model.stop_training = self.reached_target()

    def stop_if_requested(self, is_mid_epoch: bool) -> None:
        if self.should_stop():
            self.stop_reason = "it was asked to stop"
            self.is_mid_epoch = is_mid_epoch
            raise _Stop


def _run(
    images: np.ndarray,
    validation: np.ndarray,
    watch: _RunCallback,
    reporter: ProgressReporter | None,
    verbose: bool,
    vae: VAE,
) -> None:
    """Train the epochs that are left with this model's kind of encoder."""
    config, first_epoch = vae.train_config, len(watch.history["loss"])
    ema = [keras.callbacks.SwapEMAWeights()] if vae.optimizer.use_ema else []
    try:
        vae.fit(
            pipeline.batches(images, config, first_epoch),
            steps_per_epoch=math.ceil(len(images) / config.batch_size),
            initial_epoch=first_epoch,
            epochs=config.epochs if vae.has_grid_encoder else config.network_epochs,
            validation_data=pipeline.ordered_batches(validation),
            callbacks=[*([reporter] if reporter else []), *ema, watch],
            verbose=verbose and (1 if sys.stdout.isatty() else 2),  # a bar, or lines
            shuffle=False,  # the batches are shuffled as they are made
        )
    except _Stop:
        for swap in ema:
            swap.on_test_end()  # Keras has not, if the stop came in the validation


def _build(
    model: ModelConfig, train: TrainConfig, images: int, all_devices: bool, has_grid_encoder: bool
) -> VAE:
    """Return a compiled model whose optimizer has its variables, so that they can be restored."""
    keras.utils.set_random_seed(train.seed)
    with _strategy(all_devices and not train.is_em).scope():
        vae = VAE(model, train, has_grid_encoder)
        steps = em.STEPS if train.is_em else math.ceil(images / train.batch_size)
        optimizer = build_optimizer(train, steps, has_grid_encoder)
        vae.compile(optimizer=optimizer, jit_compile=False)  # compiling costs what XLA saves
        optimizer.build(vae.trainable_variables)
    return vae


@cache  # a second MirroredStrategy in a process would confuse the first one's messages
def _strategy(all_devices: bool) -> tf.distribute.Strategy:
    if not all_devices:
        return tf.distribute.get_strategy()
    gpus, cpus = (tf.config.list_logical_devices(kind) for kind in ("GPU", "CPU"))
    return tf.distribute.MirroredStrategy([device.name for device in gpus or cpus])
