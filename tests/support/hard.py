"""Pictures of digits in surroundings that make them hard to find, drawn or photographed."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

INKS = [(25, 25, 30), (25, 40, 140), (165, 25, 35), (45, 45, 48)]
PAPERS = [(250, 250, 250), (240, 232, 220), (225, 230, 240), (245, 240, 200)]
NOTES = [(250, 235, 130), (190, 235, 170), (200, 225, 235), (250, 190, 200)]
RULES = [(120, 150, 200), (150, 150, 160), (150, 120, 110), (170, 190, 210)]
DESKS = [(48, 34, 22), (60, 60, 60), (24, 54, 42), (32, 32, 36), (115, 76, 46)]
WIDTH, HEIGHT = 860, 640  # pixels of an ordinary picture
FINE = 168  # pixels of an MNIST image whose centre lines are sought
Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True)
class Hard:
    """A picture file of a kind, and its digits; the one to be read comes first."""

    data: bytes
    boxes: list[Box]  # where each digit lies, shares of the picture in [0, 1]
    plain: list[bytes]  # each digit alone on white paper, whole and upright, by the same pen


def skeleton(mask: np.ndarray) -> np.ndarray:
    """Return a mask's (h, w) centre lines, one pixel wide.

    Reference: Zhang and Suen, 1984.
    """
    image = np.pad(mask, 1)
    around = [(-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)]
    changed = True
    while changed:
        changed = False
        for one, two in (((0, 2, 4), (2, 4, 6)), ((0, 2, 6), (0, 4, 6))):
            p = [np.roll(image, (-y, -x), (0, 1)) for y, x in around]
            count, steps = sum(p, 0), sum(~p[i] & p[(i + 1) % 8] for i in range(8))
            is_open = ~np.all([p[i] for i in one], axis=0) & ~np.all([p[i] for i in two], axis=0)
            gone = image & (count >= 2) & (count <= 6) & (steps == 1) & is_open
            changed |= bool(gone.any())
            image = image & ~gone
    return image[1:-1, 1:-1]


def _centre_line(digit: np.ndarray) -> np.ndarray:
    """Return the centre lines (h, w) of a digit (28, 28) uint8, six times as large, cropped."""
    image = Image.fromarray(digit).resize((FINE, FINE), Image.Resampling.BICUBIC)
    smooth = ndimage.gaussian_filter(np.asarray(image, np.float32), 2)
    labels, _ = ndimage.label(smooth > 0.4 * smooth.max(), np.ones((3, 3)))
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    line = skeleton((sizes > 0.02 * sizes.sum())[labels])
    return line[ndimage.find_objects(line.astype(int))[0]]


def _ink_line(line: np.ndarray, length: int, width: float) -> np.ndarray:
    """Return centre lines as ink (h, w) in [0, 1], `length` pixels long, `width` of it wide."""
    scale, pad = length * (1 - width) / max(line.shape), int(0.5 * width * length) + 3
    size = tuple(int(side * scale) + 2 * pad for side in line.shape[::-1])
    far = ndimage.distance_transform_edt(~np.pad(line, 40)).astype(np.float32)
    matrix = (1 / scale, 0, 40 - pad / scale, 0, 1 / scale, 40 - pad / scale)
    scaled = Image.fromarray(far).transform(
        size, Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC
    )
    far = ndimage.gaussian_filter(np.asarray(scaled) * scale, 1.2)
    return np.clip(0.5 * width * length - far + 0.5, 0, 1)


class Scene:
    """A picture in the making."""

    def __init__(self, rng, paper=None, size=(WIDTH, HEIGHT)):
        self.rng, self.size = rng, size
        self.ink = np.float32(INKS[rng.integers(len(INKS))])
        paper = PAPERS[rng.integers(len(PAPERS))] if paper is None else paper
        self.colour = np.full((size[1], size[0], 3), paper, np.float32)
        self.boxes: list[Box] = []
        self.plain: list[bytes] = []
        self.is_screen = False

    def pen(self) -> float:
        """Return the width of a ballpoint or of a felt tip, as a share of the digit's length."""
        ballpoint, felt_tip = self.rng.uniform(0.035, 0.06), self.rng.uniform(0.08, 0.14)
        return ballpoint if self.rng.random() < 0.6 else felt_tip

    def write(self, digit, least: float, most: float, width=None, skips: int = 0) -> np.ndarray:
        """Return a digit (28, 28) uint8 as ink (h, w) in [0, 1].

        Args:
            digit: From MNIST.
            least: Pixels on its longer side, at least.
            most: The same, at most.
            width: Of the pen, as a share of the longer side; by chance if None.
            skips: How often the pen leaves a gap.
        """
        rng, length = self.rng, int(self.rng.uniform(least, most))
        width, line = width or self.pen(), _centre_line(digit)
        ink = _ink_line(line, length, width)
        self.plain.append(_encode(255 * (1 - np.pad(ink, length // 2)), "PNG"))
        spots = np.argwhere(line)
        for _ in range(skips):
            away = np.hypot(*(spots - spots[rng.integers(len(spots))]).T)
            gap = (rng.uniform(0.02, 0.07) + 0.5 * width) * max(line.shape)
            line[tuple(spots[away < gap].T)] = False
        return _ink_line(line, length, width) if skips and line.any() else ink

    def put(self, ink: np.ndarray, left: float, top: float, right: float, bottom: float) -> None:
        """Lay ink somewhere between these pixels, in the middle where there is no room."""
        room = np.array([right - left - ink.shape[1], bottom - top - ink.shape[0]])
        shift = np.where(room > 0, self.rng.random(2) * room, room / 2)
        x, y = np.round(shift + np.array([left, top])).astype(int)
        ink = ink[max(0, -y) :, max(0, -x) :]
        x, y = max(0, x), max(0, y)
        part = self.colour[y : y + ink.shape[0], x : x + ink.shape[1]]
        ink = ink[: part.shape[0], : part.shape[1], None]
        part[:] = part * (1 - ink) + self.ink * ink
        rows, columns = ndimage.find_objects((ink[:, :, 0] > 0.1).astype(int))[0]
        width, height = self.size
        self.boxes.append(
            (
                (x + columns.start) / width,
                (y + rows.start) / height,
                (x + columns.stop) / width,
                (y + rows.stop) / height,
            )
        )

    def put_anywhere(self, ink: np.ndarray, margin: float = 0.05) -> None:
        """Lay ink anywhere, away from the picture's rim."""
        width, height = self.size
        self.put(ink, margin * width, margin * height, (1 - margin) * width, (1 - margin) * height)

    def draw(self, act: Callable[[ImageDraw.ImageDraw], None], colour) -> None:
        """Draw something on a canvas twice as large, so that its edges are soft."""
        canvas = Image.new("L", (2 * self.size[0], 2 * self.size[1]))
        act(ImageDraw.Draw(canvas))
        share = np.asarray(canvas.resize(self.size, Image.Resampling.BOX), np.float32) / 255
        self.colour += share[:, :, None] * (np.float32(colour) - self.colour)

    def draw_lines(self, lines, thick: float, colour) -> None:
        """Draw lines, each a list of (x, y) in pixels, `thick` pixels wide."""

        def act(pen):
            for line in lines:
                pen.line([*(2 * np.array(line, float)).ravel()], 255, round(2 * thick), "curve")

        self.draw(act, colour)

    def draw_polygon(self, corners, colour) -> None:
        """Fill a polygon whose corners (n, 2) are in pixels."""
        self.draw(lambda pen: pen.polygon([*(2 * np.array(corners, float)).ravel()], 255), colour)

    def line_colour(self):
        """Return the colour of a frame's lines: often that of the digit."""
        return self.ink if self.rng.random() < 0.7 else INKS[self.rng.integers(len(INKS))]

    def png(self) -> Hard:
        """Return the scene as a drawing."""
        return Hard(_encode(self.colour, "PNG"), self.boxes, self.plain)

    def photo(self) -> Hard:
        """Return the scene as a telephone takes it: uneven light, blur, noise, JPEG."""
        rng, (width, height), scene = self.rng, self.size, self.colour
        if not self.is_screen:
            x, y = np.ogrid[:width, :height]
            x, y = (np.float32(side / max(width, height) - 0.4) for side in (x.T, y.T))
            angle = rng.uniform(0, 2 * np.pi)
            fall = rng.uniform(0, 0.5)
            light = 1 + np.float32(fall * np.cos(angle)) * x + np.float32(fall * np.sin(angle)) * y
            tint = np.float32(rng.uniform(0.7, 1.0) * (1 - rng.uniform(0, 0.12, 3)))
            blur = rng.uniform(0.5, 1.4)
            scene = ndimage.gaussian_filter(scene * light[:, :, None] * tint, (blur, blur, 0))
            scene += rng.uniform(0.3, 4) * rng.standard_normal(scene.shape, np.float32)
        quality = int(rng.integers(60, 92))
        return Hard(_encode(scene, "JPEG", quality), self.boxes, self.plain)


def _encode(colour: np.ndarray, form: str, quality: int = 90) -> bytes:
    out = BytesIO()
    levels = np.round(np.clip(colour, 0, 255)).astype(np.uint8)
    Image.fromarray(levels).save(out, form, quality=quality)
    return out.getvalue()


def _corners(x: float, y: float, wide: float, tall: float, degrees: float) -> np.ndarray:
    """Return the corners (4, 2) of a rectangle about (x, y), turned."""
    corners = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)]) * (wide / 2, tall / 2)
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return corners @ [[c, s], [-s, c]] + (x, y)


def _rule(scene: Scene, step: float, degrees: float, is_squared: bool) -> None:
    """Draw the lines of ruled or squared paper."""
    rng, slope, reach = scene.rng, np.tan(np.deg2rad(degrees)), WIDTH + HEIGHT
    at = np.arange(-reach, reach, step) + rng.uniform(0, step)
    lines = [[(0, k), (WIDTH, k + slope * WIDTH)] for k in at]
    if is_squared:
        lines += [[(k, 0), (k - slope * HEIGHT, HEIGHT)] for k in at]
    colour = np.minimum(np.array(RULES[rng.integers(4)]) * rng.uniform(0.7, 1.05), 235)
    scene.draw_lines(lines, rng.uniform(1 if is_squared else 2, 5), colour)


def _squared(digit, rng) -> Scene:
    scene = Scene(rng)
    _rule(scene, rng.uniform(20, 44), rng.uniform(-4, 4), True)
    scene.put_anywhere(scene.write(digit, 150, 420))
    return scene


def _ruled(digit, rng) -> Scene:
    scene = Scene(rng)
    _rule(scene, rng.uniform(40, 80), rng.uniform(-4, 4), False)
    scene.put_anywhere(scene.write(digit, 120, 420))
    return scene


def _margin(digit, rng) -> Scene:
    scene, degrees, x = Scene(rng), rng.uniform(-3, 3), rng.uniform(0.1, 0.25) * WIDTH
    _rule(scene, rng.uniform(40, 80), degrees, False)
    foot = x - np.tan(np.deg2rad(degrees)) * HEIGHT
    scene.draw_lines([[(x, 0), (foot, HEIGHT)]], rng.uniform(2, 5), (220, 105, 110))
    scene.put(scene.write(digit, 120, 360), max(x, foot) + 12, 30, 0.97 * WIDTH, HEIGHT - 30)
    return scene


def _box(digit, rng) -> Scene:
    scene = Scene(rng)
    ink = scene.write(digit, 130, 300)
    side = max(ink.shape) * rng.uniform(1.2, 1.9)
    x, y = (rng.uniform(0.58 * side, whole - 0.58 * side) for whole in (WIDTH, HEIGHT))
    corners = [*_corners(x, y, side, side, rng.uniform(-5, 5))]
    scene.draw_lines([corners + corners[:2]], rng.uniform(2, 14), scene.line_colour())
    inner = 0.42 * side - 6
    scene.put(ink, x - inner, y - inner, x + inner, y + inner)
    return scene


def _circle(digit, rng) -> Scene:
    scene = Scene(rng)
    ink = scene.write(digit, 130, 300)
    radius = min(0.5 * np.hypot(*ink.shape) * rng.uniform(1.1, 1.5), 0.48 * HEIGHT)
    x, y = (rng.uniform(radius + 8, whole - radius - 8) for whole in (WIDTH, HEIGHT))
    angle = np.linspace(0, 2 * np.pi, 90)
    ring = np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)
    scene.draw_lines([ring], rng.uniform(3, 12), scene.line_colour())
    scene.put(ink, x, y, x, y)
    return scene


