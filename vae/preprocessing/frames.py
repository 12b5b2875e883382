"""Frames around a digit: boxes, circles, the cells of a form, the axes of a plot."""

import numpy as np
from scipy import ndimage

from vae.preprocessing.components import Component, find_components, squared_slope, threshold
from vae.preprocessing.ink import Ink

LEAST_FRAME = 0.1  # length of a frame, of the picture's longer side
THIN_FRAME = 0.1  # width of its line, of its length
LEAST_SQUARE = 0.55  # share of its extent that a frame's hole fills: a box that is drawn askew
LEAST_FILLED, MOST_FILLED = 0.25, 0.97  # length of what it holds, of the hole's
FAINT = 0.2  # edge of what it holds, a pixel, of its own


def has_frame(ink: Ink) -> bool:
    """Return whether there is a frame with something in it: its lines are none of the paper's."""
    mask = ink.strength > threshold(ink)
    labels, components = find_components(squared_slope(ink.strength), mask)
    return find_framed_area(components, labels, ink.is_drawing) is not None


def find_framed_area(
    components: list[Component], labels: np.ndarray, is_drawing: bool
) -> np.ndarray | None:
    """Return the mask (h, w) of what lies inside frames with something in them, or None."""
    least = LEAST_FRAME * max(labels.shape)
    area = np.zeros(labels.shape, bool)
    for frame in components:
        if frame.length >= least and frame.width <= THIN_FRAME * frame.length:
            area[frame.rows, frame.columns] |= _framed(frame, components, labels, is_drawing)
    return area if area.any() else None


def _framed(
    frame: Component, components: list[Component], labels: np.ndarray, is_drawing: bool
) -> np.ndarray:
    """Return the holes of a component, in its extent, that hold something of a digit's size."""
    least = LEAST_FRAME * max(labels.shape)
    window = labels[frame.rows, frame.columns]
    outline = window == frame.label
    density = frame.edge_energy / outline.sum()
    holes, _ = ndimage.label(ndimage.binary_fill_holes(outline) & ~outline)
    area = np.zeros(window.shape, bool)
    for hole, box in enumerate(ndimage.find_objects(holes), 1):
        inside = holes[box] == hole
        if max(inside.shape) < least or inside.mean() < LEAST_SQUARE:
            continue
        content = np.where(inside, window[box], 0)
        energy = sum(c.edge_energy for c in components if (content == c.label).any())
        is_faint = energy < FAINT * density * np.count_nonzero(content)
        if not content.any() or (is_faint and not is_drawing):
            continue  # nothing, or grain, which a drawing has not
        rows, columns = np.nonzero(content)
        filled = max(np.ptp(rows), np.ptp(columns)) / max(inside.shape)
        if LEAST_FILLED <= filled <= MOST_FILLED:
            area[box] |= inside
    return area
