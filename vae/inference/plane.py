"""The latent plane: its bounds, the grid over it, the atlas of decoded tiles, who lives where."""

from dataclasses import dataclass

import numpy as np

from vae.inference.runtime import LatentModel

SPACINGS = (
    0.5,
    0.25,
    0.125,
    0.1,
    0.0625,
    0.5 / 9,
    0.05,
)  # each divides the half unit of the bounds
ATLAS_ERROR = 0.003  # mean absolute error of a blended tile that nobody can see
MOST_TILES = 250**2  # of an atlas, whatever its error: 50 MB
NARROWEST = 2  # units of z
NEIGHBOURS = 15


@dataclass(frozen=True)
class Bounds:
    """A rectangle of the plane, in units of z."""

    left: float
    right: float
    bottom: float
    top: float

    def clamp(self, z1: float, z2: float) -> tuple[float, float]:
        """The nearest place inside; the middle for a coordinate that is not a number."""
        x = np.nan_to_num(z1, nan=(self.left + self.right) / 2, posinf=1e30, neginf=-1e30)
        y = np.nan_to_num(z2, nan=(self.bottom + self.top) / 2, posinf=1e30, neginf=-1e30)
        return (
            float(np.clip(x, self.left, self.right)),
            float(np.clip(y, self.bottom, self.top)),
        )


def bounds(latents: np.ndarray) -> Bounds:
    """Where the codes (n, 2) live: 0.5th to 99.5th percentile, outwards to the half unit.

    At least NARROWEST wide and high, with the codes in the middle.
    """
    low, high = np.percentile(latents, [0.5, 99.5], axis=0)
    low, high = np.floor(2 * low) / 2, np.ceil(2 * high) / 2
    missing = np.maximum(0, NARROWEST - (high - low))  # a collapsed model's codes share one place
    room = np.ceil(missing) / 2
    low, high = low - room, high + room
    return Bounds(float(low[0]), float(high[0]), float(low[1]), float(high[1]))


def grid(area: Bounds, spacing: float) -> np.ndarray:
    """Places (rows, columns, 2) on the area, the edges included, the top row first."""
    x = np.linspace(area.left, area.right, 1 + round((area.right - area.left) / spacing))
    y = np.linspace(area.top, area.bottom, 1 + round((area.top - area.bottom) / spacing))
    return np.stack(np.meshgrid(x, y), axis=-1).astype(np.float32)


def tiles(area: Bounds, spacing: float) -> float:
    """How many places that grid has, about."""
    return (1 + (area.right - area.left) / spacing) * (1 + (area.top - area.bottom) / spacing)


def decode_grid(model: LatentModel, area: Bounds, spacing: float) -> np.ndarray:
    """The decoded tiles (rows, columns, 28, 28) uint8 of that grid, a row of it at a time."""
    return np.stack([to_bytes(model.decode(row)) for row in grid(area, spacing)])


def to_bytes(images: np.ndarray) -> np.ndarray:
    """Images in [0, 1] as uint8."""
    return np.round(images * 255).astype(np.uint8)


def blend(tiles: np.ndarray, area: Bounds, z: np.ndarray) -> np.ndarray:
    """Bilinear mixture of the four tiles around each place z (n, 2), clamped to the area.

    Args:
        tiles: (rows, columns, 28, 28) uint8, as `decode_grid` gives them.

    Returns:
        (n, 28, 28) float32 in [0, 1]: what the page draws while the pointer moves.
    """
    rows, columns = tiles.shape[:2]
    x = (z[:, 0] - area.left) / (area.right - area.left) * (columns - 1)
    y = (area.top - z[:, 1]) / (area.top - area.bottom) * (rows - 1)
    x, y = np.clip(x, 0, columns - 1), np.clip(y, 0, rows - 1)
    column = np.minimum(x.astype(int), columns - 2)
    row = np.minimum(y.astype(int), rows - 2)
    u, v = (x - column)[:, None, None], (y - row)[:, None, None]
    above = (1 - u) * tiles[row, column] + u * tiles[row, column + 1]
    below = (1 - u) * tiles[row + 1, column] + u * tiles[row + 1, column + 1]
    return (((1 - v) * above + v * below) / 255).astype(np.float32)