def _form(digit, rng) -> Scene:
    scene, cell, thick = Scene(rng), rng.uniform(190, 320), rng.uniform(3, 12)
    top, first = rng.uniform(30, HEIGHT - cell - 30), rng.uniform(-cell, 0)
    starts = np.arange(first, WIDTH + cell, cell)
    lines = [[(0, y), (WIDTH, y)] for y in (top, top + cell)]
    lines += [[(x, top), (x, top + cell)] for x in starts]
    scene.draw_lines(lines, thick, scene.line_colour())
    left = rng.choice([x for x in starts if x > 0 and x + cell < WIDTH])
    gap = thick + 0.06 * cell
    ink = scene.write(digit, 0.45 * cell, 0.75 * cell)
    scene.put(ink, left + gap, top + gap, left + cell - gap, top + cell - gap)
    return scene


def _cell(digit, rng) -> Scene:
    scene = Scene(rng, size=(480, 480))
    lines = []
    for side in rng.permutation(4)[: rng.integers(2, 5)]:
        at = rng.uniform(8, 60)
        at = at if side < 2 else 480 - at
        lines.append([(at, 0), (at, 480)] if side % 2 else [(0, at), (480, at)])
    scene.draw_lines(lines, rng.uniform(4, 12), scene.line_colour())
    scene.put(scene.write(digit, 130, 290), 75, 75, 405, 405)
    return scene


