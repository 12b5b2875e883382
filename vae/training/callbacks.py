"""The callback that reports a run's progress and saves a snapshot of the map after every epoch."""

import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from vae.data import Digits
from vae.store import atomic, run_state
from vae.training.pipeline import to_float

INTERVAL = 0.5  # seconds between two reports
SHOWN = 1000  # test digits on the map: encoding them takes a hundredth of an epoch


class ProgressReporter(keras.callbacks.Callback):
    """Reports progress twice a second and saves a snapshot before training and after each epoch.

    Args:
        report: Called with `epoch` (whole epochs done), `step` (in the epoch under way), `steps`
            (in an epoch), `steps_per_second` and `seconds_left` (None while unknown), by keyword.
        folder: The run's folder; see `save_snapshot` for what is written there.
        test: Test digits; the first SHOWN are on the map.
        clock: Returns seconds.
    """

    def __init__(
        self,
        report: Callable[..., None],
        folder: Path,
        test: Digits,
        clock: Callable[[], float] = time.perf_counter,
    ):
        super().__init__()
        self.report = report
        self.folder = folder / run_state.SNAPSHOTS
        self.digits = Digits(test.images[:SHOWN], test.labels[:SHOWN])
        # Places of the first of each digit.
        self.examples = np.unique(self.digits.labels, return_index=True)[1]
        self.clock = clock
        self.last_report = -INTERVAL

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch
        if not self._snapshot(epoch).exists():
            self.model.refresh_encoder()
            self.save_snapshot(epoch)

    def report_preparation(self, step: int, steps: int) -> None:
        """Report a step of what comes before the first epoch; the time left is unknown then."""
        if self._is_due(self.clock()):
            self.report(epoch=0, step=step, steps=steps, steps_per_second=0.0, seconds_left=None)

    def on_train_batch_begin(self, batch, logs=None):
        now = self.clock()
        if batch <= 1:  # the first step may take seconds: TensorFlow builds its function
            self.start = now
        if not self._is_due(now):
            return
        steps = self.params["steps"]
        speed = (batch - 1) / (now - self.start) if batch > 1 else 0.0
        left = (self.model.train_config.epochs - self.epoch) * steps - batch
        counts = {"epoch": self.epoch, "step": batch, "steps": steps}
        seconds_left = round(left / speed, 1) if speed else None
        self.report(**counts, steps_per_second=round(speed, 1), seconds_left=seconds_left)

    def _is_due(self, now: float) -> bool:
        """Return whether the last report is INTERVAL ago, and count one as made now if so."""
        if now - self.last_report < INTERVAL:
            return False
        self.last_report = now
        return True

    def on_test_end(self, logs=None):  # the weights are the averaged ones, the encoder fits them
        self.save_snapshot(self.epoch + 1)

    def save_snapshot(self, epoch: int, codes: np.ndarray | None = None) -> None:
        """Write the map as it is now as `snapshots/<epoch>.npz`.

        It holds `code`, `(n, 2)` f4, and `label`, `(n,)` u1, of the first SHOWN test digits; one
        `digit` of each kind and its `redraw`, `(10, 28, 28)` u1. Epoch 0 is before training; the
        last one may be of an epoch that a stop broke off.

        Args:
            codes: `(n, 2)`, the encoder's otherwise.

        Raises:
            StorageError: The disk is full or the folder cannot be written.
        """
        if codes is None:
            code = self.model.encoder(to_float(self.digits.images))
            codes = keras.ops.convert_to_numpy(code["mean"])
        logits = self.model.decoder(codes[self.examples])
        redraws = keras.ops.convert_to_numpy(keras.ops.sigmoid(logits))[..., 0]
        new = self.folder / f".{epoch:04d}.npz"
        with atomic.storage_errors():
            self.folder.mkdir(exist_ok=True)
            np.savez(
                new,
                code=codes.astype("f4"),
                label=self.digits.labels,
                digit=self.digits.images[self.examples],
                redraw=np.round(redraws * 255).astype("u1"),
            )
            new.replace(self._snapshot(epoch))

    def _snapshot(self, epoch: int) -> Path:
        return self.folder / f"{epoch:04d}.npz"
