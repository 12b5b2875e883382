"""The pieces of connected ink in a picture, and what is known of each."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from vae.preprocessing.ink import Ink
from vae.preprocessing.region import rim

EIGHT_CONNECTED = np.ones((3, 3), int)  # pixels that share a corner belong together
BLOB = 0.3  # width over length: a disc has 0.39, the fattest of MNIST's digits 0.2


@dataclass(frozen=True)
class Component:
    """Connected ink, or several such pieces."""

    label: int
    rows: slice
    columns: slice
    edge_energy: float  # sum of the squared slope: little in a shadow, much in a stroke
    contact: float  # share of the picture's outline that it touches
    width: float  # of its strokes, pixels
    is_blob: bool  # too fat for its length to be made of strokes: a shadow or an object

    @property
    def length(self) -> int:
        return max(size_of(self.rows), size_of(self.columns))


def find_components(edge: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, list[Component]]:
    """Return the labels (h, w) of connected ink, from 1, and what is known of each label.

    Args:
        edge: From `squared_slope`, (h, w).
        mask: Where there is ink, (h, w).
    """
    labels, count = ndimage.label(mask, EIGHT_CONNECTED)
    edge_energy = np.bincount(labels.ravel(), edge.ravel(), minlength=count + 1)
    outline = rim(labels)
    contact = np.bincount(outline, minlength=count + 1) / len(outline)
    width = _stroke_widths(labels, count)
    components = []
    for i, (rows, columns) in enumerate(ndimage.find_objects(labels), 1):
        is_blob = width[i] > BLOB * max(size_of(rows), size_of(columns))
        component = Component(i, rows, columns, edge_energy[i], contact[i], width[i], is_blob)
        components.append(component)
    return labels, components


def size_of(side: slice) -> int:
    """Return how many pixels a range has."""
    return side.stop - side.start


def threshold(ink: Ink) -> float:
    """Return the strength below which a difference may be noise."""
    if ink.is_drawing:
        return max(0.2 * float(ink.strength.max()), 0.02)
    return max(3 * ink.noise, 0.04)


def squared_slope(smooth: np.ndarray) -> np.ndarray:
    """Return the squared slope of the ink (h, w), less what the paper's grain adds to it."""
    slope = np.zeros_like(smooth)
    slope[1:-1] += (smooth[2:] - smooth[:-2]) ** 2
    slope[:, 1:-1] += (smooth[:, 2:] - smooth[:, :-2]) ** 2
    return np.maximum(slope - 4 * np.median(slope[::2, ::2]), 0)


def stroke_width(mask: np.ndarray) -> float:
    """Return how wide the strokes of a mask (h, w) are, as a share of its longer side."""
    return float(_stroke_widths(mask.astype(int), 1)[1]) / max(mask.shape)


def _stroke_widths(labels: np.ndarray, count: int) -> np.ndarray:
    """Return each label's stroke width in pixels: twice the area over the outline's length."""
    area = np.bincount(labels.ravel(), minlength=count + 1)
    outline = np.zeros(count + 1)
    for one, other in ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])):
        differ = one != other
        outline += np.bincount(one[differ], minlength=count + 1)
        outline += np.bincount(other[differ], minlength=count + 1)
    return 2 * area / np.maximum(outline, 1)