def _on_desk(digit, rng, wide: float, tall: float, colours, length) -> Scene:
    """Return a digit on a sheet of `wide` by `tall` pixels; `length` is a range of shares of it."""
    scene = Scene(rng, DESKS[rng.integers(len(DESKS))], (880, 660))
    grain = ndimage.gaussian_filter(rng.normal(0, 30, (660, 880)), (1, 9))
    scene.colour += np.float32(grain)[:, :, None]
    x, y = (
        rng.uniform(0.56 * side, whole - 0.56 * side) if side < 0.8 * whole else whole / 2
        for side, whole in ((wide, 880), (tall, 660))
    )
    corners = _corners(x, y, wide, tall, rng.uniform(-8, 8))
    scene.draw_polygon(corners, colours[rng.integers(len(colours))])
    ink = scene.write(digit, length[0] * tall, length[1] * tall)
    scene.put(ink, x - 0.37 * wide, y - 0.37 * tall, x + 0.37 * wide, y + 0.37 * tall)
    return scene


def _sheet(digit, rng) -> Scene:
    return _on_desk(digit, rng, rng.uniform(560, 800), rng.uniform(400, 560), PAPERS, (0.28, 0.5))


def _note(digit, rng) -> Scene:
    side = rng.uniform(200, 370)
    return _on_desk(digit, rng, side, side * rng.uniform(0.95, 1.05), NOTES, (0.35, 0.65))


