"""Pictures of what is no digit: letters, hearts, faces, dots, dashes, gradients, views, text."""

from io import BytesIO
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

SIDE = 240  # pixels of a picture
LETTERS = "ABEFGHKMNPRTWXY"  # whose capitals have no digit's shape
WORDS = ("the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "all", "day")


def _arc(x: float, y: float, width: float, height: float, begin: float, end: float) -> list:
    """Return points of an ellipse's arc around (x, y), from one angle to another, in degrees."""
    angles = np.radians(np.linspace(begin, end, 24))
    return [(x + width * np.cos(a), y + height * np.sin(a)) for a in angles]


STEM = [(0, 0), (0, 1)]
UPPER_BOWL = [(0, 0), *_arc(0.5, 0.25, 0.4, 0.25, -90, 90), (0, 0.5)]
# Strokes of each letter in a unit box, y downwards.
STROKES = {
    "A": [[(0, 1), (0.5, 0), (1, 1)], [(0.2, 0.62), (0.8, 0.62)]],
    "B": [STEM, UPPER_BOWL, [(0, 0.5), *_arc(0.55, 0.75, 0.45, 0.25, -90, 90), (0, 1)]],
    "E": [[(0.9, 0), (0, 0), (0, 1), (0.9, 1)], [(0, 0.5), (0.7, 0.5)]],
    "F": [[(0.9, 0), (0, 0), (0, 1)], [(0, 0.5), (0.7, 0.5)]],
    "G": [[*_arc(0.5, 0.5, 0.5, 0.5, -45, -360), (0.6, 0.5)]],
    "H": [STEM, [(1, 0), (1, 1)], [(0, 0.5), (1, 0.5)]],
    "K": [STEM, [(0.9, 0), (0, 0.55)], [(0.25, 0.42), (0.95, 1)]],
    "M": [[(0, 1), (0.05, 0), (0.5, 0.7), (0.95, 0), (1, 1)]],
    "N": [[(0, 1), (0, 0), (1, 1), (1, 0)]],
    "P": [STEM, UPPER_BOWL],
    "R": [STEM, UPPER_BOWL, [(0.35, 0.5), (0.95, 1)]],
    "T": [[(0, 0), (1, 0)], [(0.5, 0), (0.5, 1)]],
    "W": [[(0, 0), (0.25, 1), (0.5, 0.3), (0.75, 1), (1, 0)]],
    "X": [[(0, 0), (1, 1)], [(1, 0), (0, 1)]],
    "Y": [[(0, 0), (0.5, 0.5), (1, 0)], [(0.5, 0.5), (0.5, 1)]],
}


def print_letter(letter: str, font: Path | None = None) -> bytes:
    """Return a PNG of a letter in a font, or in Pillow's own."""
    face = ImageFont.truetype(font, 150) if font else ImageFont.load_default(150)
    image = Image.new("L", (SIDE, SIDE), 255)
    ImageDraw.Draw(image).text((SIDE / 2, SIDE / 2), letter, 0, face, "mm")
    return _encode(image)


def write_letter(letter: str, rng: np.random.Generator) -> bytes:
    """Return a PNG of a letter as a hand writes it: a little turned, slanted, uneven."""
    return _draw(STROKES[letter], rng, rng.uniform(0.55, 0.95))


def draw_heart(rng: np.random.Generator) -> bytes:
    """Return a PNG of a heart's outline."""
    t = np.linspace(0, 2 * np.pi, 60)
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return _draw([[*zip(0.5 + x / 34, 0.45 - y / 32, strict=True)]], rng, rng.uniform(0.85, 1.1))


def draw_face(rng: np.random.Generator) -> bytes:
    """Return a PNG of a round face with two eyes and a smile."""
    eyes = [_arc(x, 0.38, 0.04, 0.05, 0, 360) for x in (0.32, 0.68)]
    smile = _arc(0.5, 0.55, 0.25, rng.uniform(0.1, 0.25), 15, 165)
    return _draw([_arc(0.5, 0.5, 0.5, 0.5, 0, 360), *eyes, smile], rng, rng.uniform(0.85, 1.1))


def draw_dot(rng: np.random.Generator) -> bytes:
    """Return a PNG of one filled dot, nearly round."""
    image = Image.new("L", (SIDE, SIDE), 255)
    (x, y), width = rng.uniform(90, 150, 2), rng.uniform(6, 50)
    height = width * rng.uniform(0.8, 1.25)
    ImageDraw.Draw(image).ellipse((x - width, y - height, x + width, y + height), fill=20)
    return _encode(image)


def draw_dash(rng: np.random.Generator) -> bytes:
    """Return a PNG of one level stroke, as a minus."""
    return _draw([[(0, 0.5), (0.5, 0.5), (1, 0.5)]], rng, 1, most_turn=12)


def make_gradient(rng: np.random.Generator) -> bytes:
    """Return a PNG that grows lighter evenly, across or from a middle."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE - 0.5
    angle, (left, down) = rng.uniform(0, 2 * np.pi), rng.uniform(-0.4, 0.4, 2)
    across = np.cos(angle) * x + np.sin(angle) * y
    slope = across if rng.random() < 0.5 else np.hypot(x - left, y - down)
    return _encode(_stretch(slope, rng) + rng.normal(0, rng.uniform(0, 0.02), x.shape))


def make_landscape(rng: np.random.Generator) -> bytes:
    """Return a PNG of sky, a ridge of hills, a field, and perhaps a sun."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    waves = [rng.uniform(0.02, 0.1) * np.sin(k * 4 * x + rng.uniform(0, 6)) for k in range(1, 4)]
    scene = rng.uniform(0.6, 0.95) - 0.2 * y
    if rng.random() < 0.5:
        sun_x, sun_y = rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.3)
        scene = np.where(np.hypot(x - sun_x, y - sun_y) < 0.07, 1.0, scene)
    for top, tone in zip((0.5, 0.65), rng.uniform(0.15, 0.55, 2), strict=True):
        scene = np.where(y > top + sum(waves), tone, scene)
    texture = ndimage.gaussian_filter(rng.normal(0, 1, x.shape), rng.uniform(0.5, 3))
    return _encode(scene + 0.1 * texture)


