"""A picture file of a digit -> an image as MNIST has it: 28 by 28, bright ink on black."""

from dataclasses import dataclass, field, replace

import numpy as np
from PIL import Image
from scipy import ndimage

from vae.errors import DigitError
from vae.preprocessing import pen, picture, segment, views
from vae.preprocessing.ink import Ink
from vae.preprocessing.picture import Picture
from vae.preprocessing.region import extent
from vae.preprocessing.views import View

SIDE, BOX = 28, 20  # MNIST: the digit fits a box of 20 pixels, its centre of mass in the middle
MIDDLE = 14.0  # where MNIST's centres of mass lie, give or take half a pixel
FINE_SIDE = 160  # pixels on the digit's longer side at which its stroke width is measured
THINNEST, THICKEST = 1.9, 4.2  # MNIST's strokes, 2nd to 98th percentile, in pixels of the box
LIKE_IT = 0.5  # pen score of a further digit, of the first one's
THUMBNAIL_SIDE = 160  # pixels on the longer side of a step's picture

BLANK = "That picture is all one colour: there is no digit to see. Send one with a digit on it."
NOTHING = (
    "No digit stands out in that picture. Write one digit large and dark on plain paper, "
    "and let it fill a good part of the picture."
)
WRITING = "That looks like a page of writing. Send a picture of one digit, large and alone."


@dataclass(frozen=True)
class Digit:
    """A digit as a model reads it, and the steps that led there."""

    image: np.ndarray  # (28, 28) float32 in [0, 1], bright ink on black, framed as in MNIST
    steps: list[tuple[str, np.ndarray]]  # a name, and a picture uint8 (h, w) or (h, w, 3)
    note: str  # a sentence for the visitor about what was read, or ""
    box: tuple[float, float, float, float]  # left, top, right, bottom in the picture, in [0, 1]
    pen_score: float  # how much it is like a digit written with a pen, in (0, 1]
    candidates: list["Digit"] = field(default_factory=list)  # other ways to see it, best first
    others: list["Digit"] = field(default_factory=list)  # further digits, from left to right


def prepare(data: bytes, turns: int = 0, mirrored: bool = False) -> Digit:
    """Return the digit in a picture file, as MNIST would have it, with the steps that led there.

    A picture can be seen in several ways: dark or light ink, on the whole picture or on a sheet in
    it, with or without the lines of the paper. Each gives a candidate; the one that is most like a
    digit written with a pen comes first.

    Args:
        data: The file.
        turns: Quarter turns clockwise, after those that the file itself asks for.
        mirrored: Swap left and right after that.

    Raises:
        DigitError: The file cannot be read as a picture, or holds no digit.
    """
    source = picture.read(data, turns, mirrored)
    colour = source.colour
    if max(np.ptp(colour[:, :, i]) for i in range(3)) < 0.02:
        raise DigitError(BLANK)
    seen = [digits for view in views.find_views(colour) if (digits := _see(view, source))]
    if not seen:
        raise DigitError(NOTHING)
    seen.sort(key=lambda digits: -digits[0].pen_score)
    best, *others = seen[0]
    if len(others) >= segment.MOST_DIGITS - 1:
        raise DigitError(WRITING)
    others = [other for other in others if other.pen_score > LIKE_IT * best.pen_score]
    others.sort(key=lambda digit: digit.box[0])
    candidates = [digits[0] for digits in seen[1:]]
    return replace(best, candidates=candidates, others=others)


def _see(view: View, source: Picture) -> list[Digit]:
    """Return the digits that one view of a picture shows, the largest first."""
    raw = view.ink
    whole = raw.strength / max(float(raw.strength.max()), 1e-6)
    if raw.is_drawing and _is_framed(whole):
        return [_make_digit(view, source, whole > 0.5, whole, whole)]
    found = []
    for mask in segment.digit_masks(raw):
        clean = _normalize(raw, mask)
        image = _center(_scale_to_box(_crop(clean, mask), raw.is_drawing))
        if image.max() >= 0.3:
            found.append(_make_digit(view, source, mask, clean, image))
    return found


def _make_digit(
    view: View, source: Picture, mask: np.ndarray, clean: np.ndarray, image: np.ndarray
) -> Digit:
    """Return the digit under a mask (h, w) of the view, with its steps."""
    raw = view.ink
    steps = [("Your picture", _thumbnail(source.colour))]
    if not raw.is_drawing:
        level = np.quantile(raw.strength[mask], 0.9)
        steps.append(("Shadows removed", _thumbnail(1 - raw.strength / max(level, 1e-6))))
    steps += [
        ("Ink only", _thumbnail(clean)),
        ("Cropped", _thumbnail(_crop(clean, mask))),
        ("As the machine sees it", _thumbnail(image)),
    ]
    rows, columns = extent(mask)
    height, width = source.colour.shape[:2]
    box = (
        (view.left + columns.start) / width,
        (view.top + rows.start) / height,
        (view.left + columns.stop) / width,
        (view.top + rows.stop) / height,
    )
    score = view.weight * pen.pen_score(raw.strength, mask)
    return Digit(image.astype(np.float32), steps, source.note, box, score)


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
    if clean.shape != (SIDE, SIDE) or max(clean[extent(clean > 0)].shape) not in (BOX - 1, BOX):
        return False
    return bool(np.abs(np.array(ndimage.center_of_mass(clean)) - MIDDLE).max() <= 1)


def _crop(clean: np.ndarray, mask: np.ndarray) -> np.ndarray:
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


def _thumbnail(values: np.ndarray) -> np.ndarray:
    """Return a picture in [0, 1] as uint8, its longer side THUMBNAIL_SIDE or a little less."""
    picture = np.round(np.clip(values, 0, 1) * 255).astype(np.uint8)
    times = max(1, THUMBNAIL_SIDE // max(picture.shape))
    image = Image.fromarray(picture.repeat(times, axis=0).repeat(times, axis=1))
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.BOX)
    return np.asarray(image)