def _screenshot(digit, rng) -> Scene:
    dark = rng.random() < 0.5
    page, field = ((14, 17, 23), (255, 255, 255)) if dark else ((255, 255, 255), (0, 0, 0))
    scene = Scene(rng, page, (1100, 720))
    scene.is_screen, scene.ink = True, 255 - np.float32(field)
    side = rng.uniform(280, 480)
    x, y = rng.uniform(8 + side / 2, 1092 - side / 2), rng.uniform(125 + side / 2, 710 - side / 2)
    scene.draw_polygon(_corners(x, y, side, side, 0), field)
    words = ["Draw a digit, then press Read", "Latent explorer", "Clear    Read    Settings"]
    for i in range(rng.integers(1, 4)):
        text = {"xy": (100, 40 + 68 * i), "text": words[i], "fill": 255, "font_size": 36}
        scene.draw(lambda pen, text=text: pen.text(**text), [230 if dark else 40] * 3)
    ink = scene.write(digit, 0.45 * side, 0.8 * side, rng.uniform(0.06, 0.15))
    scene.put(ink, x - 0.46 * side, y - 0.46 * side, x + 0.46 * side, y + 0.46 * side)
    return scene


def _tight(digit, rng) -> Scene:
    scene = Scene(rng)
    ink = scene.write(digit, 220, 420, rng.uniform(0.12, 0.26))[3:-3, 3:-3]
    rim = int(rng.integers(-2, 8))
    scene.size = max(40, ink.shape[1] + 2 * rim), ink.shape[0] + 2 * rim
    scene.colour = scene.colour[: scene.size[1], : scene.size[0]].copy()
    scene.put(ink, 0, 0, *scene.size)
    return scene


