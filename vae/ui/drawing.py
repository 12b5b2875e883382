"""The pad's strokes: checked as they come from the browser, and drawn as a picture file."""

import io
from typing import Any

from PIL import Image, ImageDraw

Strokes = list[list[tuple[float, float]]]  # points (x, y) in [0, 1] from the paper's upper left

SIDE = 560  # pixels, as the pad's canvas
FINE = 2  # times as large while it is drawn, so that edges come out smooth
PEN = 0.065  # share of the paper's width, as in vae/web/pad/pad.js
INK, PAPER = 27, 255
MAX_POINTS = 20_000


def parse_strokes(value: Any) -> Strokes | None:
    """Return the strokes in a message of the pad, or None if they are none."""
    try:
        strokes = [[(float(x), float(y)) for x, y in points] for points in value]
    except (TypeError, ValueError, OverflowError):
        return None
    places = [place for points in strokes for place in points]
    near = all(-1 <= x <= 2 and -1 <= y <= 2 for x, y in places)  # a stroke may leave the paper
    return [points for points in strokes if points] if near and len(places) <= MAX_POINTS else None


def draw_strokes(strokes: Strokes) -> bytes:
    """Return a PNG that looks like the pad: dark strokes with round ends and joints, on white."""
    size = SIDE * FINE
    image = Image.new("L", (size, size), PAPER)
    pen, radius = ImageDraw.Draw(image), PEN * size / 2
    for points in strokes:
        places = [(x * size, y * size) for x, y in points]
        pen.line(places, INK, round(2 * radius))
        for place in places:
            pen.circle(place, radius, INK)
    png = io.BytesIO()
    image.reduce(FINE).save(png, "PNG", compress_level=1)
    return png.getvalue()
