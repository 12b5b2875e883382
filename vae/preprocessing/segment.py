"""The strokes of one digit, apart from specks, page edges and other digits."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from vae.preprocessing.ink import Ink

EIGHT_CONNECTED = np.ones((3, 3), int)  # pixels that share a corner belong together
MAX_ROUNDS = 6  # of joining strokes: enough for any digit, and an end to a field of dots
SPECK = 0.02  # share of the largest stroke's edge below which a component is dirt
LEAST_AT_EDGE = 0.07  # share of the picture's longer side that a digit has at least, beside an edge
LEAST_ALONE = 0.02  # the same, away from the edge; less is grain
BLOB = 0.3  # width over length: a disc has 0.39, the fattest of MNIST's digits 0.2
HALF_INK = 0.35  # share of the full ink from which a pixel belongs to a stroke


@dataclass(frozen=True)
class _Component:
    """Connected ink, or several such pieces."""

    label: int
    rows: slice
    columns: slice
    edge_energy: float  # sum of the squared slope: little in a shadow, much in a stroke
    contact: float  # share of the picture's outline that it touches
    is_blob: bool  # too fat for its length to be made of strokes: a shadow or an object

    @property
    def length(self) -> int:
        return max(_size(self.rows), _size(self.columns))


def digit_mask(ink: Ink) -> np.ndarray | None:
    """Return the mask (h, w) of the strokes of the largest digit, or None if there is none."""
    strength = ink.strength
    low = _threshold(ink)
    smooth = strength if ink.is_drawing else ndimage.gaussian_filter(strength, 0.7)
    edge = _squared_slope(smooth)
    labels, components = _components(edge, smooth > low)
    core = _core(components, strength.shape)
    if core is None:
        return None
    full = np.quantile(smooth[labels == core.label], 0.85)
    labels, components = _components(edge, smooth > max(low, HALF_INK * full))
    core = _core(components, strength.shape)
    if core is None or core.length < max(4, LEAST_ALONE * max(strength.shape)):
        return None
    return np.isin(labels, _group(core, components, labels))


def _threshold(ink: Ink) -> float:
    """Return the strength below which a difference may be noise."""
    if ink.is_drawing:
        return max(0.2 * float(ink.strength.max()), 0.02)
    return max(3 * ink.noise, 0.04)


def _squared_slope(smooth: np.ndarray) -> np.ndarray:
    """Return the squared slope of the ink (h, w), less what the paper's grain adds to it."""
    slope = np.zeros_like(smooth)
    slope[1:-1] += (smooth[2:] - smooth[:-2]) ** 2
    slope[:, 1:-1] += (smooth[:, 2:] - smooth[:, :-2]) ** 2
    return np.maximum(slope - 4 * np.median(slope[::2, ::2]), 0)


def stroke_width(mask: np.ndarray) -> float:
    """Return how wide the strokes of a mask (h, w) are, as a share of its longer side."""
    return float(_stroke_widths(mask.astype(int), 1)[1]) / max(mask.shape)


def _components(edge: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, list[_Component]]:
    labels, count = ndimage.label(mask, EIGHT_CONNECTED)
    edge_energy = np.bincount(labels.ravel(), edge.ravel(), minlength=count + 1)
    rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    contact = np.bincount(rim, minlength=count + 1) / len(rim)
    width = _stroke_widths(labels, count)
    components = []
    for i, (rows, columns) in enumerate(ndimage.find_objects(labels), 1):
        is_blob = width[i] > BLOB * max(_size(rows), _size(columns))
        components.append(_Component(i, rows, columns, edge_energy[i], contact[i], is_blob))
    return labels, components


def _stroke_widths(labels: np.ndarray, count: int) -> np.ndarray:
    """Return each label's stroke width in pixels: twice the area over the outline's length."""
    area = np.bincount(labels.ravel(), minlength=count + 1)
    outline = np.zeros(count + 1)
    for one, other in ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])):
        differ = one != other
        outline += np.bincount(one[differ], minlength=count + 1)
        outline += np.bincount(other[differ], minlength=count + 1)
    return 2 * area / np.maximum(outline, 1)


def _core(components: list[_Component], shape: tuple[int, int]) -> _Component | None:
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


def _weight(component: _Component) -> float:
    return component.edge_energy * (0.02 if component.is_blob else 1)


def _size(side: slice) -> int:
    return side.stop - side.start


def _overlap(a: slice, b: slice) -> float:
    """Return the common part of two ranges of pixels, as a share of the shorter one."""
    return (min(a.stop, b.stop) - max(a.start, b.start)) / min(_size(a), _size(b))


def _union(a: slice, b: slice) -> slice:
    return slice(min(a.start, b.start), max(a.stop, b.stop))


def _group(core: _Component, components: list[_Component], labels: np.ndarray) -> list[int]:
    """Return the labels of the core and of every stroke that belongs to its digit."""
    group, whole = [core.label], core
    others = [c for c in components if c is not core and c.contact <= core.contact]
    others = [c for c in others if c.edge_energy > SPECK * core.edge_energy]
    for _ in range(MAX_ROUNDS):
        near = _distances(group, whole, labels)
        near_strokes = [c for c in others if near[c.label] <= _max_gap(whole, c)]
        if not near_strokes:
            break
        for component in near_strokes:
            group.append(component.label)
            rows = _union(whole.rows, component.rows)
            whole = replace(whole, rows=rows, columns=_union(whole.columns, component.columns))
        others = [c for c in others if c not in near_strokes]
    return group


def _max_gap(whole: _Component, component: _Component) -> float:
    """Return how far, in pixels, a component may lie from the digit and still be part of it."""
    overlap = _overlap(whole.columns, component.columns)
    if overlap < 0.3 and _size(component.rows) > 0.55 * _size(whole.rows):
        return 1.5 + 0.04 * whole.length  # as tall, and beside it: another digit
    return 1.5 + (0.2 if overlap > 0 else 0.1) * whole.length


def _distances(group: list[int], whole: _Component, labels: np.ndarray) -> np.ndarray:
    """Return each label's distance from the group in pixels; infinite for one far away."""
    pad = 3 + round(0.25 * whole.length)
    sides = whole.rows, whole.columns
    window = labels[tuple(slice(max(0, s.start - pad), s.stop + pad) for s in sides)]
    distance = ndimage.distance_transform_edt(~np.isin(window, group))
    nearest = np.full(labels.max() + 1, np.inf)
    np.minimum.at(nearest, window, distance)
    return nearest
