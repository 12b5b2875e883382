"""The strokes of each digit, apart from specks, page edges, frames and other digits."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy import ndimage

from vae.preprocessing.components import (
    Component,
    find_components,
    size_of,
    squared_slope,
    threshold,
)
from vae.preprocessing.frames import find_framed_area
from vae.preprocessing.ink import Ink
from vae.preprocessing.region import extent

MAX_ROUNDS = 6  # of joining strokes: enough for any digit, and an end to a field of dots
SPECK = 0.02  # share of the largest stroke's edge below which a component is dirt
LEAST_AT_EDGE = 0.07  # share of the picture's longer side that a digit has at least, beside an edge
LEAST_ALONE = 0.02  # the same, away from the edge; less is grain
BROKEN = 0.3  # gap in the strokes of a pen that skips, of the digit's length
WIDEST = 1.4  # width of a digit that is put together, of its height
MOST_DIGITS = 12  # that are looked for in one picture
HALF_INK = 0.35  # share of the full ink from which a pixel belongs to a stroke


def digit_mask(ink: Ink) -> np.ndarray | None:
    """Return the mask (h, w) of the strokes of the largest digit, or None if there is none."""
    found = _find_components(ink)
    return None if found is None else next(_digits(*found))


def digit_masks(ink: Ink) -> list[list[np.ndarray]]:
    """Return the masks (h, w) of the strokes of each digit in a picture, the largest first.

    What is in a frame (a box, a circle, a cell of a form) is a digit; the frame is none. There are
    two lists where pieces lie so that they may be one digit's, by a pen that skips, or several
    digits: first taken apart, then taken together. There is none where there is no digit.
    """
    found = _find_components(ink)
    if found is None:
        return []
    apart, together = list(_digits(*found)), list(_digits(*found, is_broken=True))
    if np.array_equal(apart[0], together[0]) or not _is_upright(together[0]):
        return [apart]
    return [apart, together]


def _find_components(ink: Ink) -> tuple[list[Component], np.ndarray] | None:
    """Return the ink's components of stroke strength, and their labels (h, w); None if none is.

    The first component is the core of the largest digit.
    """
    strength = ink.strength
    low = threshold(ink)
    smooth = strength if ink.is_drawing else ndimage.gaussian_filter(strength, 0.7)
    edge = squared_slope(smooth)
    labels, components = find_components(edge, smooth > low)
    framed = find_framed_area(components, labels, ink.is_drawing)
    if framed is not None:
        labels, components = find_components(edge, framed & (smooth > low))
    core = _core(components, strength.shape)
    if core is None:
        return None
    full = np.quantile(smooth[labels == core.label], 0.85)
    mask = smooth > max(low, HALF_INK * full)
    labels, components = find_components(edge, mask if framed is None else mask & framed)
    core = _core(components, strength.shape)
    if core is None or core.length < max(4, LEAST_ALONE * max(strength.shape)):
        return None
    components.remove(core)
    return [core, *components], labels


def _digits(
    components: list[Component], labels: np.ndarray, is_broken: bool = False
) -> Iterator[np.ndarray]:
    """Yield the masks (h, w) of the digits that the components make up, the core's first."""
    core = components[0]
    height = size_of(core.rows)
    for _ in range(MOST_DIGITS):
        group = _group(core, components, labels, is_broken)
        yield np.isin(labels, group)
        components = [c for c in components if c.label not in group]
        rest = [c for c in components if _is_like(c, height)]
        if not rest:
            return
        core = max(rest, key=_weight)


def _is_upright(mask: np.ndarray) -> bool:
    """Return whether a mask is no wider than one digit."""
    rows, columns = extent(mask)
    return size_of(columns) <= WIDEST * size_of(rows)


def _is_like(component: Component, height: int) -> bool:
    """Return whether a component may be another digit beside one of this height, in pixels."""
    return not (component.contact or component.is_blob) and size_of(component.rows) >= height / 2


def _core(components: list[Component], shape: tuple[int, int]) -> Component | None:
    """Return the component of most edge energy; one at the edge only if it is like a digit."""
    inside = max((c for c in components if not c.contact), key=_weight, default=None)
    at_edge = max((c for c in components if c.contact), key=_weight, default=None)
    if inside is None or at_edge is None:
        return inside or at_edge
    if inside.length < LEAST_AT_EDGE * max(shape):
        return max(inside, at_edge, key=_weight)
    overlap = min(_overlap(at_edge.rows, inside.rows), _overlap(at_edge.columns, inside.columns))
    is_cut_tightly = at_edge.contact < 0.3 and at_edge.edge_energy > inside.edge_energy
    return at_edge if is_cut_tightly and overlap > 0.5 else inside


def _weight(component: Component) -> float:
    return component.edge_energy * (0.02 if component.is_blob else 1)


def _overlap(a: slice, b: slice) -> float:
    """Return the common part of two ranges of pixels, as a share of the shorter one."""
    return (min(a.stop, b.stop) - max(a.start, b.start)) / min(size_of(a), size_of(b))


def _union(a: slice, b: slice) -> slice:
    return slice(min(a.start, b.start), max(a.stop, b.stop))


def _group(
    core: Component, components: list[Component], labels: np.ndarray, is_broken: bool
) -> list[int]:
    """Return the labels of the core and of every stroke that belongs to its digit."""
    group, whole = [core.label], core
    others = [c for c in components if c is not core and c.contact <= core.contact]
    others = [c for c in others if c.edge_energy > SPECK * core.edge_energy]
    for _ in range(MAX_ROUNDS):
        near = _distances(group, whole, labels)
        near_strokes = [c for c in others if near[c.label] <= _max_gap(whole, c, is_broken)]
        if not near_strokes:
            break
        for component in near_strokes:
            group.append(component.label)
            rows = _union(whole.rows, component.rows)
            whole = replace(whole, rows=rows, columns=_union(whole.columns, component.columns))
        others = [c for c in others if c not in near_strokes]
    return group


def _max_gap(whole: Component, component: Component, is_broken: bool) -> float:
    """Return how far, in pixels, a component may lie from the digit and still be part of it."""
    if is_broken:
        return 1.5 + BROKEN * whole.length
    overlap = _overlap(whole.columns, component.columns)
    if overlap < 0.3 and size_of(component.rows) > 0.55 * size_of(whole.rows):
        return 1.5 + 0.04 * whole.length  # as tall, and beside it: another digit
    return 1.5 + (0.2 if overlap > 0 else 0.1) * whole.length


def _distances(group: list[int], whole: Component, labels: np.ndarray) -> np.ndarray:
    """Return each label's distance from the group in pixels; infinite for one far away."""
    pad = 3 + round((BROKEN + 0.05) * whole.length)
    sides = whole.rows, whole.columns
    window = labels[tuple(slice(max(0, s.start - pad), s.stop + pad) for s in sides)]
    distance = ndimage.distance_transform_edt(~np.isin(window, group))
    nearest = np.full(labels.max() + 1, np.inf)
    np.minimum.at(nearest, window, distance)
    return nearest