def make_text_page(rng: np.random.Generator) -> bytes:
    """Return a PNG of lines of printed words."""
    image = Image.new("L", (SIDE, SIDE), 255)
    size = int(rng.integers(12, 26))
    for y in range(12, SIDE - size, round(1.4 * size)):
        line = " ".join(rng.choice(WORDS, 8))
        ImageDraw.Draw(image).text((10, y), line, 30, ImageFont.load_default(size))
    return _encode(image)


def make_kinds(count: int, rng: np.random.Generator) -> dict[str, list[bytes]]:
    """Return `count` PNGs of every kind that chance draws, and each letter in Pillow's font."""
    makers = {
        "heart": draw_heart,
        "face": draw_face,
        "dot": draw_dot,
        "dash": draw_dash,
        "gradient": make_gradient,
        "landscape": make_landscape,
        "text page": make_text_page,
    }
    written = [write_letter(LETTERS[i % len(LETTERS)], rng) for i in range(count)]
    return {
        "printed letter": [print_letter(letter) for letter in LETTERS],
        "written letter": written,
        **{kind: [make(rng) for _ in range(count)] for kind, make in makers.items()},
    }


def _draw(strokes: list, rng: np.random.Generator, aspect: float, most_turn: float = 8) -> bytes:
    """Return a PNG of strokes in a unit box, bent, slanted and turned a little, pen by chance."""
    image = Image.new("L", (2 * SIDE, 2 * SIDE), 255)
    pen = ImageDraw.Draw(image)
    size, width = rng.uniform(200, 320), rng.uniform(14, 44)
    turn, slant = np.radians(rng.uniform(-most_turn, most_turn)), rng.uniform(-0.15, 0.15)
    bend = rng.normal(0, 0.03, (2, 2))
    for stroke in strokes:
        points = np.concatenate([np.linspace(a, b, 8) for a, b in pairwise(stroke)]) - 0.5
        points += np.sin(np.pi * points @ rng.normal(0, 0.3, (2, 2))) @ bend
        points = points @ [[aspect, 0], [-slant, 1]]
        points = points @ [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
        points = SIDE + size * points
        pen.line([*map(tuple, points)], 0, round(width), "curve")
        for x, y in points:
            pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), 0)
    return _encode(image.resize((SIDE, SIDE), Image.Resampling.BOX))


def _stretch(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    low, high = np.sort(rng.uniform(0, 1, 2)) * [0.5, 1]
    return low + max(high - low, 0.2) * (values - values.min()) / np.ptp(values)


def _encode(picture: Image.Image | np.ndarray) -> bytes:
    if isinstance(picture, np.ndarray):
        picture = Image.fromarray(np.round(np.clip(picture, 0, 1) * 255).astype(np.uint8))
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
