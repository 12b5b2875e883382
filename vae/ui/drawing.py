"""The pad's strokes: checked as they come from the browser, and drawn as a picture file."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta
from PIL import Image, ImageDraw

from vae.ui import exports

Coordinate = Annotated[float, Meta(ge=-1, le=2)]  # on the paper in [0, 1]; a stroke may leave it
Strokes = list[list[tuple[Coordinate, Coordinate]]]  # points (x, y) from the paper's upper left

SIDE = 560  # pixels, as the pad's canvas
OVERSAMPLING = 2  # times as large while it is drawn, so that edges come out smooth
PEN = 0.065  # share of the paper's width, as in vae/web/pad/pad.js
INK, PAPER = 27, 255
MAX_POINTS = 20_000


def parse_strokes(value: Any) -> Strokes | None:
    """Return the strokes in a message of the pad, or None if they are none."""
    try:
        strokes = msgspec.convert(value, Strokes)
    except (msgspec.ValidationError, OverflowError):
        return None
    return [s for s in strokes if s] if sum(map(len, strokes)) <= MAX_POINTS else None


def draw_strokes(strokes: Strokes) -> bytes:
    """Return a PNG that looks like the pad: dark strokes with round ends and joints, on white."""
    size = SIDE * OVERSAMPLING
    image = Image.new("L", (size, size), PAPER)
    pen, radius = ImageDraw.Draw(image), PEN * size / 2
    for points in strokes:
        places = [(x * size, y * size) for x, y in points]
        pen.line(places, INK, round(2 * radius))
        for place in places:
            pen.circle(place, radius, INK)
    return exports.encode(image.reduce(OVERSAMPLING), "PNG", compress_level=1)
