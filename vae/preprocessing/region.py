"""Parts of a picture: the extent of a mask, and the picture's rim."""

import numpy as np
from scipy import ndimage


def extent(mask: np.ndarray) -> tuple[slice, slice]:
    """Return the rows and columns of the smallest rectangle around a mask (h, w)."""
    return ndimage.find_objects(mask.astype(np.uint8))[0]


def rim(values: np.ndarray) -> np.ndarray:
    """Return the values (n, ...) at the four edges of a picture (h, w, ...); a corner is in two."""
    return np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
