"""What others see of a run while it learns: its progress, and the map after every epoch."""

import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from vae.data import Digits
from vae.store import atomic, run_state
from vae.training.pipeline import grey

INTERVAL = 0.5  # seconds between two reports
SHOWN = 1000  # test digits on the map: their encoding is a hundredth of an epoch's work


class ProgressReporter(keras.callbacks.Callback):
    """Tells `report` how a run is doing, and keeps the map of each epoch in its folder.

    A frame, `frames/<epoch>.npz`, holds the `code`s of the first SHOWN test digits, `(n, 2)` f4,
    and their `label`s u1; one `digit` of each kind and its `redraw`, `(10, 28, 28)` u1. Frame 0 is
    before learning; one of an epoch that was broken off is as the stop left it.
    """

    def __init__(
        self,
        report: Callable[..., None],
        folder: Path,
        test: Digits,
        clock: Callable = time.perf_counter,
    ):
        super().__init__()
        self.report = report
        self.shown = Digits(test.images[:SHOWN], test.labels[:SHOWN])
        kinds = np.unique(self.shown.labels)
        self.kinds = [int(np.argmax(self.shown.labels == kind)) for kind in kinds]
        self.folder = folder / run_state.SNAPSHOTS
        self.clock = clock
        self.told = -INTERVAL

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch
        if not (self.folder / f"{epoch:04d}.npz").exists():
            self.model.refresh_encoder()
            self.save_snapshot(epoch)

    def on_train_batch_begin(self, batch, logs=None):
        now = self.clock()
        if batch <= 1:  # the first step may take seconds: TensorFlow builds its function
            self.began = now
        if now - self.told < INTERVAL:
            return
        self.told = now
        speed = (batch - 1) / (now - self.began) if batch > 1 else 0.0
        left, steps = None, self.params["steps"]
        if speed:
            epochs = self.model.train_config.epochs - self.epoch - batch / steps
            left = round(epochs * steps / speed, 1)
        self.report(
            epoch=self.epoch,
            step=batch,
            steps=steps,
            steps_per_second=round(speed, 1),
            seconds_left=left,
        )

    def on_test_end(self, logs=None):  # of the averaged weights, surveyed
        self.save_snapshot(self.epoch + 1)

    def save_snapshot(self, epoch: int) -> None:
        """Write the map as it is now as that epoch's. Raises StorageError."""
        images = grey(self.shown.images)
        codes = keras.ops.convert_to_numpy(self.model.encoder(images)["mean"])
        logits = self.model.decoder(codes[self.kinds])
        redraws = keras.ops.convert_to_numpy(keras.ops.sigmoid(logits))[..., 0]
        beside = self.folder / f".{epoch:04d}.npz"
        with atomic.storage_errors():
            self.folder.mkdir(exist_ok=True)
            np.savez(
                beside,
                code=codes.astype("f4"),
                label=self.shown.labels,
                digit=self.shown.images[self.kinds],
                redraw=np.round(redraws * 255).astype("u1"),
            )
            beside.replace(self.folder / f"{epoch:04d}.npz")
