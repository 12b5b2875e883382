"""A picture file of a digit -> an image as MNIST has it: 28 by 28, bright ink on black."""

from dataclasses import dataclass, field, replace

import numpy as np
from PIL import Image
from scipy import ndimage

from vae.errors import DigitError
from vae.preprocessing import ink, picture, segment
from vae.preprocessing.ink import Ink

MOST_OTHERS = 8
SIDE, BOX = 28, 20  # MNIST: the digit fits a box of 20 pixels, its centre of mass in the middle
MIDDLE = 14.0  # where MNIST's centres of mass lie, give or take half a pixel
FINE_SIDE = 160  # pixels on the digit's longer side at which its stroke width is measured
THINNEST, THICKEST = 1.9, 4.2  # MNIST's strokes, 2nd to 98th percentile, in pixels of the box
THUMBNAIL_SIDE = 160  # pixels on the longer side of a step's picture

BLANK = "That picture is all one colour: there is no digit to see. Send one with a digit on it."
NOTHING = (
    "No digit stands out in that picture. Write one digit large and dark on plain paper, "
    "and let it fill a good part of the picture."
)


@dataclass(frozen=True)
class Digit:
    """A digit as a model reads it, and the steps that led there."""

    image: np.ndarray  # (28, 28) float32 in [0, 1], bright ink on black, framed as in MNIST
    steps: list[tuple[str, np.ndarray]]  # a name, and a picture uint8 (h, w) or (h, w, 3)
    note: str  # a sentence for the visitor about what was read, or ""
    # Left, top, right, bottom in the upright picture, shares in [0, 1].
    box: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    pen_score: float = 1.0  # how much it is like a digit written with a pen, in [0, 1]
    candidates: list["Digit"] = field(default_factory=list)  # other ways to see it, best first
    others: list["Digit"] = field(default_factory=list)  # other digits, from left to right


def prepare(data: bytes, turns: int = 0, mirrored: bool = False) -> Digit:
    """Return the digit in a picture file, as MNIST would have it, with the steps that led there.

    Args:
        data: the file.
        turns: quarter turns clockwise, after those that the file itself asks for.
        mirrored: swap left and right after that.

    Raises:
        DigitError: The file cannot be read as a picture, or holds no digit.
    """
    source = picture.read(data, turns, mirrored)
    colour = source.colour
    if max(np.ptp(colour[:, :, i]) for i in range(3)) < 0.02:
        raise DigitError(BLANK)
    raw = ink.from_drawing(colour) or _ink_in_photo(colour)
    whole = raw.strength / raw.strength.max()
    is_framed = raw.is_drawing and _is_framed(whole)
    mask = whole > 0.5 if is_framed else segment.digit_mask(raw)
    if mask is None:
        raise DigitError(NOTHING)
    digit = _make_digit(colour, raw, mask, is_framed, source.note)
    if is_framed:
        return digit
    others: list[Digit] = []
    rest = raw
    for _ in range(MOST_OTHERS):
        rest = replace(
            rest, strength=np.where(ndimage.binary_dilation(mask, iterations=3), 0, rest.strength)
        )
        mask = segment.digit_mask(rest)
        if mask is None or not mask.any() or _tall(mask) < 0.5 * (digit.box[3] - digit.box[1]):
            break
        others.append(_make_digit(colour, raw, mask, False, source.note))
    return replace(digit, others=sorted(others, key=lambda other: other.box[0]))


def _tall(mask: np.ndarray) -> float:
    rows, _ = _extent(mask)
    return (rows.stop - rows.start) / mask.shape[0]


def _make_digit(
    colour: np.ndarray, raw: Ink, mask: np.ndarray, is_framed: bool, note: str
) -> Digit:
    whole = raw.strength / raw.strength.max()
    clean = whole if is_framed else _normalize(raw, mask)
    rows, columns = _extent(mask | (clean > 0.1))
    cut = clean[rows, columns]
    image = whole if is_framed else _center(_scale_to_box(cut, raw.is_drawing))
    if image.max() < 0.3:
        raise DigitError(NOTHING)
    steps = [("Your picture", _thumbnail(colour))]
    if not raw.is_drawing:
        level = np.quantile(raw.strength[mask], 0.9)
        steps.append(("Shadows removed", _thumbnail(1 - raw.strength / max(level, 1e-6))))
    steps += [
        ("Ink only", _thumbnail(clean)),
        ("Cropped", _thumbnail(cut)),
        ("As the machine sees it", _thumbnail(image)),
    ]
    height, width = clean.shape
    box = columns.start / width, rows.start / height, columns.stop / width, rows.stop / height
    return Digit(image.astype(np.float32), steps, note, box)


def _ink_in_photo(colour: np.ndarray) -> Ink:
    """Return the ink in a photograph; a small copy shows its tone and how wide its strokes are."""
    small = ink.shrink(colour)
    dark = ink.is_dark(small)
    widest = ink.WIDEST_STROKE
    rough = segment.digit_mask(ink.from_photo(small, small, dark, widest))
    if rough is not None:
        widest = float(np.clip(3 * segment.stroke_width(rough), 1 / 12, widest))
    return ink.from_photo(colour, small, dark, widest)


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


def _is_framed(clean: np.ndarray) -> bool:
    """Return whether a picture is framed as in MNIST already, so that there is nothing to do."""
    if clean.shape != (SIDE, SIDE) or max(clean[_extent(clean > 0)].shape) not in (BOX - 1, BOX):
        return False
    return bool(np.abs(np.array(ndimage.center_of_mass(clean)) - MIDDLE).max() <= 1)


def _extent(mask: np.ndarray) -> tuple[slice, slice]:
    """Return the smallest rectangle around a mask (h, w)."""
    return ndimage.find_objects(mask.astype(np.uint8))[0]


def _scale_to_box(cut: np.ndarray, is_drawing: bool) -> np.ndarray:
    """Return the digit with its longer side 20 pixels and its strokes as wide as in MNIST."""
    longer = max(cut.shape)
    if is_drawing and BOX - 2 <= longer <= BOX + 1:
        return cut
    fine = _scale(cut, FINE_SIDE) if longer < FINE_SIDE else cut
    fine = np.pad(fine, max(fine.shape) // 8)
    fine = _match_stroke_width(fine, max(longer, FINE_SIDE))
    return _scale(fine[_extent(fine > 0.1)], BOX)


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


def _thumbnail(values: np.ndarray) -> np.ndarray:
    """Return a picture in [0, 1] as uint8, its longer side THUMBNAIL_SIDE or a little less."""
    picture = np.round(np.clip(values, 0, 1) * 255).astype(np.uint8)
    times = max(1, THUMBNAIL_SIDE // max(picture.shape))
    image = Image.fromarray(picture.repeat(times, axis=0).repeat(times, axis=1))
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.BOX)
    return np.asarray(image)
