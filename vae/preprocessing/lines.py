"""The straight lines of ruled and squared paper: found, and taken out of the ink."""

import numpy as np
from scipy import ndimage

SLOPES = np.linspace(-0.12, 0.12, 49)  # of lines against the picture's edges: up to 7 degrees
LEAST_COVERAGE = 0.6  # share of the picture's width that a line covers, at least
PARTS = 6  # of the width; a line is in all of them, which a digit's bar is not
MOST_THICKNESS = 0.03  # of the height; a thicker bar is no line of the paper


def remove_lines(strength: np.ndarray, threshold: float) -> np.ndarray | None:
    """Return the ink without straight lines from edge to edge, or None if there are none.

    A stroke that crosses a line stays whole: of a line goes what is no higher than the line itself.

    Args:
        strength: (h, w), ink above 0.
        threshold: What is weaker is paper.
    """
    level = _remove_level(strength, threshold)
    kept = strength if level is None else level
    upright = _remove_level(kept.T, threshold)
    if upright is not None:
        return upright.T
    return level


def _remove_level(strength: np.ndarray, threshold: float) -> np.ndarray | None:
    """Return the ink without its nearly horizontal lines, or None if there are none."""
    height, width = strength.shape
    mask = strength > threshold
    rows, columns = np.nonzero(mask)
    if not rows.size:
        return None
    shift = _best_shift(rows, columns, height, width)
    pad = int(np.abs(shift).max())
    index = np.arange(height + 2 * pad)[:, None] - pad + shift  # the row of the picture
    inside = (index >= 0) & (index < height)
    level = np.take_along_axis(strength, np.clip(index, 0, height - 1), axis=0) * inside
    bands, thickness = _find_bands(level > threshold, inside, height)
    if not thickness:
        return None
    opened = ndimage.grey_opening(level, size=(thickness + 3, 1))
    level = np.where(bands[:, None], opened, level)
    back = np.clip(np.arange(height)[:, None] + pad - shift, 0, len(level) - 1)
    return np.take_along_axis(level, back, axis=0)


def _best_shift(rows: np.ndarray, columns: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return by how many rows (width,) each column is moved so that lines lie level."""
    best, energy = np.zeros(width, int), -1.0
    for slope in SLOPES:
        shift = np.round(slope * (np.arange(width) - width / 2)).astype(int)
        profile = np.bincount(rows - shift[columns] + width, minlength=height + 2 * width)
        if (found := float((profile.astype(float) ** 2).sum())) > energy:
            best, energy = shift, found
    return best


def _find_bands(mask: np.ndarray, inside: np.ndarray, height: int) -> tuple[np.ndarray, int]:
    """Return which rows belong to a line, and the rows of the thickest line, or 0."""
    near = ndimage.binary_dilation(mask, np.ones((3, 1), bool))
    parts = np.array_split(np.arange(mask.shape[1]), PARTS)
    seen = np.stack([inside[:, part].sum(axis=1) for part in parts])
    covered = np.stack([near[:, part].sum(axis=1) for part in parts])
    share = covered / np.maximum(seen, 1)
    is_line = (covered.sum(axis=0) >= LEAST_COVERAGE * np.maximum(seen.sum(axis=0), 1)) & (
        np.where(seen > 0, share, 1).min(axis=0) > LEAST_COVERAGE / 2
    )
    is_line &= inside.mean(axis=1) > 0.5
    labels, count = ndimage.label(is_line)
    thickness, bands = 0, np.zeros(len(mask), bool)
    for (rows,) in ndimage.find_objects(labels) if count else []:
        # A row beside a line is covered too: `near` looks one row up and down.
        thick = max(1, rows.stop - rows.start - 2)
        if thick <= max(3, MOST_THICKNESS * height):
            bands[max(0, rows.start - 1) : rows.stop + 1] = True
            thickness = max(thickness, thick)
    return bands, thickness
