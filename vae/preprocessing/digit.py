"""A picture file of a digit -> an image as MNIST has it: 28 by 28, bright ink on black."""

from dataclasses import dataclass, field, replace

import numpy as np
from PIL import Image

from vae.errors import DigitError
from vae.preprocessing import mnist, picture, segment
from vae.preprocessing.picture import Picture
from vae.preprocessing.region import Box
from vae.preprocessing.strokes import Strokes, find_ways, look_closer

RIVAL = 0.3  # pen score of a way to see a digit that is kept, of the best one's
MOST_WAYS = 5  # that are kept
SAME = 0.01  # mean difference of two images of the same digit
LIKE_IT = 0.1  # pen score of a further digit, of the likeliest one's
NEARLY = 0.85  # length of the digit that is read, of the largest one's, at least
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
    others: list["Digit"] = field(default_factory=list)  # further digits, from left to right
    candidates: list["Digit"] = field(default_factory=list)  # other ways to see it all, best first


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
    ways = sorted(find_ways(colour), key=_best_score, reverse=True)
    if not ways:
        raise DigitError(NOTHING)
    likely = [way for way in ways if _best_score(way) > RIVAL * _best_score(ways[0])]
    if any(len(way) >= segment.MOST_DIGITS for way in likely):
        raise DigitError(WRITING)
    likely = [_sort_out(way) for way in likely[:MOST_WAYS]]
    if any(strokes.is_small for way in likely for strokes in way):
        detail = picture.read(data, turns, mirrored, picture.DETAIL_SIDE).colour
        if max(detail.shape) > max(colour.shape):
            likely = [[look_closer(each, detail) for each in way] for way in likely]
    digits: list[Digit] = []
    for way in (way for way in likely if not way[0].is_shade):
        digit = _make_digits(way, source)
        if digit.image.max() >= FAINTEST and not any(_is_same(digit, other) for other in digits):
            digits.append(digit)
    if not digits:
        raise DigitError(NOTHING)
    first, *candidates = sorted(digits, key=lambda digit: -digit.pen_score)
    return replace(first, candidates=candidates)


def _best_score(way: list[Strokes]) -> float:
    """Return the pen score of the likeliest of some digits."""
    return max(strokes.pen_score for strokes in way)


def _sort_out(way: list[Strokes]) -> list[Strokes]:
    """Return the digits among some strokes, the one to be read first.

    It is the largest, and of several that are nearly as large the one on the left.
    """
    way = [strokes for strokes in way if strokes.pen_score >= LIKE_IT * _best_score(way)]
    large = NEARLY * max(strokes.length for strokes in way)
    main = min((s for s in way if s.length >= large), key=lambda strokes: strokes.box[0])
    return [main, *(strokes for strokes in way if strokes is not main)]


def _make_digits(way: list[Strokes], source: Picture) -> Digit:
    """Return the first digit of a picture, with the others."""
    shown = _thumbnail(source.colour)
    main, *others = (_make_digit(strokes, shown, source.note) for strokes in way)
    others = [other for other in others if other.image.max() >= FAINTEST]
    return replace(main, others=sorted(others, key=lambda digit: digit.box[0]))


def _is_same(one: Digit, other: Digit) -> bool:
    """Return whether two ways to see a digit look the same."""
    return bool(np.abs(one.image - other.image).mean() < SAME)


def _make_digit(strokes: Strokes, shown: np.ndarray, note: str) -> Digit:
    """Return the digit of some strokes in a picture that is shown small, with its steps."""
    ink, mask = strokes.view.ink, strokes.mask
    clean, image = mnist.fit(ink, mask)
    steps = [("Your picture", shown)]
    if strokes.close_up is not None:
        steps.append(("A closer look", _thumbnail(strokes.close_up)))
    if not ink.is_drawing:
        level = np.quantile(ink.strength[mask], 0.9)
        steps.append(("Paper cleaned", _thumbnail(1 - ink.strength / max(level, 1e-6))))
    steps += [
        ("Ink only", _thumbnail(clean)),
        ("Cropped", _thumbnail(mnist.crop(clean, mask))),
        ("As the machine sees it", _thumbnail(image)),
    ]
    return Digit(image, steps, note, strokes.box, strokes.pen_score)


def _thumbnail(values: np.ndarray) -> np.ndarray:
    """Return a picture in [0, 1] as uint8, its longer side THUMBNAIL_SIDE or a little less."""
    picture = np.round(np.clip(values, 0, 1) * 255).astype(np.uint8)
    times = max(1, THUMBNAIL_SIDE // max(picture.shape))
    image = Image.fromarray(picture.repeat(times, axis=0).repeat(times, axis=1))
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.BOX)
    return np.asarray(image)
