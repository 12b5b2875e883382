import itertools
import re

import pytest

from vae.inference.label_map import PlaceLabel
from vae.ui.pages import explore

pytestmark = pytest.mark.browser
DESCRIBE = """({ describeSurroundings }, cases) =>
  cases.map((arguments) => describeSurroundings(...arguments))"""
NAME = """({ nameInvention }, cases) => cases.map((around) => nameInvention(around))"""
FRACTIONS = [
    [(3, 1.0)],
    [(3, 0.9), (5, 0.1)],
    [(4, 0.7), (9, 0.3)],
    [(4, 0.5), (9, 0.4), (8, 0.1)],
]


def drawing(digit, is_clear=True, is_hole=False):
    return {"digit": digit, "isClear": is_clear, "isHole": is_hole}


@pytest.mark.parametrize(
    ("fractions", "is_far", "drawing", "words"),
    [
        ([(3, 1.0)], False, drawing(3), "Around here: 3s"),
        ([(3, 1.0)], False, None, "Around here: 3s"),
        ([(4, 0.6), (9, 0.4)], False, drawing(4), "Around here: 4s and 9s"),
        ([(4, 0.6), (9, 0.4)], False, drawing(9), "Around here: 9s and 4s"),
        ([(4, 0.7), (9, 0.3)], False, drawing(9), "A 9 among 4s"),
        ([(4, 0.7), (9, 0.3)], False, drawing(8, False), "Perhaps an 8, among 4s"),
        ([(4, 0.6), (9, 0.4)], False, drawing(None, False), "Around here: 4s and 9s"),
        ([(2, 1.0)], True, drawing(None, False), "A guess: no clear digit"),
        ([(2, 1.0)], True, drawing(None, False, True), "A guess, unlike any real digit"),
        ([(2, 1.0)], True, drawing(7), "A guess: looks like a 7"),
        ([(2, 1.0)], True, drawing(8, False), "A guess: perhaps an 8"),
        ([(2, 1.0)], True, drawing(7, True, True), "A guess, unlike any real digit: perhaps a 7"),
        ([(2, 1.0)], True, None, "A guess: no real digits near here"),
    ],
)
def test_the_words_say_what_is_around_or_else_what_is_drawn(
    module_page, fractions, is_far, drawing, words
):
    assert module_page("lens/words.js")(DESCRIBE, [[fractions, is_far, drawing]]) == [words]


def test_hover_and_pin_name_the_same_digit_first_and_it_is_the_one_that_is_drawn(module_page):
    cases = list(itertools.product(FRACTIONS, (False, True), range(10), (False, True)))
    arguments = [(f, is_far, drawing(d, is_clear)) for f, is_far, d, is_clear in cases]
    hovered = module_page("lens/words.js")(DESCRIBE, arguments)
    for (fractions, is_far, digit, is_clear), words in zip(cases, hovered, strict=True):
        label = PlaceLabel(digit, is_clear, is_hole=False)
        pinned = explore._sentence(fractions, 1.0 if is_far else 0.2, label)
        for sentence in (words, pinned):
            assert int(re.search(r"\d", sentence)[0]) == digit, sentence
            assert sentence.startswith("A guess") == is_far


def test_an_invented_digit_is_named_after_its_picture(module_page):
    drawings = (drawing(7), drawing(8, False), drawing(None, False), None)
    around = [{"fractions": [[2, 1.0]], "drawing": d} for d in drawings]
    assert module_page("lens/words.js")(NAME, around) == [
        "an invented 7",
        "an invented digit, perhaps an 8",
        "an invented digit, not a clear one",
        "an invented digit near the 2s",
    ]
