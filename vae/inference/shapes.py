"""What the strokes of digits look like: a density over the directions of a digit's edges.

It knows nothing of any map. It tells a letter from a digit where a map's log p(x) cannot, for few,
plain strokes are likely on any map; and it is a second opinion on which digit an image shows.
"""

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("shapes.npz")  # written by `python -m vae.runs.calibrate`
BINS = 8  # directions
CELLS = slice(4, 25, 5)  # rows and columns of the cells' middles, in pixels: 5 each way
CELL_SPREAD = 2.5  # standard deviation of a cell, in pixels
AXES = 50  # principal axes that are kept
STYLES = 4  # Gaussians a digit: 7s with a bar and without, 4s open and closed
RIDGE = 0.02  # share of the mean variance that is added to every axis
BATCH = 5000  # images at a time: bounds the memory


def edge_directions(images: np.ndarray) -> np.ndarray:
    """Return how much edge runs in which direction where, (n, 200), rows of unit length.

    The gradient's length is shared among the nearest two of 8 directions and summed in 5 x 5 soft
    cells; the square root of the shares of the sum makes strong edges count less.

    Args:
        images: (n, 28, 28) in [0, 1].

    Reference: Dalal and Triggs, 2005.
    """
    from scipy import ndimage  # slow to import

    smooth = ndimage.gaussian_filter(images.astype(np.float32), (0, 0.6, 0.6))
    down, right = np.gradient(smooth, axis=(1, 2))
    angle = np.arctan2(down, right) % (2 * np.pi) / (2 * np.pi) * BINS
    length = np.hypot(down, right)
    cells = []
    for direction in range(BINS):
        apart = np.abs((angle - direction + BINS / 2) % BINS - BINS / 2)  # circular, in bins
        edges = length * np.maximum(0, 1 - apart)
        spread = ndimage.gaussian_filter(edges, (0, CELL_SPREAD, CELL_SPREAD))
        cells.append(spread[:, CELLS, CELLS].reshape(len(images), -1))
    histogram = np.concatenate(cells, axis=1)
    return np.sqrt(histogram / (histogram.sum(axis=1, keepdims=True) + 1e-3))


@dataclass(frozen=True)
class ShapeDensity:
    """For each digit, STYLES Gaussians over the principal axes of `edge_directions`."""

    mean: np.ndarray  # (200,)
    axes: np.ndarray  # (AXES, 200)
    centers: np.ndarray  # (10, STYLES, AXES)
    whiteners: np.ndarray  # (10, STYLES, AXES, AXES), lower triangular
    constants: np.ndarray  # (10, STYLES), -2 log of weight and normalisation

    def energies(self, images: np.ndarray) -> np.ndarray:
        """Return how unlike each digit the images (n, 28, 28) are, (n, 10).

        It is -2 log density of the digit's likeliest style, up to a constant.
        """
        parts = (edge_directions(images) - self.mean) @ self.axes.T  # (n, AXES)
        away = parts[:, None, None] - self.centers  # (n, 10, STYLES, AXES)
        white = np.einsum("dsij,ndsj->ndsi", self.whiteners, away, optimize=True)
        return ((white**2).sum(axis=-1) + self.constants).min(axis=-1)


def fit_density(images: np.ndarray, labels: np.ndarray) -> ShapeDensity:
    """Return the density of digits.

    Args:
        images: (n, 28, 28) in [0, 1], of every digit some thousands.
        labels: (n,) digits 0 to 9.
    """
    batches = (images[i : i + BATCH] for i in range(0, len(images), BATCH))
    features = np.concatenate([edge_directions(batch) for batch in batches])
    mean = features.mean(axis=0)
    _, vectors = np.linalg.eigh(np.cov(features.T))  # the smallest variance first
    axes = vectors[:, : -AXES - 1 : -1].T
    parts = (features - mean) @ axes.T
    styles = [_fit_styles(parts[labels == digit]) for digit in range(10)]
    centers, whiteners, constants = (np.stack(field) for field in zip(*styles, strict=True))
    fields = (mean, axes, centers, whiteners, constants)
    return ShapeDensity(*(field.astype(np.float32) for field in fields))


def write_density(density: ShapeDensity, path: Path = FILE) -> None:
    """Write a density as a NumPy archive."""
    np.savez_compressed(path, **asdict(density))


@cache
def load_density() -> ShapeDensity:
    """Return the density of MNIST's first 50,000 training digits, which comes with the program."""
    with np.load(FILE, allow_pickle=False) as archive:
        return ShapeDensity(**archive)


def _fit_styles(parts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return centers, whiteners and constants of one digit's Gaussians, given its (n, AXES)."""
    from scipy.cluster.vq import kmeans2  # needed here alone

    centers, style = kmeans2(parts, STYLES, minit="++", seed=0)
    whiteners, constants = [], []
    for i in range(STYLES):
        own = parts[style == i]
        covariance = np.cov(own.T)
        covariance += RIDGE * np.trace(covariance) / AXES * np.eye(AXES)
        whiteners.append(np.linalg.inv(np.linalg.cholesky(covariance)))
        weight = np.log(len(own) / len(parts))
        constants.append(np.linalg.slogdet(covariance)[1] - 2 * weight)
    return centers, np.stack(whiteners), np.array(constants)
