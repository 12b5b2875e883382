"""One training run: data -> model -> checkpoints -> history; stopped and resumed at will."""

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
from vae.training import checkpoint, pipeline
from vae.training.model import VAE
from vae.training.optimizer import optimizer

# A run on few images is validated on as many, and on no fewer than these: it would take longer than
# to learn.
VALIDATED = 1000
# After so many steps, and at an epoch's beginning, the plane is surveyed anew. That takes a second;
# in fewer steps the decoder does not change enough to matter.
SURVEY_STEPS = 120


@dataclass(frozen=True)
class FitResult:
    """What a run has come to.

    `history` holds a list for each of loss, reconstruction, kl, their val_ twins (nats per image)
    and seconds (training and validation together), one figure for every whole epoch.
    """

    vae: VAE
    history: dict[str, list[float]]
    is_finished: bool  # all epochs are done
    stop_reason: str  # why it ended before that, or ""
    has_steps: bool = True  # at least one step was taken


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
    reporter: keras.callbacks.Callback | None = None,
    verbose: bool = True,
) -> FitResult:
    """Train a model, or go on with a run that was stopped, in `weights/runs/<name>/`.

    In the first `network_epochs` with an encoder network; then the plane itself is searched.
    The same settings, seed and machine give the same history, resumed or not.

    Args:
        train: the first `train_config.subset` of these are learnt.
        validation: measured after every epoch, with grey pixels and one sample of z; as many of
            these as are learnt, and at least VALIDATED.
        resume: go on from the last finished epoch; otherwise an earlier run is set aside.
        target_elbo: end after the epoch whose validation ELBO, in nats per image, reaches it.
        all_devices: share each batch among all GPUs, or all logical CPUs where there is no GPU.
        should_stop: asked before every batch; when true the run ends, with the weights as they are.
        reporter: watches as well; on its `on_test_end`, after every epoch and after a stop in the
            midst of one, the weights are the averaged ones.

    Raises:
        TrainingError: the run cannot be resumed, or the loss became infinite or not a number.
        StorageError: a checkpoint could not be written; the one before it is kept.
    """
    images = train.images[: train_config.subset]
    build = partial(_compiled, model_config, train_config, len(images), all_devices)
    vae = build(_surveys(train_config, checkpoint.epochs(folder) if resume else 0))
    history = checkpoint.load(folder, vae) if resume else checkpoint.begin(folder, preset, vae)
    watch = _Watch(folder, preset, history, target_elbo, should_stop)
    run = partial(_run, watch=watch, reporter=reporter, images=images, verbose=verbose)
    if not watch.ended() and not vae.surveys:
        run(vae, validation)
        if not watch.stopped and train_config.network_epochs < train_config.epochs:
            vae = _surveying(vae, build)
    if not watch.stopped and vae.surveys:
        run(vae, validation)
    _settle(vae)
    if watch.broke_off and reporter:
        with contextlib.suppress(StorageError):  # the model is worth more than its picture
            reporter.on_test_end()
    learnt = bool(watch.steps or history["loss"])
    finished = len(history["loss"]) == train_config.epochs
    return FitResult(vae, history, finished, "" if finished else watch.stopped, learnt)


def _surveys(config: TrainConfig, done: int) -> bool:
    """Whether the checkpoint after `done` epochs is of a model that surveys the plane."""
    return config.network_epochs == 0 or done > config.network_epochs


def _surveying(vae: VAE, build: Callable[[bool], VAE]) -> VAE:
    """A model that goes on with what this one's decoder has learnt, without its encoder."""
    _settle(vae)
    successor = build(True)
    successor.decoder.set_weights(vae.decoder.get_weights())
    return successor


def _settle(vae: VAE) -> None:
    """The averages become the weights; before the first step there are none."""
    if vae.optimizer.use_ema and tf.convert_to_tensor(vae.optimizer.iterations.value) > 0:
        vae.optimizer.finalize_variable_values(vae.trainable_variables)
    vae.refresh_encoder()


def elbo(history: dict[str, list[float]]) -> float:
    """The last epoch's validation ELBO, in nats per image; minus infinity before the first."""
    if not history["val_loss"]:
        return -math.inf
    return -(history["val_reconstruction"][-1] + history["val_kl"][-1])


class _Stop(Exception):  # noqa: N818  (no error: the way out of Keras's loop without a validation)
    pass


