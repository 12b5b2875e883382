"""What the page Your digit says of a reading, in sentences for everybody."""

import numpy as np

from vae.inference import plane, posterior
from vae.inference.reading import Reading
from vae.ui import text

NO_DIGIT = "That does not look like a digit from 0 to 9."
NO_DIGIT_THIS_WAY_UP = "This way up, that does not look like a digit from 0 to 9."
ON_ITS_SIDE = "It may lie on its side."
UPSIDE_DOWN = "It may stand upside down."
GUESS = 0.3  # probability below which no percentages are given
CLEAR = 0.85  # probability from which a digit is named without a doubt
# Similarities: some 5, 30 and 75 % of test digits have less.
DIFFERENT, CLOSE, VERY_CLOSE = 0.6, 0.7, 0.8
# Blur of a copy: some 57 and 25 % of those of test digits have more.
SOFT, BLURRED = 0.33, 0.4
MENTIONED = 0.05  # probability from which another digit is named
MODES = 3  # places that are counted and marked, at most


def describe_digit(reading: Reading) -> str:
    """Return which digit it is, as surely as the reading is, and where its map disagrees."""
    first = plane.rank_digits(reading.probabilities)[0][0]
    if reading.is_no_digit:
        return f"If it is one after all, it is most like {text.with_article(first)}."
    if reading.map_digit == first:
        return _name_digit(reading)
    return f"{_name_digit(reading)} But on this map it lies among the {reading.map_digit}s."


def _name_digit(reading: Reading) -> str:
    (first, most), *others = plane.rank_digits(reading.probabilities)
    if most < GUESS:
        second = text.with_article(others[0][0])
        return f"Hard to tell: perhaps {text.with_article(first)} or {second}."
    if most < CLEAR:
        names = [f"{digit} ({share:.0%})" for digit, share in others if share >= MENTIONED]
        return f"Not sure: {' or '.join([f'{first} ({most:.0%})', *names[:2]])}."
    if others and others[0][1] >= MENTIONED:
        second = text.with_article(others[0][0])
        return f"This looks like {text.with_article(first)}. It could also be {second}."
    return f"This looks like {text.with_article(first)}."


def describe_count(count: int) -> str:
    """Return what is said of a picture of several digits, or ""."""
    return f"I see {count} digits and read this one." if count > 1 else ""


def describe_no_digit(reading: Reading) -> str:
    """Return what is said of what is no digit, or ""."""
    if not reading.is_no_digit:
        return ""
    return NO_DIGIT_THIS_WAY_UP if reading.likelier_turn else NO_DIGIT


def describe_tilted(reading: Reading) -> str:
    """Return the second reading, of the digit upright, or "" where that says nothing new."""
    other = reading.tilted
    if other is None or other.is_no_digit:
        return ""
    is_clear, was_clear = (one.probabilities.max() >= CLEAR for one in (other, reading))
    if other.digit == reading.digit and (was_clear or not is_clear) and not reading.is_no_digit:
        return ""
    verb = "looks like" if is_clear else "could be"
    return f"Turned upright, it {verb} {text.with_article(other.digit)}."


def offer_turn(turns: int) -> str:
    """Return what is said of a picture that is likelier after some quarter turns, or ""."""
    return {0: "", 2: UPSIDE_DOWN}.get(turns, ON_ITS_SIDE)


def describe_copy(reading: Reading) -> str:
    """Return how good the copy is, in a child's words; only a sharp one, and true, is praised."""
    if reading.map_digit != reading.digit and not reading.is_no_digit:
        return f"The machine's copy is more like {text.with_article(reading.map_digit)}."
    if reading.similarity < DIFFERENT:
        return "The machine's copy looks quite different from your digit."
    if _blur(reading.redraw) > BLURRED:
        return "The machine's copy is blurred: it was not sure how to draw this."
    if reading.similarity < CLOSE:
        return "The machine's copy is a little different from your digit."
    if _blur(reading.redraw) > SOFT:
        return "The machine's copy is like your digit, but a little blurred."
    if reading.similarity < VERY_CLOSE:
        return "The machine's copy looks much like your digit."
    return "The machine's copy looks almost the same as your digit."


def _blur(image: np.ndarray) -> float:
    """Return how grey the ink of an image in [0, 1] is: 0 for black and white, 1 for faint grey."""
    return float((image * (1 - image)).sum() / max(image.sum(), 1e-6))


def describe_places(modes: list[posterior.Mode]) -> str:
    """Return in how many places of the map a digit could live, or "" for one alone."""
    if len(modes) < 2:
        return ""
    if len(modes) > MODES:
        return "It fits many places on the map; the brighter the glow, the better."
    shares = ", ".join(f"{mode.share:.0%}" for mode in modes)
    return f"It fits {len(modes)} places on the map ({shares}). All of them glow."