def _skipping(digit, rng) -> Scene:
    scene = Scene(rng)
    skips = int(rng.integers(2, 6))
    scene.put_anywhere(scene.write(digit, 140, 420, rng.uniform(0.035, 0.08), skips))
    return scene


def _pencil(digit, rng) -> Scene:
    scene = Scene(rng)
    scene.ink = np.float32([95, 95, 100])
    ink = scene.write(digit, 140, 420, rng.uniform(0.02, 0.045))
    grain = ndimage.gaussian_filter(rng.normal(0, 1, ink.shape), 0.8)
    scene.put_anywhere(rng.uniform(0.22, 0.5) * ink * np.clip(0.75 + grain, 0.1, 1))
    return scene


def _small(digit, rng) -> Scene:
    wide = int(rng.integers(2400, 4001))
    scene = Scene(rng, size=(wide, wide * 3 // 4))
    scene.put_anywhere(scene.write(digit, 0.02 * wide, 0.04 * wide, rng.uniform(0.07, 0.13)))
    return scene


def _turned(digit, rng, degrees: float) -> Scene:
    scene = Scene(rng, size=(640, 640))
    ink = ndimage.rotate(scene.write(digit, 150, 360), degrees, order=1)
    scene.put_anywhere(np.clip(ink, 0, 1))
    return scene


def _tilted(digit, rng) -> Scene:
    return _turned(digit, rng, rng.uniform(8, 20) * rng.choice([-1, 1]))


def _sideways(digit, rng) -> Scene:
    return _turned(digit, rng, 90 * rng.choice([-1, 1]))


def _lamp(digit, rng) -> Scene:
    scene = Scene(rng, size=(760, 560))
    scene.put_anywhere(scene.write(digit, 150, 300), 0.15)
    height = 560 * (scene.boxes[0][3] - scene.boxes[0][1])
    spots = np.argwhere(np.any(scene.colour != scene.colour[0, 0], axis=2))
    y, x = spots[rng.integers(len(spots))]
    away = np.hypot(np.arange(760) - x, np.arange(560)[:, None] - y)
    glare = np.exp(-((away / height / rng.uniform(0.2, 0.35)) ** 4))
    scene.colour += np.float32(glare)[:, :, None] * (255 - scene.colour)
    return scene


def _several(digits, rng) -> Scene:
    scene, size = Scene(rng, size=(1200, 560)), rng.uniform(150, 230)
    width, x, is_one_pen = rng.uniform(0.04, 0.16), rng.uniform(50, 120), rng.random() < 0.7
    for i, digit in enumerate(digits[: rng.integers(2, 4)]):
        least, most = (0.7, 1.0) if i else (1, 1)
        if not is_one_pen:
            width, scene.ink = rng.uniform(0.04, 0.16), np.float32(INKS[rng.integers(len(INKS))])
        ink = scene.write(digit, least * size, most * size, width)
        bottom = 120 + size + rng.uniform(-30, 30)
        scene.put(ink, x, bottom - ink.shape[0], x + ink.shape[1], bottom)
        x += ink.shape[1] + size * rng.uniform(0.25, 0.7)
    return scene


KINDS: dict[str, Callable] = {
    "squared": _squared,
    "ruled": _ruled,
    "margin": _margin,
    "box": _box,
    "circle": _circle,
    "form": _form,
    "cell": _cell,
    "sheet": _sheet,
    "note": _note,
    "screenshot": _screenshot,
    "tight": _tight,
    "skipping": _skipping,
    "pencil": _pencil,
    "small": _small,
    "tilted": _tilted,
    "sideways": _sideways,
    "lamp": _lamp,
    "several": _several,
}


def make(kind: str, digits: np.ndarray, seed: int, photo: bool) -> Hard:
    """Return a picture of a kind, of the first of some MNIST digits (n, 28, 28) uint8.

    Only `several` shows two or three of them. The photograph is of the same scene as the drawing;
    a screenshot comes as a JPEG instead.
    """
    rng = np.random.default_rng([*KINDS].index(kind) + 100 * seed)
    scene = KINDS[kind](digits if kind == "several" else digits[0], rng)
    return scene.photo() if photo else scene.png()
