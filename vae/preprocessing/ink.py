"""How much ink lies where in a picture, whatever the light, the paper and the pen."""

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from vae.preprocessing.region import rim

SMALL_SIDE = 160  # pixels on the longer side: enough to tell how the light lies
WIDEST_STROKE = 1 / 3  # of the longer side: a fat stroke in a picture cut tightly around it
LEAST_OF_BOTH = 0.15  # share of each tone in a picture of two tones
LEAST_APART = 5.0  # of two tones, in the sum of their typical deviations
PLAIN_PAPER = 0.45  # share of the commonest colour, give or take a level, in a drawing


@dataclass(frozen=True)
class Ink:
    """How much ink lies where; 0 is paper."""

    strength: np.ndarray  # (h, w) float32, at least 0, in no fixed unit
    is_drawing: bool  # made on a screen: the paper is of one colour
    noise: float  # standard deviation of the paper's grain, in the same unit
    is_bold: bool = False  # it covers about as much of the picture as the paper does


def from_drawing(colour: np.ndarray) -> Ink | None:
    """Return the ink in a picture (h, w, 3) in [0, 1]; None if its paper is not of one colour."""
    paper = _plain_paper(colour)
    if paper is None:
        return None
    return Ink(np.abs(colour - paper).max(axis=2), True, 0.0)


def _plain_paper(colour: np.ndarray) -> np.ndarray | None:
    """Return the colour (3,) of the paper if it is the same all over the picture, or None."""
    grey = np.round(colour @ np.full(3, 255, np.float32)).astype(np.int32)  # 0 to 765
    count = np.convolve(np.bincount(grey.ravel(), minlength=766), np.ones(7), "same")
    same = np.abs(grey - np.argmax(count)) <= 3
    if same.mean() < PLAIN_PAPER:
        return None
    paper = np.median(colour[same], axis=0)
    same &= (np.abs(colour - paper) < 0.013).all(axis=2)
    rows, columns = (np.arange(side) * 4 // side for side in same.shape)
    part = rows[:, None] * 4 + columns  # a shadow would leave some of 16 parts without the colour
    count = np.bincount(part.ravel())
    shares = np.bincount(part.ravel(), same.ravel())[count > 0] / count[count > 0]
    return paper if np.mean(shares > 0.02) >= 0.85 else None


def from_photo(colour: np.ndarray, small: np.ndarray, dark: bool, widest: float) -> Ink:
    """Return the ink in a photograph, as in even and colourless light.

    Args:
        colour: (h, w, 3) in [0, 1].
        small: The same picture from `shrink`.
        dark: Whether the ink is darker than the paper.
        widest: How wide a stroke may be, as a share of the picture's longer side.
    """
    height, width = colour.shape[:2]
    # Filling narrow parts with their surroundings removes strokes and leaves paper and shadows.
    size = max(3, round(max(small.shape[:2]) * widest))
    fill = ndimage.grey_closing if dark else ndimage.grey_opening
    smooth = ndimage.gaussian_filter(small, (1, 1, 0))
    paper = fill(smooth, size=(size, size, 1), mode="nearest")
    paper = _resize(ndimage.gaussian_filter(paper, (1, 1, 0)), (width, height))
    ink = (paper - colour) / (paper + 0.02) if dark else (colour - paper) / (paper + 0.1)
    ink -= np.median(ink[::3, ::3], axis=(0, 1))
    strength = ink @ _direction(ink)
    grain = strength[strength < 0]  # ink hides the grain's other half
    noise = 1.48 * float(np.median(-grain)) if grain.size else 0.0
    return Ink(np.maximum(strength, 0), False, noise)


def from_two_tones(colour: np.ndarray, small: np.ndarray) -> Ink | None:
    """Return the ink of a bold digit that fills its picture (h, w, 3), or None if it is not bold.

    Where ink covers as much as paper, it is no narrow part of its surroundings: it is told apart by
    its tone alone. The light is taken to change evenly from side to side. Paper is what has more of
    the picture's rim.
    """
    plane = _light(small)
    if plane is None:
        return None
    grey = _even_out(colour, plane)
    bright = grey > otsu(grey)
    high, low = np.median(grey[bright]), np.median(grey[~bright])
    share = (high - grey) / (high - low)
    if rim(bright).mean() < 0.5:
        share = 1 - share
    return Ink(np.clip(share, 0, 1).astype(np.float32), False, 0.1, is_bold=True)


def _light(small: np.ndarray) -> np.ndarray | None:
    """Return how the light's logarithm changes across and down (2,), or None if tones are not two.

    Across and down go from -1 to 1.
    """
    plane = np.zeros(2)
    grey = _even_out(small, plane)
    y, x = (axis[::2, ::2].ravel() for axis in _axes(grey.shape))
    for _ in range(2):
        even = _even_out(small, plane)
        bright = even > otsu(even)
        if not LEAST_OF_BOTH < bright.mean() < 1 - LEAST_OF_BOTH:
            return None
        side = bright[::2, ::2].ravel()
        columns = np.stack([x, y, side, ~side], axis=1)
        plane = np.linalg.lstsq(columns, grey[::2, ::2].ravel(), rcond=None)[0][:2]
    parts = even[bright], even[~bright]
    middles = [np.median(part) for part in parts]
    spread = sum(np.median(np.abs(part - m)) for part, m in zip(parts, middles, strict=True))
    return plane if middles[0] - middles[1] > LEAST_APART * spread else None


def _even_out(colour: np.ndarray, plane: np.ndarray) -> np.ndarray:
    """Return the logarithm of a picture's grey levels as in even light."""
    grey = np.log(ndimage.gaussian_filter(colour.mean(axis=2), 0.7) + 0.02)
    y, x = _axes(grey.shape)
    return grey - plane[0] * x - plane[1] * y


def _axes(shape: tuple[int, int]) -> np.ndarray:
    return np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]


