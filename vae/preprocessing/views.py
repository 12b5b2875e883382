"""The ways to see a picture: dark or light ink, whole or a sheet in it, with lines or without."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from vae.preprocessing import ink, lines, mnist, segment
from vae.preprocessing.components import stroke_width, threshold
from vae.preprocessing.frames import has_frame
from vae.preprocessing.ink import Ink
from vae.preprocessing.sheet import find_sheet

OTHER_TONE = 0.7  # weight of ink in the tone that the whole picture does not suggest


@dataclass(frozen=True)
class View:
    """Ink as one way to see a picture shows it."""

    ink: Ink
    weight: float  # how likely it is before its ink is looked at, in (0, 1]
    left: int = 0  # pixels of the picture beside and above it
    top: int = 0


def find_views(colour: np.ndarray) -> Iterator[View]:
    """Yield the views of a picture (h, w, 3) in [0, 1], the likeliest first.

    Of a drawing that is framed as in MNIST there is one alone.
    """
    if colour.shape[:2] == (mnist.SIDE, mnist.SIDE):
        drawing = ink.from_drawing(colour)
        if drawing and mnist.is_framed(drawing):
            yield View(drawing, 1)
            return
    sheet = find_sheet(colour)
    if sheet is not None:
        left, top = sheet.columns.start, sheet.rows.start
        yield from (replace(view, left=left, top=top) for view in find_views_of_whole(sheet.colour))
    yield from find_views_of_whole(colour)


def find_views_of_whole(colour: np.ndarray) -> Iterator[View]:
    """Yield the views of a picture (h, w, 3) in [0, 1] that show all of it.

    In the likelier tone it is seen with and without the lines of the paper.
    """
    first, *others = _tones(colour)
    yield first
    if not has_frame(first.ink):
        clean = lines.remove_lines(first.ink.strength, threshold(first.ink))
        if clean is not None:
            yield replace(first, ink=replace(first.ink, strength=clean))
    yield from others


def _tones(colour: np.ndarray) -> Iterator[View]:
    """Yield the ink of a drawing, or of a photograph in the likelier tone and in the other.

    Then, with either, that of a bold digit, if there is a lot of each of two tones.
    """
    drawing, small = ink.from_drawing(colour), ink.shrink(colour)
    if drawing:
        yield View(drawing, 1)
    else:
        is_dark = ink.is_dark(small)
        yield View(_in_photo(colour, small, is_dark), 1)
        yield View(_in_photo(colour, small, not is_dark), OTHER_TONE)
    bold = ink.from_two_tones(colour, small)
    if bold:
        yield View(bold, 1)


def _in_photo(colour: np.ndarray, small: np.ndarray, is_dark: bool) -> Ink:
    """Return the ink in a photograph; a small copy shows how wide its strokes are."""
    widest = ink.WIDEST_STROKE
    rough = segment.digit_mask(ink.from_photo(small, small, is_dark, widest))
    if rough is not None:
        widest = float(np.clip(3 * stroke_width(rough), 1 / 12, widest))
    return ink.from_photo(colour, small, is_dark, widest)
