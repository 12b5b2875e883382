"""One digit's strokes in a picture: found in every view of it, and looked at closely."""

from dataclasses import dataclass, replace

import numpy as np

from vae.preprocessing import mnist, pen, segment, views
from vae.preprocessing.ink import Ink, shrink
from vae.preprocessing.region import WHOLE, Box, common_share, extent
from vae.preprocessing.views import View

SMALL = 80  # pixels on a digit's longer side, below which a closer look is worth it
AROUND = 0.75  # of the longer side of a digit's box: what a closer look shows on every side of it
CLOSE_UP_SIDE = 280  # pixels on its longer side, at most: a digit in the middle has 112
BOLD = 0.3  # pen score from which a bold digit rules out likelier strokes within it
LEAST_LIKE = 0.1  # pen score in a photograph: less is shade, or a part of it
APART = 0.7  # weight of taking pieces for several digits where they may be one
SAME = 0.5  # common share of two masks of the same digit
ABOUT_SAME = 0.3  # common share of its boxes in the small picture and in the large one


@dataclass(frozen=True)
class Strokes:
    """Where the strokes of one digit lie."""

    view: View
    mask: np.ndarray  # (h, w) of the view
    box: Box  # in the whole picture
    pen_score: float  # how much they are like a digit written with a pen, in (0, 1]
    close_up: np.ndarray | None = None  # (h, w, 3) in [0, 1]: the part of the picture of the view

    @property
    def is_small(self) -> bool:
        """Whether there are so few pixels that a larger picture would show more of the digit."""
        return self.length < SMALL

    @property
    def is_shade(self) -> bool:
        """Whether they are too unlike a pen's, their size left aside; drawings have no shades."""
        if self.view.ink.is_drawing or self.view.ink.is_bold or self.close_up is not None:
            return False
        usual = pen.size_score(self.length / max(self.mask.shape))
        return self.pen_score < LEAST_LIKE * usual

    @property
    def length(self) -> int:
        """Pixels of the view on its longer side."""
        return max(self.mask[extent(self.mask)].shape)


def find_ways(colour: np.ndarray, part: Box = WHOLE) -> list[list[Strokes]]:
    """Return the digits that each view of a picture shows, the largest first.

    Shades are none, nor is a piece of a bold digit, or what lies between its strokes.

    Args:
        colour: (h, w, 3) in [0, 1].
        part: What it is of the whole picture, in which the boxes are given.
    """
    ways = []
    look = views.find_views if part == WHOLE else views.find_views_of_whole
    for view in look(colour):
        for masks, weight in _group(view.ink):
            seen = replace(view, weight=weight * view.weight)
            strokes = [_describe(seen, mask, colour.shape, part) for mask in masks]
            if strokes[0].is_small or not strokes[0].is_shade:  # the rest would be scraps of it
                ways.append(strokes)
    bold = [way[0] for way in ways if way[0].view.ink.is_bold]
    return [way for way in ways if not any(_is_part(way[0], strokes) for strokes in bold)]


def look_closer(strokes: Strokes, detail: np.ndarray) -> Strokes:
    """Return small strokes as they are in a larger copy of the picture, if they are found there.

    Args:
        strokes: Found in the smaller one.
        detail: (h, w, 3) in [0, 1].
    """
    if not strokes.is_small:
        return strokes
    height, width = detail.shape[:2]
    left, top, right, bottom = strokes.box
    length = max((right - left) * width, (bottom - top) * height)
    part, colour = _cut_out(detail, strokes.box, AROUND * length)
    found = [each for way in find_ways(colour, part) for each in way]
    same = [each for each in found if common_share(each.box, strokes.box) > ABOUT_SAME]
    if not same:
        return strokes
    best = max(same, key=lambda s: (round(common_share(s.box, strokes.box), 1), s.pen_score))
    # In the close-up it is no small part of the picture.
    weight = strokes.view.weight / best.view.weight * pen.size_score(length / max(height, width))
    return replace(best, pen_score=weight * best.pen_score, close_up=colour)


def _is_part(strokes: Strokes, bold: Strokes) -> bool:
    """Return whether some strokes are a piece of a bold digit, or paper that shows between."""
    if strokes.mask.shape != bold.mask.shape:  # those of a sheet, or of the whole picture
        return False
    if bold.pen_score <= min(BOLD, strokes.pen_score):  # it may be a sheet that holds the strokes
        return False
    rows, columns = extent(bold.mask)
    size = np.count_nonzero(strokes.mask)
    within = np.count_nonzero(strokes.mask[rows, columns])
    common = np.count_nonzero(strokes.mask & bold.mask)
    either = size + np.count_nonzero(bold.mask) - common
    return bool(within > 0.9 * size and common < SAME * either)


def _group(ink: Ink) -> list[tuple[list[np.ndarray], float]]:
    """Return the masks (h, w) of the digits' strokes in every way to group them, with a weight."""
    if mnist.is_framed(ink):
        return [([ink.strength > 0.5 * ink.strength.max()], 1)]
    groupings = segment.digit_masks(ink)
    weights = (APART, 1) if len(groupings) == 2 else (1,)
    return list(zip(groupings, weights, strict=False))


def _describe(view: View, mask: np.ndarray, shape: tuple[int, ...], part: Box) -> Strokes:
    rows, columns = extent(mask)
    left, top, right, bottom = part
    across, down = (right - left) / shape[1], (bottom - top) / shape[0]
    box = (
        left + (view.left + columns.start) * across,
        top + (view.top + rows.start) * down,
        left + (view.left + columns.stop) * across,
        top + (view.top + rows.stop) * down,
    )
    return Strokes(view, mask, box, view.weight * pen.pen_score(view.ink.strength, mask))


def _cut_out(detail: np.ndarray, box: Box, margin: float) -> tuple[Box, np.ndarray]:
    """Return a part of a picture, where that is, and its colours, small.

    Args:
        detail: (h, w, 3) in [0, 1].
        box: What is cut out.
        margin: Pixels around it, as far as the picture goes.
    """
    height, width = detail.shape[:2]
    left, top, right, bottom = box
    columns = slice(max(0, int(left * width - margin)), min(width, int(right * width + margin)))
    rows = slice(max(0, int(top * height - margin)), min(height, int(bottom * height + margin)))
    part = columns.start / width, rows.start / height, columns.stop / width, rows.stop / height
    return part, shrink(detail[rows, columns], CLOSE_UP_SIDE)
