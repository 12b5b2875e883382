"""Made-up digits, so that tests need no MNIST."""

from pathlib import Path

import numpy as np

from vae.data import Digits

# Top, top left, top right, middle, bottom left, bottom right, bottom: as on a pocket calculator.
SEGMENTS = ["1110111", "0010010", "1011101", "1011011", "0111010"]
SEGMENTS += ["1101011", "1101111", "1010010", "1111111", "1111011"]
PLACES = [(4, 8, 2, 12), (4, 8, 11, 2), (4, 18, 11, 2), (13, 8, 2, 12)]
PLACES += [(13, 8, 11, 2), (13, 18, 11, 2), (22, 8, 2, 12)]


def make_digits(count: int, seed: int) -> Digits:
    """Make calculator digits, 0 to 9 in turn, each shifted a little and of its own brightness."""
    random = np.random.default_rng(seed)
    labels = (np.arange(count) % 10).astype(np.uint8)
    images = np.zeros((count, 28, 28), np.uint8)
    for image, label in zip(images, labels, strict=True):
        down, right = random.integers(-2, 3, 2)
        for (top, left, height, width), lit in zip(PLACES, SEGMENTS[label], strict=True):
            if lit == "1":
                rows = slice(top + down, top + down + height)
                image[rows, left + right : left + right + width] = random.integers(150, 256)
    return Digits(images, labels)


def write_mnist(path: Path, train: Digits, test: Digits) -> Path:
    """Write those digits as an mnist.npz and return its path."""
    arrays = {"x_train": train.images, "y_train": train.labels}
    np.savez(path, **arrays, x_test=test.images, y_test=test.labels)
    return path