class _Watch(keras.callbacks.Callback):
    """What happens around Keras's loop: seeds before an epoch, the record after it, and the end."""

    def __init__(
        self,
        folder: Path,
        preset: str,
        history: dict,
        target: float | None,
        should_stop: Callable,
    ):
        super().__init__()
        self.folder = folder
        self.preset = preset
        self.history = history
        self.target = target
        self.should_stop = should_stop
        self.stopped = ""
        self.broke_off = False  # in the midst of an epoch
        self.steps = 0

    def ended(self) -> bool:
        """Whether the target is reached, with the reason noted."""
        if self.target is not None and elbo(self.history) >= self.target:
            self.stopped = f"the validation ELBO, {elbo(self.history):.2f}, reached the target"
        return bool(self.stopped)

    def on_epoch_begin(self, epoch, logs=None):
        self.model.restart_noise(epoch)
        self.began = time.perf_counter()

    # At a batch's beginning, not its end: Keras need not wait there for the batch's figures.
    def on_train_batch_begin(self, batch, logs=None):
        self._stop_if_asked(in_the_midst=batch > 0)
        if batch % SURVEY_STEPS == 0:
            self.model.refresh_encoder()
        self.steps += 1

    def on_test_begin(self, logs=None):
        self.model.refresh_encoder()  # of the averaged weights

    def on_test_batch_begin(self, batch, logs=None):
        self._stop_if_asked(in_the_midst=True)

    def on_epoch_end(self, epoch, logs=None):
        figures = {**logs, "seconds": time.perf_counter() - self.began}
        self._check_finite(epoch, figures)
        for name, past in self.history.items():
            past.append(round(float(figures[name]), 4))
        checkpoint.save(self.folder, self.preset, self.model, self.history)
        self.model.stop_training = self.ended()

    def _stop_if_asked(self, in_the_midst: bool) -> None:
        if self.should_stop():
            self.stopped = "it was asked to stop"
            self.broke_off = in_the_midst
            raise _Stop

    def _check_finite(self, epoch: int, figures: dict) -> None:
        if all(math.isfinite(figure) for figure in figures.values()):
            return
        rate = self.model.train_config.learning_rate
        raise TrainingError(
            f"Training came apart in epoch {epoch + 1}: the loss is no longer a finite number. "
            f"Begin anew with a lower learning rate than {rate:g} (such as {rate / 4:g})."
        )


def _run(
    vae: VAE,
    validation: Digits,
    *,
    watch: _Watch,
    reporter: keras.callbacks.Callback | None,
    images: np.ndarray,
    verbose: bool,
) -> None:
    """The epochs that are left with this model's kind of encoder."""
    config, first_epoch = vae.train_config, len(watch.history["loss"])
    averaging = [keras.callbacks.SwapEMAWeights()] if vae.optimizer.use_ema else []
    lines = 1 if sys.stdout.isatty() else 2  # a moving bar, or one line an epoch
    try:
        vae.fit(
            pipeline.batches(images, config, first_epoch),
            steps_per_epoch=_steps(len(images), config),
            initial_epoch=first_epoch,
            epochs=config.epochs if vae.surveys else config.network_epochs,
            validation_data=pipeline.in_order(validation.images[: max(VALIDATED, len(images))]),
            callbacks=[*([reporter] if reporter else []), *averaging, watch],
            verbose=lines if verbose else 0,
            shuffle=False,  # the batches are shuffled as they are made
        )
    except _Stop:
        for swap in averaging:
            swap.on_test_end()  # if it came in the validation, Keras has not


def _compiled(
    model: ModelConfig, train: TrainConfig, images: int, all_devices: bool, surveys: bool
) -> VAE:
    keras.utils.set_random_seed(train.seed)
    with _strategy(all_devices).scope():
        vae = VAE(model, train, surveys)
        learner = optimizer(train, _steps(images, train), surveys)
        vae.compile(optimizer=learner, jit_compile=False)  # compiling costs what XLA saves
        learner.build(vae.trainable_variables)  # so that its state can be loaded
    return vae


@cache  # a second one in a process would confuse the first one's messages
def _strategy(all_devices: bool) -> tf.distribute.Strategy:
    if not all_devices:
        return tf.distribute.get_strategy()
    gpus, cpus = (tf.config.list_logical_devices(kind) for kind in ("GPU", "CPU"))
    return tf.distribute.MirroredStrategy([device.name for device in gpus or cpus])


def _steps(images: int, config: TrainConfig) -> int:
    return math.ceil(images / config.batch_size)
