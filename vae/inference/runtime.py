"""LatentModel: the trained networks on LiteRT, TensorFlow's small runtime."""

import os
from pathlib import Path
from threading import Lock

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from vae.store.card import invalid_model
from vae.store.folder import read_model

BATCH = 1024  # rows a call: large enough to be fast, small enough to hold in the cache
THREADS = min(os.cpu_count() or 1, 4)


def load(name: str) -> "LatentModel":
    """The model of that name. Raises ModelNotFoundError, ModelInvalidError."""
    return LatentModel(read_model(name).path)


class LatentModel:
    """An encoder onto the latent plane and a decoder back; safe to call from several threads."""

    def __init__(self, folder: Path):
        """Load `encoder.tflite` and `decoder.tflite`. Raises ModelInvalidError."""
        self._encoder = _Network(folder / "encoder.tflite", (28, 28, 1), [(2,), (2,)])
        self._decoder = _Network(folder / "decoder.tflite", (2,), [(28, 28, 1)])

    def encode(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and log-variance of q(z|x), each (n, 2) float32.

        Args:
            images: (n, 28, 28), float in [0, 1], bright ink on black.

        Raises:
            ValueError: another shape.
        """
        images = np.asarray(images, np.float32)
        if images.ndim != 3 or images.shape[1:] != (28, 28):
            raise ValueError(f"images must be (n, 28, 28), got {images.shape}.")
        mean, log_var = self._encoder(images[..., None])
        return mean, log_var

    def decode(self, z: np.ndarray) -> np.ndarray:
        """The imagined digits, (n, 28, 28) float32 in [0, 1], at the places z, (n, 2).

        Raises:
            ValueError: another shape.
        """
        z = np.asarray(z, np.float32)
        if z.ndim != 2 or z.shape[1] != 2:
            raise ValueError(f"z must be (n, 2), got {z.shape}.")
        (images,) = self._decoder(z)
        return images[..., 0]


class _Network:
    """One .tflite file; an interpreter is not thread-safe, so a lock goes with it."""

    def __init__(self, path: Path, takes: tuple, gives: list[tuple]):
        try:
            self._interpreter = Interpreter(str(path), num_threads=THREADS)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise invalid_model(path.parent, f"{path.name} is no LiteRT model ({error})") from None
        inputs = self._interpreter.get_input_details()
        self._outputs = self._interpreter.get_output_details()
        found = [_shapes(inputs), _shapes(self._outputs)]
        if found != [[takes], gives]:
            raise invalid_model(path.parent, f"{path.name} maps {found}, not {takes} to {gives}")
        (self._input,) = inputs
        self._gives = gives
        self._rows = int(self._input["shape"][0])
        self._lock = Lock()

    def __call__(self, rows: np.ndarray) -> list[np.ndarray]:
        parts = [self._run(rows[i : i + BATCH]) for i in range(0, len(rows), BATCH)]
        if not parts:
            return [np.empty((0, *shape), np.float32) for shape in self._gives]
        return [np.concatenate(column) for column in zip(*parts, strict=True)]

    def _run(self, rows: np.ndarray) -> list[np.ndarray]:
        with self._lock:
            if len(rows) != self._rows:
                self._interpreter.resize_tensor_input(self._input["index"], rows.shape)
                self._interpreter.allocate_tensors()
                self._rows = len(rows)
            self._interpreter.set_tensor(self._input["index"], rows)
            self._interpreter.invoke()
            return [self._interpreter.get_tensor(o["index"]) for o in self._outputs]


def _shapes(tensors: list[dict]) -> list[tuple]:
    """Their shapes without the batch; one that is not float32 counts as misshapen."""
    return [tuple(t["shape"][1:]) if t["dtype"] == np.float32 else () for t in tensors]
