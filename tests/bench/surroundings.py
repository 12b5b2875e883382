"""Digits in hard surroundings: how many are read right, as a drawing and as a photograph."""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

import numpy as np

import vae
from tests.bench.report import table
from tests.support import hard
from tests.support.honesty import SURE, answer
from vae import data
from vae.errors import DigitError
from vae.inference.choice import choose
from vae.inference.runtime import LatentModel
from vae.preprocessing.digit import Digit, prepare

HELD_OUT = 5000  # training digits, the last ones, from which the pictures are made
MOST_SILENT, LEAST_COUNTED = 2, 98  # %


@dataclass(frozen=True)
class Kind:
    """What is known of a kind of surroundings before it is measured."""

    words: str
    least: int | None  # % that must be read right
    before: str  # % read right as PNG / as photograph, before there were hypotheses


KINDS = {
    "squared": Kind("squared paper", 90, "37 to 70 / 10"),
    "ruled": Kind("ruled paper", 90, ""),
    "margin": Kind("ruled paper with a margin line", 90, "10 to 37 / 10 to 90"),
    "box": Kind("in a box", 90, "10 to 40"),
    "circle": Kind("in a circle", 90, "10 to 17"),
    "form": Kind("in a row of form boxes", 90, "10 to 17"),
    "cell": Kind("frame cut by the picture's edge", 90, "10 to 17"),
    "sheet": Kind("sheet on a table", 90, "0"),
    "note": Kind("sticky note on a desk", 90, "3 to 10"),
    "screenshot": Kind("screenshot with a field", 90, "7"),
    "tight": Kind("bold, cropped tight", 90, "28 to 60"),
    "skipping": Kind("a pen that skips", 90, "73 to 83"),
    "pencil": Kind("pencil", 85, "73 to 83"),
    "small": Kind("2 to 4 % of a large page", 85, ""),
    "tilted": Kind("tilted by 8 to 20 degrees", 85, ""),
    "several": Kind("two or three digits", 90, ""),
    "sideways": Kind("on its side, turned as the page offers", None, "7 to 20"),
    "lamp": Kind("a lamp's reflection on it", None, "40"),
}
COLUMNS = ("surroundings", "bound", "before", "PNG", "photograph", "silent", "counted")


@dataclass(frozen=True)
class Outcome:
    """What became of one picture."""

    right: bool = False
    silent: bool = False  # wrong, no warning, at least 85 % sure
    counted: bool = False  # the page says how many digits there are


def surroundings(pictures: int) -> str:
    """Return the table of all kinds, measured on so many pictures each, by every core."""
    context = multiprocessing.get_context("spawn")  # a forked interpreter of LiteRT may hang
    with ProcessPoolExecutor(mp_context=context) as pool:
        shares = pool.map(measure, KINDS, [pictures] * len(KINDS))
    return table(
        COLUMNS, [_cells(kind, *both) for kind, both in zip(KINDS.values(), shares, strict=True)]
    )


def measure(kind: str, pictures: int) -> np.ndarray:
    """Return the shares (2, 3) in % of a kind as PNG and as photograph: right, silent, counted.

    Only digits count that are read right when the same pen writes them on plain paper.
    """
    outcomes = [
        [_judge(kind, *case, photo) for photo in (False, True)] for case in _cases(kind, pictures)
    ]
    values = [[(o.right, o.silent, o.counted) for o in both] for both in outcomes]
    return 100 * np.mean(values, axis=0)


def _cells(kind: Kind, png: Sequence[float], photo: Sequence[float]) -> list[str]:
    def cell(value: float, misses: bool) -> str:
        return f"**{value:.0f}**" if misses else f"{value:.0f}"

    least = kind.least
    right = [cell(share[0], least is not None and share[0] < least) for share in (png, photo)]
    silent = [cell(share[1], share[1] > MOST_SILENT) for share in (png, photo)]
    is_of_several = kind is KINDS["several"]
    counted = [cell(share[2], is_of_several and share[2] < LEAST_COUNTED) for share in (png, photo)]
    bound = "" if least is None else f"≥ {least}"
    return [kind.words, bound, kind.before, *right, " / ".join(silent), " / ".join(counted)]


@lru_cache(maxsize=1)
def _explorer() -> LatentModel:
    return vae.load("explorer")


def _cases(kind: str, pictures: int) -> Iterator[tuple[np.ndarray, np.ndarray, int]]:
    """Yield three digits, their labels and a seed, where all are read right on plain paper."""
    train = data.train_set()
    images, labels = train.images[-HELD_OUT:], train.labels[-HELD_OUT:]
    for seed in count():
        chosen = np.random.default_rng([seed, HELD_OUT]).integers(0, HELD_OUT, 3)
        plain = hard.make(kind, images[chosen], seed, photo=False).plain
        readings = [answer(picture, _explorer()) for picture in plain]
        pairs = zip(readings, labels[chosen[: len(plain)]], strict=True)
        if all(reading and reading.digit == label for reading, label in pairs):
            yield images[chosen], labels[chosen], seed
            pictures -= 1
        if not pictures:
            return


def _judge(kind: str, images: np.ndarray, labels: np.ndarray, seed: int, photo: bool) -> Outcome:
    """Return what becomes of a picture of a kind, as the page reads it."""
    picture, model = hard.make(kind, images, seed, photo), _explorer()
    try:
        digit = prepare(picture.data)
        chosen = choose(digit, model)
        reading = vae.read(chosen.image, model)
        if kind == "sideways" and reading.likelier_turn:
            reading = vae.read(prepare(picture.data, reading.likelier_turn), model)
    except DigitError:
        return Outcome()
    right = reading.digit == labels[_nearest(chosen, picture.boxes)]
    silent = not right and not reading.is_no_digit and reading.probabilities.max() >= SURE
    return Outcome(right, silent, 1 + len(chosen.others) == len(picture.boxes))


def _nearest(digit: Digit, boxes: Sequence[hard.Box]) -> int:
    """Return the number of the box whose middle is nearest to that of the marked digit."""
    middles = np.array([digit.box, *boxes]).reshape(-1, 2, 2).mean(axis=1)
    return int(np.hypot(*(middles[1:] - middles[0]).T).argmin())
