"""A picture of a digit made into what the machine has learnt to read: 28 by 28, as in MNIST."""

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from vae.errors import DigitError
from vae.preprocessing import ink, picture
from vae.preprocessing import segment as strokes

SIDE, BOX = 28, 20  # MNIST: the digit fits a box of 20 pixels, its centre of mass in the middle
MIDDLE = 14.0  # where MNIST's centres of mass lie, give or take half a pixel
FINE = 160  # pixels on the digit's longer side at which a stroke's weight is judged
LIGHT, HEAVY = 1.9, 4.2  # MNIST's strokes, 2nd to 98th percentile, in pixels of the box
SHOWN = 160  # pixels on the longer side of a step's picture

BLANK = "That picture is all one colour: there is no digit to see. Send one with a digit on it."
NOTHING = (
    "No digit stands out in that picture. Write one digit large and dark on plain paper, "
    "and let it fill a good part of the picture."
)


@dataclass(frozen=True)
class Digit:
    """A digit as the machine wants it, and how it came about."""

    image: np.ndarray  # (28, 28) float32 in [0, 1], bright ink on black, as MNIST's
    steps: list[tuple[str, np.ndarray]]  # a name, and a picture uint8 (h, w) or (h, w, 3)
    note: str  # a sentence that the page should say, or ""


def prepare(data: bytes) -> Digit:
    """The digit in a picture file, as MNIST would have it, with the steps that led there.

    Raises:
        DigitError: the file cannot be read as a picture, or holds no digit.
    """
    seen = picture.read(data)
    colour = seen.colour
    if max(np.ptp(colour[:, :, i]) for i in range(3)) < 0.02:
        raise DigitError(BLANK)
    found = ink.drawn(colour) or _photographed(colour)
    whole = found.strength / found.strength.max()
    framed = found.drawn and _is_mnist(whole)
    mask = whole > 0.5 if framed else strokes.find(found)
    if mask is None:
        raise DigitError(NOTHING)
    clean = whole if framed else _normalised(found, mask)
    cut = _cropped(clean, mask)
    image = whole if framed else _centred(_boxed(cut, found.drawn))
    if image.max() < 0.3:
        raise DigitError(NOTHING)
    steps = [("Your picture", _shown(colour))]
    if not found.drawn:
        level = np.quantile(found.strength[mask], 0.9)
        steps.append(("In even light", _shown(1 - found.strength / max(level, 1e-6))))
    steps += [
        ("The ink", _shown(clean)),
        ("Cut out", _shown(cut)),
        ("As the machine sees it", _shown(image)),
    ]
    return Digit(image.astype(np.float32), steps, seen.note)


def _photographed(colour: np.ndarray) -> ink.Ink:
    """The ink in a photograph, once a rough look has told its tone and how wide the strokes are."""
    small = ink.reduced(colour)
    dark = ink.is_dark(small)
    rough = strokes.find(ink.photographed(small, small, dark))
    if rough is None:
        return ink.photographed(colour, small, dark)
    widest = float(np.clip(3 * strokes.width(rough), 1 / 12, ink.WIDEST))
    return ink.photographed(colour, small, dark, widest)


def _normalised(found: ink.Ink, mask: np.ndarray) -> np.ndarray:
    """The digit's ink alone, full ink 1 and paper 0; the soft edges of strokes are kept."""
    strength = found.strength
    full = strength[mask].max() if found.drawn else np.quantile(strength[mask], 0.7)
    wide = ndimage.maximum_filter(mask, size=5)
    off = strength[~wide]
    off = off[off < 0.2 * full]
    floor = 2.5 * np.sqrt(np.mean(off**2)) if off.size else 0.0
    floor = min(floor, 0.3 * full)
    return np.where(wide, np.clip((strength - floor) / (full - floor), 0, 1), 0)


def _is_mnist(clean: np.ndarray) -> bool:
    """Whether a picture is framed as MNIST frames its digits, so that nothing need be done."""
    if clean.shape != (SIDE, SIDE):
        return False
    rows, columns = _extent(clean > 0)
    fits = max(rows.stop - rows.start, columns.stop - columns.start) in (BOX - 1, BOX)
    centre = np.array(ndimage.center_of_mass(clean))
    return bool(fits and np.abs(centre - MIDDLE).max() <= 1)


def _extent(mask: np.ndarray) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _cropped(clean: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return clean[_extent(mask | (clean > 0.1))]


def _boxed(cut: np.ndarray, drawn: bool) -> np.ndarray:
    """The digit with its longer side 20 pixels, its strokes of a weight that MNIST knows."""
    longer = max(cut.shape)
    if drawn and BOX - 2 <= longer <= BOX + 1:
        return cut
    fine = _scaled(cut, FINE) if longer < FINE else cut
    fine = np.pad(fine, max(fine.shape) // 8)
    fine = _weighed(fine, max(longer, FINE))
    return _scaled(fine[_extent(fine > 0.1)], BOX)


def _weighed(fine: np.ndarray, longer: float) -> np.ndarray:
    """The same digit, its strokes made wider or narrower if MNIST's are never so thin or fat."""
    mask = fine > 0.5
    if not mask.any():
        return fine
    inside = ndimage.distance_transform_edt(mask)
    pixel = longer / BOX
    width = 4 * inside[mask].mean() / pixel  # across a stroke the mean distance is a quarter of it
    wanted = np.clip(width, LIGHT, HEAVY)
    if wanted == width:
        return fine
    grow = max((wanted - width) * pixel / 2, 0.5 - inside.max())  # never thinned to nothing
    signed = ndimage.distance_transform_edt(~mask) - inside
    return np.clip(0.5 + grow - signed, 0, 1)


def _scaled(cut: np.ndarray, longer: int) -> np.ndarray:
    scale = longer / max(cut.shape)
    height, width = (max(1, round(side * scale)) for side in cut.shape)
    image = Image.fromarray(np.ascontiguousarray(cut, np.float32))
    return np.clip(np.asarray(image.resize((width, height), Image.Resampling.BICUBIC)), 0, 1)


def _centred(boxed: np.ndarray) -> np.ndarray:
    """The digit in 28 by 28 pixels, moved by whole ones until its weight is in the middle."""
    boxed = boxed[:SIDE, :SIDE]
    height, width = boxed.shape
    down, right = np.round(MIDDLE - np.array(ndimage.center_of_mass(boxed))).astype(int)
    down, right = np.clip([down, right], 0, [SIDE - height, SIDE - width])
    image = np.zeros((SIDE, SIDE), np.float32)
    image[down : down + height, right : right + width] = boxed
    return image


def _shown(values: np.ndarray) -> np.ndarray:
    """A picture in [0, 1] as uint8, its longer side `SHOWN` pixels or a little less."""
    image = Image.fromarray(np.round(np.clip(values, 0, 1) * 255).astype(np.uint8))
    longer = max(image.size)
    if longer * 2 <= SHOWN:
        size = tuple(side * (SHOWN // longer) for side in image.size)
        return np.asarray(image.resize(size, Image.Resampling.NEAREST))
    if longer > SHOWN:
        image.thumbnail((SHOWN, SHOWN), Image.Resampling.BOX)
    return np.asarray(image)