def choose_spacing(model: LatentModel, latents: np.ndarray, samples: int = 2000) -> float:
    """The coarsest spacing whose blended digits err by at most ATLAS_ERROR at the codes (n, 2).

    Where that would take more than MOST_TILES, the finest that does not.
    The error is the mean absolute difference from exact decoding, in [0, 1], over `samples` codes.
    """
    area = bounds(latents)
    places = np.array([area.clamp(*z) for z in latents[:samples]], np.float32)
    exact = model.decode(places)
    few = [s for s in SPACINGS if tiles(area, s) <= MOST_TILES] or SPACINGS[:1]
    for spacing in few:
        blended = blend(decode_grid(model, area, spacing), area, places)
        if np.abs(blended - exact).mean() <= ATLAS_ERROR:
            return spacing
    return few[-1]


def nearest(latents: np.ndarray, place: np.ndarray, k: int = NEIGHBOURS) -> np.ndarray:
    """Indices (k,) of the codes (n, 2) nearest to the place (2,), the nearest first."""
    squared = ((latents - place) ** 2).sum(axis=1)
    k = min(k, len(latents))
    close = np.argpartition(squared, k - 1)[:k]
    return close[np.argsort(squared[close], kind="stable")]


def radius(latents: np.ndarray, places: np.ndarray, k: int = NEIGHBOURS) -> np.ndarray:
    """Distance (m,) from each place (m, 2) to its k-th nearest code: small where it is crowded."""
    k = min(k, len(latents))
    return np.array(
        [np.sqrt(np.partition(((latents - z) ** 2).sum(axis=1), k - 1)[k - 1]) for z in places]
    )


def shares(labels: np.ndarray) -> list[tuple[int, float]]:
    """The digits among `labels` and their shares in [0, 1], the largest first."""
    counts = np.bincount(labels, minlength=10)
    order = sorted(range(10), key=lambda digit: (-counts[digit], digit))
    return [(digit, counts[digit] / len(labels)) for digit in order if counts[digit]]


def homes(latents: np.ndarray, labels: np.ndarray) -> dict[int, tuple[float, float]]:
    """For each digit the place (z1, z2) where it is most at home: where to go to see it.

    The plane is cut into half units; a digit's home is the mean of its codes in the square that
    holds the most of them, weighted by their share of everybody there.
    """
    area = bounds(latents)
    x = np.arange(area.left, area.right + 0.5, 0.5)
    y = np.arange(area.bottom, area.top + 0.5, 0.5)
    everybody = np.histogram2d(*latents.T, bins=(x, y))[0]
    found = {}
    for digit in np.unique(labels):
        own = latents[labels == digit]
        count = np.histogram2d(*own.T, bins=(x, y))[0]
        column, row = np.unravel_index(np.argmax(count**2 / np.maximum(everybody, 1)), count.shape)
        middle = np.array([x[column] + 0.25, y[row] + 0.25])
        there = own[np.abs(own - middle).max(axis=1) <= 0.25]
        place = there.mean(axis=0) if len(there) else own.mean(axis=0)
        found[int(digit)] = area.clamp(*place)
    return found


@dataclass(frozen=True)
class Place:
    """What is known about a place: who lives around it, and how crowded it is."""

    neighbours: np.ndarray  # indices of the nearest codes, the nearest first
    shares: list[tuple[int, float]]  # digits among them and their shares in [0, 1]
    solitude: float  # share in [0, 1] of the codes compared with that live in a denser crowd


def describe(
    latents: np.ndarray, labels: np.ndarray, radii: np.ndarray, place: np.ndarray
) -> Place:
    """What is known about `place` (2,).

    Args:
        radii: of the codes to compare with, distances to their own 15th neighbour.
    """
    index = nearest(latents, place)
    own = np.sqrt(((latents[index[-1]] - place) ** 2).sum())
    return Place(index, shares(labels[index]), float(np.mean(radii < own)))
