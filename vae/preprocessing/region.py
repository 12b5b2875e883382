"""Parts of a picture: boxes, the extent of a mask, and the picture's rim."""

import numpy as np
from scipy import ndimage
from scipy.spatial import ConvexHull, QhullError

Box = tuple[float, float, float, float]  # left, top, right, bottom, as shares in [0, 1]
WHOLE: Box = (0, 0, 1, 1)


def extent(mask: np.ndarray) -> tuple[slice, slice]:
    """Return the rows and columns of the smallest rectangle around a mask (h, w)."""
    return ndimage.find_objects(mask.astype(np.uint8))[0]


def rim(values: np.ndarray) -> np.ndarray:
    """Return the values (n, ...) at the four edges of a picture (h, w, ...); a corner is in two."""
    return np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])


def hull_area(mask: np.ndarray) -> float:
    """Return the area of the convex hull of a mask (h, w), in pixels; 0 if it is a line."""
    try:
        return float(ConvexHull(np.argwhere(mask ^ ndimage.binary_erosion(mask))).volume)
    except QhullError:
        return 0.0


def common_share(one: Box, other: Box) -> float:
    """Return the area that two boxes have in common, over that of both together, in [0, 1]."""
    width = max(0, min(one[2], other[2]) - max(one[0], other[0]))
    height = max(0, min(one[3], other[3]) - max(one[1], other[1]))
    both = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return width * height / (both - width * height)
