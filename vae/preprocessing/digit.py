"""A picture file of a digit -> an image as MNIST has it: 28 by 28, bright ink on black."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from PIL import Image

from vae.errors import DigitError
from vae.preprocessing import frame, picture, segment
from vae.preprocessing.picture import Picture
from vae.preprocessing.region import Box
from vae.preprocessing.strokes import Strokes, find_ways, look_closer

RIVAL = 0.3  # pen score of a way to see a digit that is kept, of the best one's
LIKE_IT = 0.2  # the same of a further digit
FAINTEST = 0.3  # level of the brightest pixel: a fainter image shows nothing
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
    box: Box  # in the picture
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
    ways = sorted(find_ways(colour), key=lambda way: -way[0].pen_score)
    if not ways:
        raise DigitError(NOTHING)
    first, *others = ways[0]
    if len(others) >= segment.MOST_DIGITS - 1:
        raise DigitError(WRITING)
    others = [other for other in others if other.pen_score > LIKE_IT * first.pen_score]
    rivals = [way[0] for way in ways[1:] if way[0].pen_score > RIVAL * first.pen_score]
    kept = [first, *rivals, *others]
    if any(strokes.is_small for strokes in kept):
        detail = picture.read(data, turns, mirrored, picture.DETAIL_SIDE).colour
        if max(detail.shape) > max(colour.shape):
            kept = [look_closer(each, detail) if each.is_small else each for each in kept]
    digits = [_make_digit(strokes, source) for strokes in kept]
    ranked = _visible(digits[: 1 + len(rivals)], by=lambda digit: -digit.pen_score)
    if not ranked:
        raise DigitError(NOTHING)
    further = _visible(digits[1 + len(rivals) :], by=lambda digit: digit.box[0])
    return replace(ranked[0], candidates=ranked[1:], others=further)


def _visible(digits: list[Digit], by: Callable[[Digit], float]) -> list[Digit]:
    """Return the digits whose image shows something, in order."""
    return sorted((digit for digit in digits if digit.image.max() >= FAINTEST), key=by)


def _make_digit(strokes: Strokes, source: Picture) -> Digit:
    """Return the digit of some strokes in a picture, with its steps."""
    ink, mask = strokes.view.ink, strokes.mask
    clean, image = frame.fit(ink, mask)
    steps = [("Your picture", _thumbnail(source.colour))]
    if strokes.close_up is not None:
        steps.append(("A closer look", _thumbnail(strokes.close_up)))
    if not ink.is_drawing:
        level = np.quantile(ink.strength[mask], 0.9)
        steps.append(("Shadows removed", _thumbnail(1 - ink.strength / max(level, 1e-6))))
    steps += [
        ("Ink only", _thumbnail(clean)),
        ("Cropped", _thumbnail(frame.crop(clean, mask))),
        ("As the machine sees it", _thumbnail(image)),
    ]
    return Digit(image, steps, source.note, strokes.box, strokes.pen_score)


def _thumbnail(values: np.ndarray) -> np.ndarray:
    """Return a picture in [0, 1] as uint8, its longer side THUMBNAIL_SIDE or a little less."""
    picture = np.round(np.clip(values, 0, 1) * 255).astype(np.uint8)
    times = max(1, THUMBNAIL_SIDE // max(picture.shape))
    image = Image.fromarray(picture.repeat(times, axis=0).repeat(times, axis=1))
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.BOX)
    return np.asarray(image)
