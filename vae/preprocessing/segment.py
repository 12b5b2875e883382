"""The strokes of each digit, apart from specks, page edges, frames and other digits."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from vae.preprocessing.ink import Ink
from vae.preprocessing.region import extent, rim

EIGHT_CONNECTED = np.ones((3, 3), int)  # pixels that share a corner belong together
MAX_ROUNDS = 6  # of joining strokes: enough for any digit, and an end to a field of dots
SPECK = 0.02  # share of the largest stroke's edge below which a component is dirt
LEAST_AT_EDGE = 0.07  # share of the picture's longer side that a digit has at least, beside an edge
LEAST_ALONE = 0.02  # the same, away from the edge; less is grain
BLOB = 0.3  # width over length: a disc has 0.39, the fattest of MNIST's digits 0.2
LEAST_FRAME = 0.1  # length of a frame, of the picture's longer side
THIN_FRAME = 0.1  # width of its line, of its length
LEAST_SQUARE = 0.55  # share of its extent that a frame's hole fills: a box that is drawn askew
LEAST_FILLED, MOST_FILLED = 0.25, 0.97  # length of what it holds, of the hole's
FAINT = 0.2  # edge of what it holds, a pixel, of its own
BROKEN = 0.3  # gap in the strokes of a pen that skips, of the digit's length
WIDEST = 1.4  # width of a digit that is put together, of its height
MOST_DIGITS = 12  # that are looked for in one picture
HALF_INK = 0.35  # share of the full ink from which a pixel belongs to a stroke


@dataclass(frozen=True)
class _Component:
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
        return max(_size(self.rows), _size(self.columns))


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


def _find_components(ink: Ink) -> tuple[list[_Component], np.ndarray] | None:
    """Return the ink's components of stroke strength, and their labels (h, w); None if none is.

    The first component is the core of the largest digit.
    """
    strength = ink.strength
    low = threshold(ink)
    smooth = strength if ink.is_drawing else ndimage.gaussian_filter(strength, 0.7)
    edge = _squared_slope(smooth)
    labels, components = _components(edge, smooth > low)
    framed = _framed_area(components, labels, ink.is_drawing)
    if framed is not None:
        labels, components = _components(edge, framed & (smooth > low))
    core = _core(components, strength.shape)
    if core is None:
        return None
    full = np.quantile(smooth[labels == core.label], 0.85)
    mask = smooth > max(low, HALF_INK * full)
    labels, components = _components(edge, mask if framed is None else mask & framed)
    core = _core(components, strength.shape)
    if core is None or core.length < max(4, LEAST_ALONE * max(strength.shape)):
        return None
    components.remove(core)
    return [core, *components], labels


def _digits(
    components: list[_Component], labels: np.ndarray, is_broken: bool = False
) -> Iterator[np.ndarray]:
    """Yield the masks (h, w) of the digits that the components make up, the core's first."""
    core = components[0]
    height = _size(core.rows)
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
    return _size(columns) <= WIDEST * _size(rows)


def has_frame(ink: Ink) -> bool:
    """Return whether there is a frame with something in it: its lines are none of the paper's."""
    mask = ink.strength > threshold(ink)
    labels, components = _components(_squared_slope(ink.strength), mask)
    return _framed_area(components, labels, ink.is_drawing) is not None


def _is_like(component: _Component, height: int) -> bool:
    """Return whether a component may be another digit beside one of this height, in pixels."""
    return not (component.contact or component.is_blob) and _size(component.rows) >= height / 2


def threshold(ink: Ink) -> float:
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
    outline = rim(labels)
    contact = np.bincount(outline, minlength=count + 1) / len(outline)
    width = _stroke_widths(labels, count)
    components = []
    for i, (rows, columns) in enumerate(ndimage.find_objects(labels), 1):
        is_blob = width[i] > BLOB * max(_size(rows), _size(columns))
        component = _Component(i, rows, columns, edge_energy[i], contact[i], width[i], is_blob)
        components.append(component)
    return labels, components


def _framed_area(
    components: list[_Component], labels: np.ndarray, is_drawing: bool
) -> np.ndarray | None:
    """Return the mask (h, w) of what lies inside frames with something in them, or None."""
    least = LEAST_FRAME * max(labels.shape)
    area = np.zeros(labels.shape, bool)
    for frame in components:
        if frame.length >= least and frame.width <= THIN_FRAME * frame.length:
            area[frame.rows, frame.columns] |= _framed(frame, components, labels, is_drawing)
    return area if area.any() else None


def _framed(
    frame: _Component, components: list[_Component], labels: np.ndarray, is_drawing: bool
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


def _group(
    core: _Component, components: list[_Component], labels: np.ndarray, is_broken: bool
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


def _max_gap(whole: _Component, component: _Component, is_broken: bool) -> float:
    """Return how far, in pixels, a component may lie from the digit and still be part of it."""
    if is_broken:
        return 1.5 + BROKEN * whole.length
    overlap = _overlap(whole.columns, component.columns)
    if overlap < 0.3 and _size(component.rows) > 0.55 * _size(whole.rows):
        return 1.5 + 0.04 * whole.length  # as tall, and beside it: another digit
    return 1.5 + (0.2 if overlap > 0 else 0.1) * whole.length


def _distances(group: list[int], whole: _Component, labels: np.ndarray) -> np.ndarray:
    """Return each label's distance from the group in pixels; infinite for one far away."""
    pad = 3 + round((BROKEN + 0.05) * whole.length)
    sides = whole.rows, whole.columns
    window = labels[tuple(slice(max(0, s.start - pad), s.stop + pad) for s in sides)]
    distance = ndimage.distance_transform_edt(~np.isin(window, group))
    nearest = np.full(labels.max() + 1, np.inf)
    np.minimum.at(nearest, window, distance)
    return nearest
