"""Find, download and check MNIST."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import platformdirs

from vae.errors import DataError

URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
LOCAL = Path(__file__).resolve().parent.parent / "data" / "mnist.npz"
ADVICE = "Move it away and run `python -m vae data` online, or set MNIST_NPZ to a good mnist.npz."


@dataclass(frozen=True)
class Digits:
    """Labelled digits: images (n, 28, 28) uint8, bright ink on black; labels (n,) uint8, 0 to 9."""

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)


def find() -> Path | None:
    """Return the path of MNIST on this machine, or None.

    The first of: the file that MNIST_NPZ names, `data/mnist.npz`, the user's cache.

    Raises:
        DataError: MNIST_NPZ names a file that does not exist.
    """
    if name := os.environ.get("MNIST_NPZ"):
        if not Path(name).is_file():
            problem = f"MNIST_NPZ names {name}, and there is no such file"
            raise DataError(f"{problem}. Correct or unset it.")
        return Path(name)
    return next((path for path in (LOCAL, _cached()) if path.is_file()), None)


def fetch() -> Path:
    """Return the path of MNIST, after a download with a progress bar if this machine has none.

    Raises:
        DataError: The download failed, or its hash is not MNIST's.
    """
    if path := find():
        return path
    import pooch  # slow to import, and almost never needed

    cached = _cached()
    try:
        pooch.retrieve(URL, f"sha256:{SHA256}", cached.name, cached.parent, progressbar=True)
    except Exception as error:  # requests, pooch and the file system each raise their own kinds
        raise DataError(
            f"MNIST could not be downloaded ({_reason(error)}). Run `python -m vae data` online, "
            "or set MNIST_NPZ to a good mnist.npz."
        ) from error
    return cached


def train_set() -> Digits:
    """Return the training digits (60,000 in MNIST). Raises DataError."""
    return _read(fetch(), "train")


def test_set() -> Digits:
    """Return the test digits (10,000 in MNIST). Raises DataError."""
    return _read(fetch(), "test")


def unit(images: np.ndarray) -> np.ndarray:
    """Return uint8 images as float32 in [0, 1]."""
    return images.astype(np.float32) / 255


def _cached() -> Path:
    return platformdirs.user_cache_path("latent-explorer", appauthor=False) / "mnist.npz"


def _read(path: Path, part: str) -> Digits:
    try:
        with np.load(path, allow_pickle=False) as archive:
            images, labels = (np.asarray(archive[f"{axis}_{part}"]) for axis in "xy")
    except KeyError:
        raise DataError(f"{path} has no x_{part} and y_{part}: it is not MNIST. {ADVICE}") from None
    except Exception as error:  # a damaged archive raises nearly anything, MemoryError included
        raise DataError(
            f"{path} is damaged, or not a NumPy archive ({_reason(error)}). {ADVICE}"
        ) from error
    if defect := _defect(part, images, labels):
        raise DataError(f"{path}: {defect}. {ADVICE}")
    return Digits(images, labels.astype(np.uint8))


def _reason(error: Exception) -> str:
    """Return the first line of an error's text, or its type where it has none."""
    return ((str(error).splitlines() or [""])[0] or type(error).__name__)[:120]


def _defect(part: str, images: np.ndarray, labels: np.ndarray) -> str:
    """Return what is wrong with these arrays, or ""."""
    if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != (28, 28):
        return f"x_{part} must be (n, 28, 28) uint8, got {images.shape} {images.dtype}"
    if labels.shape != images.shape[:1] or labels.dtype.kind not in "ui" or not len(labels):
        shape = f"({len(images)},)"
        return f"y_{part} must be {shape} whole numbers, got {labels.shape} {labels.dtype}"
    if labels.min() < 0 or labels.max() > 9:
        return f"labels must be 0 to 9, got {labels.min()} to {labels.max()}"
    return f"pixels must reach 255, got {images.max()} at most" if images.max() <= 1 else ""
