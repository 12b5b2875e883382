"""The strokes of one digit, told from specks, page edges and the digit beside it."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from vae.preprocessing.ink import Ink

EIGHT = np.ones((3, 3), int)  # pixels that share a corner belong together
ROUNDS = 6  # of joining strokes: enough for any digit, and an end to a field of dots
SPECK = 0.02  # share of the largest stroke's edge below which a spot is dirt
SEEN = 0.07  # share of the picture's longer side that a digit has at least, beside an edge
SMALLEST = 0.02  # the same for what stands alone; less is grain
STOUT = 0.3  # width over length: a disc has 0.39, the fattest of MNIST's digits 0.2
HALF_INK = 0.35  # share of the full ink from which a pixel belongs to a stroke


@dataclass(frozen=True)
class _Spot:
    """Connected ink."""

    label: int
    top: int
    bottom: int
    left: int
    right: int
    sharp: float  # how much sharp and strong edge there is: little in a shadow, much in a stroke
    contact: float  # share of the picture's outline that it touches
    stout: bool  # too fat for its length to be made of strokes: a shadow or a thing

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def length(self) -> int:
        return max(self.height, self.width)


def find(ink: Ink) -> np.ndarray | None:
    """The mask (h, w) of the strokes of the picture's largest digit, or None if there is none."""
    strength = ink.strength
    low = _threshold(ink)
    smooth = strength if ink.drawn else ndimage.gaussian_filter(strength, 0.7)
    edge = _edges(smooth)
    labels, spots = _spots(edge, smooth > low)
    core = _core(spots, strength.shape)
    if core is None:
        return None
    full = np.quantile(smooth[labels == core.label], 0.85)
    labels, spots = _spots(edge, smooth > max(low, HALF_INK * full))
    core = _core(spots, strength.shape)
    if core is None or core.length < max(4, SMALLEST * max(strength.shape)):
        return None
    return np.isin(labels, _together(core, spots, labels))


def _threshold(ink: Ink) -> float:
    """The strength below which a difference may be noise."""
    if ink.drawn:
        return max(0.2 * float(ink.strength.max()), 0.02)
    return max(3 * ink.noise, 0.04)


def _edges(smooth: np.ndarray) -> np.ndarray:
    """The squared slope of the ink (h, w), without what the grain of the paper adds to it."""
    slope = np.zeros_like(smooth)
    slope[1:-1] += (smooth[2:] - smooth[:-2]) ** 2
    slope[:, 1:-1] += (smooth[:, 2:] - smooth[:, :-2]) ** 2
    return np.maximum(slope - 4 * np.median(slope[::2, ::2]), 0)


def width(mask: np.ndarray) -> float:
    """How wide the strokes of a mask are, in pixels, as a share of its longer side."""
    return float(_widths(mask.astype(int), 1)[1]) / max(mask.shape)


def _spots(edge: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, list[_Spot]]:
    labels, count = ndimage.label(mask, EIGHT)
    sharp = np.bincount(labels.ravel(), edge.ravel(), minlength=count + 1)
    rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    contact = np.bincount(rim, minlength=count + 1) / len(rim)
    width = _widths(labels, count)
    spots = []
    for i, (y, x) in enumerate(ndimage.find_objects(labels), 1):
        stout = width[i] > STOUT * max(y.stop - y.start, x.stop - x.start)
        spots.append(_Spot(i, y.start, y.stop, x.start, x.stop, sharp[i], contact[i], stout))
    return labels, spots


def _widths(labels: np.ndarray, count: int) -> np.ndarray:
    """How wide each label's strokes are, in pixels: twice the area over the outline's length."""
    area = np.bincount(labels.ravel(), minlength=count + 1)
    outline = np.zeros(count + 1)
    for one, other in ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])):
        differ = one != other
        outline += np.bincount(one[differ], minlength=count + 1)
        outline += np.bincount(other[differ], minlength=count + 1)
    return 2 * area / np.maximum(outline, 1)


def _core(spots: list[_Spot], shape: tuple[int, int]) -> _Spot | None:
    """The spot of most edge inside the picture; one at its edge only if it looks like a digit."""
    inside = max((s for s in spots if not s.contact), key=_weight, default=None)
    at_edge = max((s for s in spots if s.contact), key=_weight, default=None)
    if inside is None or at_edge is None:
        return inside or at_edge
    if inside.length < SEEN * max(shape):
        return max(inside, at_edge, key=_weight)
    cut_tightly = at_edge.contact < 0.3 and at_edge.sharp > inside.sharp
    return at_edge if cut_tightly and _share(at_edge, inside) > 0.5 else inside


def _weight(spot: _Spot) -> float:
    return spot.sharp * (0.02 if spot.stout else 1)


def _share(spot: _Spot, other: _Spot) -> float:
    """How much of the other's width and height lies within the spot's: the smaller share."""
    return min(_overlap(spot, other), _beside(spot, other))


def _overlap(spot: _Spot, other: _Spot) -> float:
    """The common part of their columns, as a share of the narrower one's width."""
    common = min(spot.right, other.right) - max(spot.left, other.left)
    return common / min(spot.width, other.width)


def _beside(spot: _Spot, other: _Spot) -> float:
    """The common part of their rows, as a share of the lower one's height."""
    common = min(spot.bottom, other.bottom) - max(spot.top, other.top)
    return common / min(spot.height, other.height)


def _together(core: _Spot, spots: list[_Spot], labels: np.ndarray) -> list[int]:
    """Labels of the core and of every stroke that belongs to its digit."""
    group = [core.label]
    whole = core
    others = [
        s
        for s in spots
        if s is not core and s.sharp > SPECK * core.sharp and s.contact <= core.contact
    ]
    for _ in range(ROUNDS):
        near = _distances(group, whole, labels)
        joined = [s for s in others if near[s.label] <= _reach(whole, s)]
        if not joined:
            break
        for spot in joined:
            group.append(spot.label)
            whole = _union(whole, spot)
        others = [s for s in others if s not in joined]
    return group


def _reach(whole: _Spot, spot: _Spot) -> float:
    """How far a spot may lie from the digit, in pixels, and still be a stroke of it."""
    neighbour = _overlap(whole, spot) < 0.3 and spot.height > 0.55 * whole.height
    if neighbour:
        return 1.5 + 0.04 * whole.length
    return 1.5 + (0.2 if _overlap(whole, spot) > 0 else 0.1) * whole.length


def _distances(group: list[int], whole: _Spot, labels: np.ndarray) -> np.ndarray:
    """How far each label is from the group, in pixels; infinite where it is nowhere near."""
    pad = 3 + round(0.25 * whole.length)
    top, left = max(0, whole.top - pad), max(0, whole.left - pad)
    window = labels[top : whole.bottom + pad, left : whole.right + pad]
    away = ndimage.distance_transform_edt(~np.isin(window, group))
    nearest = np.full(labels.max() + 1, np.inf)
    np.minimum.at(nearest, window, away)
    return nearest


def _union(a: _Spot, b: _Spot) -> _Spot:
    return _Spot(
        a.label,
        min(a.top, b.top),
        max(a.bottom, b.bottom),
        min(a.left, b.left),
        max(a.right, b.right),
        a.sharp + b.sharp,
        max(a.contact, b.contact),
        a.stout,
    )
