"""LatentModel: the trained networks on LiteRT, TensorFlow's small runtime."""

import os
from functools import cached_property
from pathlib import Path
from threading import Lock

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from vae.store.card import UNCALIBRATED, Calibration, ReferencePercentiles, invalid_model
from vae.store.folder import ModelFolder, read_latents, read_model

BATCH = 1024  # rows a call: large enough to be fast, small enough to hold in the cache
THREADS = min(os.cpu_count() or 1, 4)


def load(name: str) -> "LatentModel":
    """Return the model of that name. Raises ModelNotFoundError, ModelInvalidError."""
    folder = read_model(name)
    return LatentModel(folder.path, folder)


class LatentModel:
    """An encoder onto the latent plane and a decoder back; safe to call from several threads."""

    def __init__(self, path: Path, folder: ModelFolder | None = None):
        """Load `encoder.tflite` and `decoder.tflite` from the folder `path`.

        Args:
            path: Holds the two files.
            folder: The same folder verified, for `latents` and `reference_percentiles`.

        Raises:
            ModelInvalidError: A network is unreadable or of another shape.
        """
        self._folder = folder
        self._encoder = _Network(path / "encoder.tflite", (28, 28, 1), (2,), ("mean", "log_var"))
        self._decoder = _Network(path / "decoder.tflite", (2,), (28, 28, 1))

    @property
    def folder(self) -> ModelFolder:
        """The verified folder. Raises ValueError if the model was made without it."""
        if self._folder is None:
            raise ValueError("This model has no verified folder. Open it with vae.load(name).")
        return self._folder

    @cached_property
    def latents(self) -> dict[str, np.ndarray]:
        """The encoded test set, see `store.folder.read_latents`. Raises ModelInvalidError."""
        return read_latents(self.folder)

    @property
    def reference_percentiles(self) -> ReferencePercentiles:
        """The percentiles of real digits, from the model's card."""
        return self.folder.card.reference_percentiles

    @property
    def calibration(self) -> Calibration:
        """What an image's facts are worth on this model, from its card."""
        return self.folder.card.calibration or UNCALIBRATED

    def encode(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and log-variance of q(z|x), each (n, 2) float32.

        Args:
            images: (n, 28, 28), float in [0, 1], bright ink on black.

        Raises:
            ValueError: The images have another shape.
        """
        images = np.asarray(images, np.float32)
        if images.ndim != 3 or images.shape[1:] != (28, 28):
            raise ValueError(f"images must be (n, 28, 28), got {images.shape}.")
        mean, log_var = self._encoder(images[..., None])
        return mean, log_var

    def decode(self, z: np.ndarray) -> np.ndarray:
        """Return the digits, (n, 28, 28) float32 in [0, 1], at the places z, (n, 2).

        Raises:
            ValueError: The places have another shape.
        """
        z = np.asarray(z, np.float32)
        if z.ndim != 2 or z.shape[1] != 2:
            raise ValueError(f"z must be (n, 2), got {z.shape}.")
        (images,) = self._decoder(z)
        return images[..., 0]


class _Network:
    """One .tflite file with one input; an interpreter is not thread-safe, so a lock goes with it.

    The outputs, all of one shape, are found by the names of the signature, because the converter
    does not keep their order. A single output may have any name.
    """

    def __init__(
        self, path: Path, input_shape: tuple, output_shape: tuple, names: tuple[str, ...] = ()
    ):
        try:
            # By content: a file that is mapped and then cut short would end the process (SIGBUS).
            content = path.read_bytes()
            interpreter = Interpreter(model_content=content, num_threads=THREADS)
            interpreter.allocate_tensors()
            self._signature = interpreter.get_signature_runner()
        except (OSError, ValueError, RuntimeError) as error:
            raise invalid_model(path.parent, f"{path.name} is no LiteRT model ({error})") from None
        inputs, outputs = self._signature.get_input_details(), self._signature.get_output_details()
        self._names = names or tuple(outputs)[:1]
        expected = [input_shape], dict.fromkeys(self._names, output_shape)
        received = list(_shapes(inputs).values()), _shapes(outputs)
        if received != expected:
            reason = f"{path.name} has inputs and outputs {received}, not {expected}"
            raise invalid_model(path.parent, reason)
        (self._input,) = inputs
        self._output_shape = output_shape
        self._lock = Lock()

    def __call__(self, rows: np.ndarray) -> list[np.ndarray]:
        parts = [self._run(rows[i : i + BATCH]) for i in range(0, len(rows), BATCH)]
        if not parts:
            return [np.empty((0, *self._output_shape), np.float32) for _ in self._names]
        return [np.concatenate([part[name] for part in parts]) for name in self._names]

    def _run(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        with self._lock:
            return self._signature(**{self._input: rows})


def _shapes(tensors: dict[str, dict]) -> dict[str, tuple]:
    """Return shapes without the batch; a tensor that is not float32 counts as misshapen."""
    return {
        name: tuple(t["shape"][1:].tolist()) if t["dtype"] == np.float32 else ()
        for name, t in tensors.items()
    }
