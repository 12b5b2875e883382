"""A digit's ink -> the frame of MNIST's images: its strokes, its size and its place."""

import numpy as np
from PIL import Image
from scipy import ndimage

from vae.preprocessing.ink import Ink
from vae.preprocessing.region import extent

SIDE, BOX = 28, 20  # MNIST: the digit fits a box of 20 pixels, its centre of mass in the middle
MIDDLE = 14.0  # where MNIST's centres of mass lie, give or take half a pixel
FINE_SIDE = 160  # pixels on the digit's longer side at which its stroke width is measured
THINNEST, THICKEST = 1.9, 4.2  # MNIST's strokes, 2nd to 98th percentile, in pixels of the box


def fit(ink: Ink, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a digit's ink alone, and its image as MNIST has it.

    Args:
        ink: In the picture, (h, w).
        mask: Where the digit's strokes lie, (h, w).

    Returns:
        The ink (h, w) in [0, 1], paper 0; the image (28, 28), float32 in [0, 1].
    """
    if is_framed(ink):
        clean = ink.strength / ink.strength.max()
        return clean, clean.astype(np.float32)
    clean = _normalize(ink, mask)
    return clean, _center(_scale_to_box(crop(clean, mask), ink.is_drawing))


def _normalize(raw: Ink, mask: np.ndarray) -> np.ndarray:
    """Return the digit's ink alone, full ink 1 and paper 0, with its strokes' soft edges."""
    strength = raw.strength
    full = strength[mask].max() if raw.is_drawing else np.quantile(strength[mask], 0.7)
    wide = ndimage.maximum_filter(mask, size=5)
    paper = strength[~wide]
    paper = paper[paper < 0.2 * full]
    floor = 2.5 * np.sqrt(np.mean(paper**2)) if paper.size else 0.0
    floor = min(floor, 0.3 * full)
    return np.where(wide, np.clip((strength - floor) / (full - floor), 0, 1), 0)


def is_framed(ink: Ink) -> bool:
    """Return whether a drawing is framed as in MNIST already, so that there is nothing to do."""
    strength = ink.strength
    if not ink.is_drawing or strength.shape != (SIDE, SIDE) or not strength.any():
        return False
    if max(strength[extent(strength > 0)].shape) not in (BOX - 1, BOX):
        return False
    return bool(np.abs(np.array(ndimage.center_of_mass(strength)) - MIDDLE).max() <= 1)


def crop(clean: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return the part of the ink (h, w) that holds a mask and the soft edges beside it."""
    return clean[extent(mask | (clean > 0.1))]


def _scale_to_box(cut: np.ndarray, is_drawing: bool) -> np.ndarray:
    """Return the digit with its longer side 20 pixels and its strokes as wide as in MNIST."""
    longer = max(cut.shape)
    if is_drawing and BOX - 2 <= longer <= BOX + 1:
        return cut
    fine = _scale(cut, FINE_SIDE) if longer < FINE_SIDE else cut
    fine = np.pad(fine, max(fine.shape) // 8)
    fine = _match_stroke_width(fine, max(longer, FINE_SIDE))
    return _scale(fine[extent(fine > 0.1)], BOX)


def _match_stroke_width(fine: np.ndarray, longer: float) -> np.ndarray:
    """Return the same digit, its strokes widened or thinned to the range of MNIST's."""
    mask = fine > 0.5
    if not mask.any():
        return fine
    inside = ndimage.distance_transform_edt(mask)
    pixel = longer / BOX
    width = 4 * inside[mask].mean() / pixel  # across a stroke the mean distance is a quarter of it
    wanted = np.clip(width, THINNEST, THICKEST)
    if wanted == width:
        return fine
    grow = max((wanted - width) * pixel / 2, 0.5 - inside.max())  # never thinned to nothing
    signed = ndimage.distance_transform_edt(~mask) - inside
    return np.clip(0.5 + grow - signed, 0, 1)


def _scale(cut: np.ndarray, longer: int) -> np.ndarray:
    scale = longer / max(cut.shape)
    height, width = (max(1, round(side * scale)) for side in cut.shape)
    image = Image.fromarray(np.ascontiguousarray(cut, np.float32))
    return np.clip(np.asarray(image.resize((width, height), Image.Resampling.BICUBIC)), 0, 1)


def _center(boxed: np.ndarray) -> np.ndarray:
    """Return the digit in 28 by 28 pixels, moved by whole pixels until its mass is centred."""
    boxed = boxed[:SIDE, :SIDE]
    height, width = boxed.shape
    down, right = np.round(MIDDLE - np.array(ndimage.center_of_mass(boxed))).astype(int)
    down, right = np.clip([down, right], 0, [SIDE - height, SIDE - width])
    image = np.zeros((SIDE, SIDE), np.float32)
    image[down : down + height, right : right + width] = boxed
    return image
