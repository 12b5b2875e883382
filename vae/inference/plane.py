"""The latent plane: its bounds, the grid over it, the atlas of decoded tiles, what lies where."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

# In units of z, the coarsest first; each divides the half unit of the bounds.
SPACINGS = (0.5, 0.25, 0.125, 0.1, 0.0625, 0.5 / 9, 0.05)
ATLAS_ERROR = 0.003  # mean absolute error of a blended tile that nobody can see
MOST_TILES = 250**2  # of an atlas, whatever its error: 50 MB
MARGIN = 0.1  # units of z between the outermost code and the edge of the map, at least
MIN_EXTENT = 2  # units of z, the least width and height of the map
NEIGHBOURS = 15


class Decoder(Protocol):
    """What turns places (n, 2) into images (n, 28, 28) in [0, 1]; LatentModel is one."""

    def decode(self, z: np.ndarray) -> np.ndarray:
        """Return the images at the places `z`."""


@dataclass(frozen=True)
class Bounds:
    """A rectangle of the plane, in units of z."""

    left: float
    right: float
    bottom: float
    top: float

    def clamp(self, z1: float, z2: float) -> tuple[float, float]:
        """Return the nearest place inside; the middle for a coordinate that is not a number."""
        low, high = np.array([[self.left, self.bottom], [self.right, self.top]])
        x, y = np.clip([z1, z2], low, high)
        middle = (low + high) / 2
        return float(middle[0] if np.isnan(x) else x), float(middle[1] if np.isnan(y) else y)


def bounds(latents: np.ndarray) -> Bounds:
    """Return the area of the map: all codes (n, 2) and a MARGIN, rounded outwards to half units.

    A code further from the range of the 0.5th to 99.5th percentile than half that range and half a
    unit does not count, so that an outlier cannot blow the map up: its width is at most twice that
    range plus 1 unit, the margin and the rounding. The map is at least MIN_EXTENT wide and high.
    """
    low, high = np.percentile(latents, [0.5, 99.5], axis=0)
    room = (high - low) / 2 + 0.5
    counts = (latents >= low - room) & (latents <= high + room)
    low = latents.min(axis=0, where=counts, initial=np.inf)
    high = latents.max(axis=0, where=counts, initial=-np.inf)
    low, high = np.floor(2 * (low - MARGIN)) / 2, np.ceil(2 * (high + MARGIN)) / 2
    missing = np.maximum(0, MIN_EXTENT - (high - low))  # a collapsed model's codes share one place
    low, high = low - np.ceil(missing) / 2, high + np.ceil(missing) / 2
    return Bounds(float(low[0]), float(high[0]), float(low[1]), float(high[1]))


def grid(area: Bounds, spacing: float) -> np.ndarray:
    """Return the places (rows, columns, 2) of a grid with both edges, the top row first."""
    x = np.linspace(area.left, area.right, 1 + round((area.right - area.left) / spacing))
    y = np.linspace(area.top, area.bottom, 1 + round((area.top - area.bottom) / spacing))
    return np.stack(np.meshgrid(x, y), axis=-1).astype(np.float32)


def count_tiles(area: Bounds, spacing: float) -> float:
    """Return how many places `grid` gives, about; cheap for any numbers."""
    return (1 + (area.right - area.left) / spacing) * (1 + (area.top - area.bottom) / spacing)


def decode_grid(model: Decoder, area: Bounds, spacing: float) -> np.ndarray:
    """Return the decoded tiles (rows, columns, 28, 28) uint8 of `grid`, decoded row by row."""
    return np.stack([to_bytes(model.decode(row)) for row in grid(area, spacing)])


def to_bytes(images: np.ndarray) -> np.ndarray:
    """Return images in [0, 1] as uint8."""
    return np.round(images * 255).astype(np.uint8)


def blend(tiles: np.ndarray, area: Bounds, z: np.ndarray) -> np.ndarray:
    """Return what the page draws at each place: a bicubic mixture of the 16 tiles around it.

    Args:
        tiles: (rows, columns, 28, 28) uint8, from `decode_grid`.
        area: The area of the tiles.
        z: (n, 2), clamped to the area.

    Returns:
        (n, 28, 28) float32 in [0, 1].
    """
    columns, across = _cubic_taps((z[:, 0] - area.left) / (area.right - area.left), tiles.shape[1])
    rows, down = _cubic_taps((area.top - z[:, 1]) / (area.top - area.bottom), tiles.shape[0])
    total = np.zeros((len(z), 28, 28), np.float32)
    for i, j in np.ndindex(4, 4):
        weight = (down[:, i] * across[:, j]).astype(np.float32)
        total += weight[:, None, None] * tiles[rows[:, i], columns[:, j]]
    return np.clip(total / 255, 0, 1)


def _cubic_taps(position: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the four grid lines (n, 4) around each position and their weights (n, 4).

    The weights are those of a Catmull-Rom spline (Keys, 1981, cubic convolution, a = -1/2). Beyond
    the edge the grid goes on in a straight line.

    Args:
        position: (n,) in [0, 1] from the first grid line to the last, clamped.
        count: Number of grid lines, at least 2.
    """
    position = np.clip(position, 0, 1) * (count - 1)
    first = np.minimum(position.astype(int), count - 2)
    t = position - first
    near, far = t * (1 - t) ** 2 / 2, t**2 * (1 - t) / 2
    weights = np.stack([-near, 1 - t + 2 * near - far, t + 2 * far - near, -far], axis=1)
    for at_edge, outer, edge, inner in ((first == 0, 0, 1, 2), (first == count - 2, 3, 2, 1)):
        weights[at_edge, edge] += 2 * weights[at_edge, outer]
        weights[at_edge, inner] -= weights[at_edge, outer]
        weights[at_edge, outer] = 0
    return np.clip(first[:, None] + np.arange(-1, 3), 0, count - 1), weights


