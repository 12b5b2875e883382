"""What others see of a run while it learns: its progress, and the map after every epoch."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from vae.data import Digits
from vae.runs import progress as runs
from vae.store import atomic as disk
from vae.store import run_state
from vae.training.pipeline import grey

INTERVAL = 0.5  # seconds between two reports
SHOWN = 1000  # test digits on the map: their encoding is a hundredth of an epoch's work


class Reporter(keras.callbacks.Callback):
    """Tells `runs` how a run is doing, and keeps the map of each epoch in its folder.

    A frame, `frames/<epoch>.npz`, holds the `code`s of the first SHOWN test digits, `(n, 2)` f4,
    and their `label`s u1; one `digit` of each kind and its `redraw`, `(10, 28, 28)` u1. Frame 0 is
    before learning; one of an epoch that was broken off is as the stop left it.
    """

    def __init__(self, progress: runs.Progress, test: Digits, clock: Callable = time.perf_counter):
        super().__init__()
        self.progress = replace(progress, phase="training")
        self.shown = Digits(test.images[:SHOWN], test.labels[:SHOWN])
        kinds = np.unique(self.shown.labels)
        self.kinds = [int(np.argmax(self.shown.labels == kind)) for kind in kinds]
        self.folder: Path = runs.folder(progress.name) / run_state.SNAPSHOTS
        self.clock = clock
        self.told = -INTERVAL

    def on_train_begin(self, logs=None):
        self.progress = replace(
            self.progress, epochs=self.model.train_config.epochs, steps=self.params["steps"]
        )

    def on_epoch_begin(self, epoch, logs=None):
        self.progress = replace(self.progress, epoch=epoch, step=0)
        if not (self.folder / f"{epoch:04d}.npz").exists():
            self.model.refresh_encoder()
            self.keep_frame(epoch)

    def on_train_batch_begin(self, batch, logs=None):
        now = self.clock()
        if batch <= 1:  # the first step may take seconds: TensorFlow builds its function
            self.began = now
        if now - self.told < INTERVAL:
            return
        self.told = now
        speed = (batch - 1) / (now - self.began) if batch > 1 else 0.0
        left = None
        if speed:
            epochs = self.progress.epochs - self.progress.epoch - batch / self.progress.steps
            left = round(epochs * self.progress.steps / speed, 1)
        runs.tell(
            replace(self.progress, step=batch, steps_per_second=round(speed, 1), seconds_left=left)
        )

    def on_test_end(self, logs=None):  # of the averaged weights, surveyed
        self.keep_frame(self.progress.epoch + 1)

    def keep_frame(self, epoch: int) -> None:
        """Write the map as it is now as that epoch's. Raises StorageError."""
        images = grey(self.shown.images)
        codes = keras.ops.convert_to_numpy(self.model.encoder(images)["mean"])
        logits = self.model.decoder(codes[self.kinds])
        redraws = keras.ops.convert_to_numpy(keras.ops.sigmoid(logits))[..., 0]
        beside = self.folder / f".{epoch:04d}.npz"
        with disk.storage_errors():
            self.folder.mkdir(exist_ok=True)
            np.savez(
                beside,
                code=codes.astype("f4"),
                label=self.shown.labels,
                digit=self.shown.images[self.kinds],
                redraw=np.round(redraws * 255).astype("u1"),
            )
            beside.replace(self.folder / f"{epoch:04d}.npz")
