"""Photographs of digits as a telephone would take them: made up, but with all that goes wrong."""

from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

PENS = [(0.10, 0.10, 0.12), (0.12, 0.18, 0.55), (0.70, 0.12, 0.14), (0.42, 0.42, 0.44)]
PAPERS = [(0.95, 0.95, 0.93), (0.90, 0.87, 0.78), (0.80, 0.86, 0.92), (0.93, 0.88, 0.55)]
BOARDS = [(0.10, 0.11, 0.11), (0.12, 0.26, 0.18), (0.13, 0.16, 0.30)]
TABLES = [(0.45, 0.30, 0.18), (0.15, 0.14, 0.14), (0.70, 0.60, 0.48)]
CHALK = (0.92, 0.92, 0.88)


def photograph(digit: np.ndarray, rng: np.random.Generator) -> bytes:
    """A JPEG or PNG of a digit (28, 28) uint8 written somewhere on paper or on a board.

    Size, place, turn, pen, paper, light, shadow, blur, noise, compression, specks and the edge of
    the page are all by chance.
    """
    height, width = (int(side) for side in rng.permutation([rng.integers(480, 640), 640]))
    ink = _place(_stroke(digit, rng), height, width, rng)
    board = rng.random() < 0.15
    if rng.random() < 0.3:
        ink = np.maximum(ink, _specks(height, width, rng))
    paper = np.array((BOARDS if board else PAPERS)[rng.integers(3 if board else 4)])
    pen = np.array(CHALK if board else PENS[rng.integers(4)])
    ink = ink[:, :, None] * rng.uniform(0.75, 1)
    scene = paper * (1 - ink) + pen * ink
    if rng.random() < 0.3:
        scene = _table(scene, ink[:, :, 0], rng)
    scene = scene * _light(height, width, rng)
    scene = ndimage.gaussian_filter(scene, (*[rng.uniform(0.3, 2)] * 2, 0))
    scene = scene + rng.normal(0, rng.uniform(0.003, 0.03), scene.shape)
    image = Image.fromarray(np.round(np.clip(scene, 0, 1) * 255).astype(np.uint8))
    out = BytesIO()
    if rng.random() < 0.1:
        image.save(out, "PNG")
    else:
        image.save(out, "JPEG", quality=int(rng.integers(35, 95)))
    return out.getvalue()


def _stroke(digit: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The digit as pen strokes (h, w) in [0, 1], large, sharp and a little turned."""
    image = Image.fromarray(digit).resize((448, 448), Image.Resampling.BICUBIC)
    image = image.rotate(rng.uniform(-8, 8), Image.Resampling.BICUBIC)
    smooth = ndimage.gaussian_filter(np.asarray(image, np.float32) / 255, 5)
    ink = np.clip((smooth - 0.45) * 12 + 0.5, 0, 1)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _place(ink: np.ndarray, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """The strokes anywhere in a picture, a tenth to three fifths as large as it."""
    scale = rng.uniform(0.1, 0.6) * min(height, width) / max(ink.shape)
    size = tuple(max(1, round(side * scale)) for side in ink.shape[::-1])
    small = np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.BOX))
    margin = 0.06
    spare = [
        (1 - 2 * margin) * side - used
        for side, used in zip((height, width), small.shape, strict=True)
    ]
    top = int(margin * height + rng.random() * spare[0])
    left = int(margin * width + rng.random() * spare[1])
    out = np.zeros((height, width), np.float32)
    out[top : top + small.shape[0], left : left + small.shape[1]] = small
    return out


def _specks(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    image = Image.new("L", (width, height))
    for _ in range(rng.integers(1, 12)):
        x, y, size = rng.random() * width, rng.random() * height, rng.uniform(0.5, 2.5)
        ImageDraw.Draw(image).ellipse((x - size, y - size, x + size, y + size), fill=255)
    return np.asarray(image, np.float32) / 255


def _table(scene: np.ndarray, ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A table beyond the page's edge, on one side, short of the digit."""
    turns = rng.integers(4)
    scene, ink = np.rot90(scene, turns).copy(), np.rot90(ink, turns)
    rows = np.flatnonzero((ink > 0.2).any(axis=1))
    room = (rows[0] if len(rows) else 0) - 0.02 * len(scene)
    if room > 4:
        y, x = np.mgrid[: scene.shape[0], : scene.shape[1]]
        slope = rng.uniform(-0.05, 0.05)
        depth = min(room, rng.uniform(0.02, 0.25) * len(scene))
        beyond = y + slope * (x - scene.shape[1] * (slope < 0)) < depth
        scene[beyond] = TABLES[rng.integers(3)] + rng.normal(0, 0.02, (beyond.sum(), 1))
    return np.rot90(scene, -turns)


def _light(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Coloured light (h, w, 3) that falls off, with the edge of a shadow in it now and then."""
    y, x = np.mgrid[:height, :width] / max(height, width) - 0.4
    angle = rng.uniform(0, 2 * np.pi)
    light = 1 + rng.uniform(0, 0.6) * (np.cos(angle) * x + np.sin(angle) * y)
    light -= rng.uniform(0, 0.5) * (x**2 + y**2)
    if rng.random() < 0.5:
        angle = rng.uniform(0, 2 * np.pi)
        away = np.cos(angle) * x + np.sin(angle) * y - rng.uniform(-0.3, 0.3)
        light *= 1 - rng.uniform(0.15, 0.5) / (1 + np.exp(-np.clip(away / 0.012, -50, 50)))
    colour = 1 - rng.uniform(0, 0.2, 3)
    return light[:, :, None] * colour * rng.uniform(0.6, 1.05)