def otsu(values: np.ndarray) -> float:
    """Return the threshold that parts values best into two classes (Otsu, 1979)."""
    if np.ptp(values) < 1e-5:  # all one tone
        return float(values.max())
    count, edges = np.histogram(values, 64)
    middle = (edges[1:] + edges[:-1]) / 2
    below, total = np.cumsum(count), count.sum()
    mass = np.cumsum(count * middle)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (mass[-1] * below / total - mass) ** 2 / (below * (total - below))
    return float(edges[1:][np.argmax(np.nan_to_num(between, posinf=0))])


def is_dark(small: np.ndarray) -> bool:
    """Return whether the strokes in a small picture (h, w, 3) are darker than their paper."""
    grey = np.log(small.mean(axis=2) + 0.05)
    tiny = shrink(grey[:, :, None], 48)[:, :, 0]
    size = 2 * (max(tiny.shape) // 5) + 1
    around = ndimage.median_filter(tiny, size=size, mode="nearest")
    contrast = grey - np.asarray(Image.fromarray(around).resize(grey.shape[::-1]))
    # Strokes have sharp edges, shadows soft ones; pixels that differ much count most.
    edge = ndimage.gaussian_gradient_magnitude(grey, 0.7) ** 2
    inner = tuple(slice(side // 12, side - side // 12) for side in grey.shape)
    return float((edge * contrast**3)[inner].sum()) <= 0


def shrink(colour: np.ndarray, longer: int = SMALL_SIDE) -> np.ndarray:
    """Return the picture (h, w, k) with at most `longer` pixels on its longer side."""
    height, width = colour.shape[:2]
    scale = min(1, longer / max(height, width))
    return _resize(colour, (max(1, round(width * scale)), max(1, round(height * scale))))


def _direction(ink: np.ndarray) -> np.ndarray:
    """Return the ink's colour (3,), of sum 1: the ink along it has the least noise."""
    ink = ink[::2, ::2]
    total = ink @ np.ones(3, np.float32)
    strongest = ink[total >= np.quantile(total, 0.995)]
    direction = np.maximum(strongest.mean(axis=0), 1e-3)
    return (direction / direction.sum()).astype(np.float32)


def _resize(colour: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if colour.shape[1::-1] == size:
        return colour
    channels = map(Image.fromarray, np.ascontiguousarray(colour.transpose(2, 0, 1)))
    bilinear = Image.Resampling.BILINEAR
    return np.stack([np.asarray(c.resize(size, bilinear)) for c in channels], axis=2)
