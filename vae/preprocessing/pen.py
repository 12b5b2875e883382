"""How much a piece of ink is like a digit written with a pen."""

import numpy as np
from scipy import ndimage

from vae.preprocessing.region import extent, hull_area, rim

THINNEST, THICKEST = 0.012, 0.2  # a stroke's width, of the digit's length
LONGEST = 5.5  # all strokes together, of the digit's length: an 8 has about 4
UNEVEN = 0.75  # deviation of the stroke's width over its mean, at which the score has halved
FAT = 0.12  # width of a stroke, of the digit's length, from which its holes are looked at
PLUMP = 0.8  # area over that of the convex hull, from which a shape has no bays
FULLEST = 0.72  # share of ink in what fat strokes enclose, themselves included, as in a bold 8
SMALL = 0.12  # of the picture's longer side: a smaller digit scores less
SOFT = 0.11  # of the digit's length: ink that fades over a longer way has no edge
BLUR = 3  # pixels over which the ink of a sharp picture fades too
SMOOTH = 0.02  # deviation of the filter, of the digit's length, that keeps grain out of the slope


def pen_score(strength: np.ndarray, mask: np.ndarray) -> float:
    """Return how much a mask is like a digit written with a pen, in (0, 1].

    The score is a product: an even stroke, neither hair nor blob, with an edge; strokes that are
    together no longer than a digit's, around something hollow; no contact with the picture's rim;
    not too small a part of the picture.

    Args:
        strength: (h, w), the ink in the picture.
        mask: (h, w), where this piece of it lies.
    """
    cut = np.pad(mask[extent(mask)], 1)
    inside = ndimage.distance_transform_edt(cut)
    ridge = (inside == ndimage.maximum_filter(inside, 3)) & (inside > 0)
    widths = 2 * inside[ridge]
    width, length, area = float(widths.mean()), max(cut.shape) - 2, float(np.count_nonzero(cut))
    fullness = _fullness(cut, area) if width > FAT * length else 0
    score = 0.5 ** ((float(widths.std()) / width / UNEVEN) ** 2)
    score *= min(1, width / length / THINNEST) * min(1, (THICKEST * length / width) ** 3)
    score *= min(1, (LONGEST * width * length / area) ** 2)
    score *= min(1, (1 - fullness) / (1 - FULLEST))
    score *= np.exp(-2 * np.count_nonzero(rim(mask)) / length) * _edge_score(strength, mask, length)
    return float(max(score * size_score(length / max(mask.shape)), 1e-6))


def _fullness(cut: np.ndarray, area: float) -> float:
    """Return the share of ink in what a mask encloses, in [0, 1]; 0 if it has no hole or has bays.

    A sheet with a digit on it is a plump shape with a hole in it; a digit's stem makes bays.
    """
    enclosed = ndimage.binary_fill_holes(cut)
    size = np.count_nonzero(enclosed)
    if size < 1.02 * area or size < PLUMP * hull_area(enclosed):
        return 0.0
    return area / size


def size_score(share: float) -> float:
    """Return how likely a digit has this share of its picture's longer side, in [0, 1]."""
    return min(1.0, share / SMALL)


def _edge_score(strength: np.ndarray, mask: np.ndarray, length: int) -> float:
    """Return how sharply the ink of a mask ends, in (0, 1]: a shadow fades, a stroke does not."""
    contour = mask ^ ndimage.binary_erosion(mask, border_value=1)
    if not contour.any():  # all of the picture
        return 1e-6
    slope = ndimage.gaussian_gradient_magnitude(strength, max(0.5, SMOOTH * length))
    full = float(np.quantile(strength[mask], 0.7))
    fade = full / max(float(np.median(slope[contour])), 1e-9)  # pixels from full ink to paper
    return min(1.0, (SOFT * length / max(fade - BLUR, 1e-9)) ** 3)
