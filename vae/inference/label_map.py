"""The label map: which digit each place of the plane decodes to, and where it is like none.

It is judged from the decoded pictures, not from the codes around: between the lands and beyond
them the nearest codes may be of other digits than the one that is drawn.
"""

import json
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vae.inference import plane
from vae.inference.plane import NEIGHBOURS, Bounds, Decoder

PLACES = 15_000  # of the grid, about: a spacing of 0.05 on a map of 6 x 6 units
CLEAR = 13  # of the NEIGHBOURS nearest real digits: as many of one kind, and the picture is clear
LIKELY = 10  # with fewer than two in three, the dots around are right more often than these
NONE = 15  # in place of a digit, as the browser gets it
HOLE_PERCENTILE = 95  # of the distances of real digits to each other
BLOCK = 512  # pictures compared at a time: 512 x 10,000 distances are 20 MB


class PlaceLabel(NamedTuple):
    """What is drawn at a place."""

    digit: int | None  # that of LIKELY or more of the real digits whose pictures are nearest
    is_clear: bool  # CLEAR of them or more are that digit
    is_hole: bool  # the picture is like no real digit


@dataclass(frozen=True)
class LabelMap:
    """What is drawn at the places of a grid, as `plane.grid` orders them: the top row first."""

    area: Bounds
    digits: np.ndarray  # (rows, columns) uint8, 0 to 9
    votes: np.ndarray  # (rows, columns) uint8: how many of the NEIGHBOURS are that digit
    holes: np.ndarray  # (rows, columns) bool

    def at(self, place: tuple[float, float]) -> PlaceLabel:
        """Return what is drawn at the grid's place nearest to `place`, in units of z."""
        (x, y), (rows, columns) = self.area.clamp(*place), self.digits.shape
        column = round((x - self.area.left) / (self.area.right - self.area.left) * (columns - 1))
        row = round((self.area.top - y) / (self.area.top - self.area.bottom) * (rows - 1))
        votes, is_hole = int(self.votes[row, column]), bool(self.holes[row, column])
        digit = int(self.digits[row, column]) if votes >= LIKELY else None
        return PlaceLabel(digit, votes >= CLEAR, is_hole)


def build(model: Decoder, codes: np.ndarray, images: np.ndarray, labels: np.ndarray) -> LabelMap:
    """Return the label map of a model; takes some seconds for 10,000 images.

    A place is a hole where the decoded picture is farther from every real digit than
    `hole_distance`: the same measure for every model.

    Args:
        model: Decodes the places.
        codes: (m, 2), whose `plane.bounds` the map covers, in units of z.
        images: Real digits, (n, 28, 28) float in [0, 1], of which none was trained on.
        labels: Their digits 0 to 9, (n,).
    """
    area = plane.bounds(codes)
    width, height = area.right - area.left, area.top - area.bottom
    places = plane.grid(area, (width * height / PLACES) ** 0.5)  # (rows, columns, 2)
    digits, votes, distances = judge(model.decode(places.reshape(-1, 2)), images, labels)
    shape = places.shape[:2]
    holes = distances > hole_distance(images)
    return LabelMap(area, digits.reshape(shape), votes.reshape(shape), holes.reshape(shape))


def judge(
    pictures: np.ndarray, images: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return which digit each picture shows, judged by the real digits nearest to it in pixels.

    Args:
        pictures: (m, 28, 28) float in [0, 1].
        images: Real digits, (n, 28, 28) float in [0, 1].
        labels: Their digits 0 to 9, (n,).

    Returns:
        The commonest digit (m,) uint8 among the NEIGHBOURS nearest images, the smaller of two as
        common; how many of them are that digit, (m,) uint8; and the Euclidean distance (m,)
        float32 to the nearest, in units of intensity: 0 to 28.
    """
    k = min(NEIGHBOURS, len(images))
    digits, votes = np.empty((2, len(pictures)), np.uint8)
    distances = np.empty(len(pictures), np.float32)
    for block, squared in _squared_distances(pictures, images):
        near = np.argpartition(squared, k - 1, axis=1)[:, :k]  # (block, k)
        counts = (labels[near][..., None] == np.arange(10)).sum(axis=1)  # (block, 10)
        digits[block], votes[block] = counts.argmax(axis=1), counts.max(axis=1)
        distances[block] = np.sqrt(squared.min(axis=1))
    return digits, votes, distances


def hole_distance(images: np.ndarray) -> float:
    """Return the distance from its nearest real digit beyond which a picture is like none.

    That is the 95th percentile of the distances of the images (n, 28, 28) themselves, each to the
    nearest other one, in units of intensity; infinite for a single image.
    """
    nearest = np.empty(len(images), np.float32)
    for block, squared in _squared_distances(images, images):
        squared[np.arange(len(squared)), np.arange(len(images))[block]] = np.inf  # itself
        nearest[block] = np.sqrt(squared.min(axis=1))
    return float(np.percentile(nearest, HOLE_PERCENTILE))


def _squared_distances(pictures: np.ndarray, images: np.ndarray):
    """Yield slices of the pictures, and their squared distances (block, n) from the images."""
    images = images.reshape(len(images), -1).astype(np.float32)
    lengths = (images**2).sum(axis=1)
    for start in range(0, len(pictures), BLOCK):
        block = slice(start, start + BLOCK)
        rows = pictures[block].reshape(-1, images.shape[1]).astype(np.float32)
        squared = (rows**2).sum(axis=1)[:, None] + lengths - 2 * rows @ images.T
        yield block, np.maximum(squared, 0)  # rounding leaves some below


def save(path: Path, label_map: LabelMap) -> None:
    """Write `label_map.npz`, as `store.folder.read_label_map` reads it."""
    np.savez_compressed(
        path,
        bounds=np.array(astuple(label_map.area)),
        digits=label_map.digits,
        votes=label_map.votes,
        holes=label_map.holes,
    )


def from_arrays(arrays: dict[str, np.ndarray]) -> LabelMap:
    """Return the label map that the arrays of `label_map.npz` hold."""
    area = Bounds(*map(float, arrays["bounds"]))
    return LabelMap(area, arrays["digits"], arrays["votes"], arrays["holes"])


def pack(label_map: LabelMap) -> bytes:
    """Return one line of JSON (rows, columns, bounds), then the places, for the browser.

    A place is one byte: its digit, or NONE; plus 16 if the picture is clear, plus 32 if it is a
    hole.
    """
    rows, columns = label_map.digits.shape
    header = {"rows": rows, "columns": columns, **asdict(label_map.area)}
    digits = np.where(label_map.votes >= LIKELY, label_map.digits, NONE)
    places = digits + 16 * (label_map.votes >= CLEAR) + 32 * label_map.holes
    return json.dumps(header).encode() + b"\n" + places.astype(np.uint8).tobytes()
