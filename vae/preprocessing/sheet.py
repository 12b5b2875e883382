"""A sheet of paper, a note or a drawing field that lies in the picture, cut out of it."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from vae.preprocessing import ink
from vae.preprocessing.region import extent, hull_area, rim

LEAST_SIDE = 64  # pixels on the shorter side of a picture that may hold a sheet
LEAST_AREA, MOST_AREA = 0.04, 0.85  # of the picture
MOST_ON_RIM = 0.02  # share of the picture's rim that a sheet touches
LEAST_SOLIDITY = 0.9  # area over that of the convex hull: a sheet has no bays
LEAST_FULL = 0.6  # share of a sheet that is bare of ink
LEAST_CONTRAST = 0.08  # between a sheet and what surrounds it, of colours in [0, 1]


@dataclass(frozen=True)
class Sheet:
    """A part of a picture that is a picture of its own."""

    rows: slice
    columns: slice
    colour: np.ndarray  # (h, w, 3) in [0, 1]; beyond the sheet's edges its own paper


def find_sheet(colour: np.ndarray) -> Sheet | None:
    """Return the largest sheet whose edges are in view, or None.

    A sheet is a large, nearly convex, even area with another tone around it.

    Args:
        colour: (h, w, 3) in [0, 1].
    """
    if min(colour.shape[:2]) < LEAST_SIDE:
        return None
    small = ink.shrink(colour)
    smooth = np.stack([ndimage.median_filter(small[:, :, i], 3) for i in range(3)], axis=2)
    areas = [area for mask in _split(smooth) if (area := _largest_area(mask, smooth)) is not None]
    if not areas:
        return None
    return _cut(colour, max(areas, key=np.count_nonzero))


def _split(smooth: np.ndarray) -> list[np.ndarray]:
    """Return masks (h, w) of what may be a sheet: unlike the rim, lighter, darker, in colour."""
    unlike = np.abs(smooth - np.median(rim(smooth), axis=0)).max(axis=2)
    grey, tint = smooth.mean(axis=2), np.ptp(smooth, axis=2)
    light, tinted = grey > ink.otsu(grey), tint > ink.otsu(tint)
    return [unlike > ink.otsu(unlike), light, ~light, tinted]


def _largest_area(mask: np.ndarray, smooth: np.ndarray) -> np.ndarray | None:
    """Return the mask of the largest sheet in a mask, its ink filled up, or None."""
    labels, count = ndimage.label(mask)
    if not count:
        return None
    sizes = np.bincount(labels.ravel())[1:]
    for label in np.argsort(-sizes)[:3] + 1:
        area = labels == label
        whole = ndimage.binary_fill_holes(area)
        if _is_sheet(area, whole, smooth):
            return whole
    return None


def _is_sheet(area: np.ndarray, whole: np.ndarray, smooth: np.ndarray) -> bool:
    if not LEAST_AREA <= whole.mean() <= MOST_AREA or rim(whole).mean() > MOST_ON_RIM:
        return False
    if area.sum() < LEAST_FULL * whole.sum():
        return False
    around = ndimage.binary_dilation(whole, iterations=4) & ~ndimage.binary_dilation(whole)
    inside, outside = np.median(smooth[area], axis=0), np.median(smooth[around], axis=0)
    if np.abs(inside - outside).max() < LEAST_CONTRAST:
        return False
    hull = hull_area(whole)
    return bool(hull and whole.sum() >= LEAST_SOLIDITY * hull)


def _cut(colour: np.ndarray, area: np.ndarray) -> Sheet:
    """Return a sheet of the picture, given its mask in the small copy."""
    height, width = colour.shape[:2]
    inner = ndimage.binary_erosion(area, iterations=2)
    down, across = (np.arange(n) * m // n for n, m in zip((height, width), area.shape, strict=True))
    large = inner[down][:, across]
    rows, columns = extent(large)
    cut, within = colour[rows, columns], large[rows, columns]
    paper = np.median(cut[within], axis=0)
    return Sheet(rows, columns, np.where(within[:, :, None], cut, paper).astype(np.float32))