def choose_spacing(model: Decoder, latents: np.ndarray, samples: int = 2000) -> float:
    """Return the coarsest spacing whose blended digits err by at most ATLAS_ERROR.

    Where that would take more than MOST_TILES, it is the finest that does not. The error is the
    mean absolute difference from exact decoding, in [0, 1], at the first `samples` codes (n, 2).
    """
    area = bounds(latents)
    places = np.array([area.clamp(*z) for z in latents[:samples]], np.float32)
    exact = model.decode(places)
    spacings = [s for s in SPACINGS if count_tiles(area, s) <= MOST_TILES] or SPACINGS[:1]
    for spacing in spacings:
        blended = blend(decode_grid(model, area, spacing), area, places)
        if np.abs(blended - exact).mean() <= ATLAS_ERROR:
            break
    return spacing


def nearest(latents: np.ndarray, place: np.ndarray, k: int = NEIGHBOURS) -> np.ndarray:
    """Return the indices (k,) of the codes (n, 2) nearest to the place (2,), the nearest first."""
    squared = ((latents - place) ** 2).sum(axis=1)
    k = min(k, len(latents))
    close = np.argpartition(squared, k - 1)[:k]
    return close[np.argsort(squared[close], kind="stable")]


def kth_neighbor_distance(
    latents: np.ndarray, places: np.ndarray, k: int = NEIGHBOURS
) -> np.ndarray:
    """Return the distance (m,) from each place (m, 2) to its k-th nearest code of (n, 2)."""
    farthest = [latents[nearest(latents, place, k)[-1]] for place in places]
    return np.linalg.norm(farthest - places, axis=1)


def label_fractions(labels: np.ndarray) -> list[tuple[int, float]]:
    """Return the digits among `labels` (n,) and their shares in [0, 1], the largest first."""
    return rank_digits(np.bincount(labels, minlength=10) / len(labels))


def rank_digits(shares: np.ndarray) -> list[tuple[int, float]]:
    """Return the digits with a share in `shares` (10,), with that share, the largest first."""
    order = np.argsort(-shares, kind="stable")
    return [(int(digit), float(shares[digit])) for digit in order if shares[digit]]


def class_centers(latents: np.ndarray, labels: np.ndarray) -> dict[int, tuple[float, float]]:
    """Return for each digit the place (z1, z2) where it is most typical, inside the bounds.

    The plane is cut into squares of half a unit. A digit's centre is the mean of its codes in the
    square that holds the most of them, weighted by their share of all codes there.

    Args:
        latents: (n, 2).
        labels: (n,) digits 0 to 9; a digit without a code is not in the result.
    """
    area = bounds(latents)
    x = np.arange(area.left, area.right + 0.5, 0.5)
    y = np.arange(area.bottom, area.top + 0.5, 0.5)
    total = np.histogram2d(*latents.T, bins=(x, y))[0]
    centers = {}
    for digit in np.unique(labels):
        own = latents[labels == digit]
        count = np.histogram2d(*own.T, bins=(x, y))[0]
        column, row = np.unravel_index(np.argmax(count**2 / np.maximum(total, 1)), count.shape)
        middle = np.array([x[column] + 0.25, y[row] + 0.25])
        inside = own[np.abs(own - middle).max(axis=1) <= 0.25]
        center = inside.mean(axis=0) if len(inside) else own.mean(axis=0)
        centers[int(digit)] = area.clamp(*center)
    return centers


@dataclass(frozen=True)
class PointInfo:
    """What is known about a place on the plane."""

    neighbors: np.ndarray  # (k,) indices of the nearest codes, the nearest first
    label_fractions: list[tuple[int, float]]  # the neighbours' digits and their shares in [0, 1]
    sparsity: float  # share in [0, 1] of the codes compared with whose surroundings are denser


def describe_point(
    latents: np.ndarray, labels: np.ndarray, distances: np.ndarray, place: np.ndarray
) -> PointInfo:
    """Return what is known about `place` (2,).

    Args:
        latents: (n, 2).
        labels: (n,).
        distances: (m,) from some codes to their own 15th neighbour, to compare the place with.
        place: (2,).
    """
    index = nearest(latents, place)
    distance = np.linalg.norm(latents[index[-1]] - place)
    return PointInfo(index, label_fractions(labels[index]), float(np.mean(distances < distance)))
