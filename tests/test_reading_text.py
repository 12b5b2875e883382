from types import SimpleNamespace

import numpy as np
import pytest

from vae.inference.posterior import Mode
from vae.ui import reading_text


def reading(
    *shares,
    map_digit=None,
    is_no_digit=False,
    similarity=0.75,
    redraw=None,
    modes=(),
    turn=0,
    tilted=None,
):
    probabilities = np.zeros(10)
    for digit, share in shares:
        probabilities[digit] = share
    return SimpleNamespace(
        probabilities=probabilities,
        digit=int(probabilities.argmax()),
        map_digit=int(probabilities.argmax()) if map_digit is None else map_digit,
        is_no_digit=is_no_digit,
        likelier_turn=turn,
        tilted=tilted,
        similarity=similarity,
        redraw=np.eye(28) if redraw is None else redraw,
        posterior=SimpleNamespace(modes=[Mode((0, 0), share) for share in modes]),
    )


@pytest.mark.parametrize(
    ("shares", "sentence"),
    [
        ([(4, 0.58), (9, 0.4), (7, 0.02)], "Not sure: 4 (58%) or 9 (40%)."),
        ([(5, 0.5), (0, 0.28), (8, 0.18), (3, 0.04)], "Not sure: 5 (50%) or 0 (28%) or 8 (18%)."),
        ([(9, 0.2), (4, 0.19), (7, 0.15)], "Hard to tell: perhaps a 9 or a 4."),
        ([(4, 0.95), (9, 0.05)], "This looks like a 4. It could also be a 9."),
        ([(8, 0.99), (3, 0.01)], "This looks like an 8."),
        ([(4, 0.952), (9, 0.048)], "This looks like a 4."),
        ([(4, 1.0)], "This looks like a 4."),
    ],
)
def test_the_sentence_is_as_sure_as_the_reading(shares, sentence):
    assert reading_text.describe_digit(reading(*shares)) == sentence


def test_where_the_map_disagrees_the_page_says_so_and_does_not_praise_the_copy():
    other = reading((5, 0.9), (3, 0.1), map_digit=3, similarity=0.9)
    sentence = reading_text.describe_digit(other)
    assert sentence.startswith("This looks like a 5.")
    assert sentence.endswith("But on this map it lies among the 3s.")
    assert reading_text.describe_copy(other) == "The machine's copy is more like a 3."


def test_the_nearest_digit_of_what_is_none_is_no_verdict():
    sentence = reading_text.describe_digit(reading((2, 0.65), (6, 0.35), is_no_digit=True))
    assert sentence == "If it is one after all, it is most like a 2."


def test_what_may_be_a_digit_another_way_up_is_not_flatly_denied():
    assert reading_text.describe_no_digit(reading((2, 0.65))) == ""
    none = [
        reading_text.describe_no_digit(reading((2, 1), is_no_digit=True, turn=turn))
        for turn in (0, 1)
    ]
    assert none == [reading_text.NO_DIGIT, reading_text.NO_DIGIT_THIS_WAY_UP]


@pytest.mark.parametrize(
    ("as_is", "tilted", "sentence"),
    [
        (reading((9, 0.5)), None, ""),
        (reading((9, 0.5)), reading((7, 0.93)), "Turned upright, it looks like a 7."),
        (reading((9, 0.99)), reading((4, 0.6)), "Turned upright, it could be a 4."),
        (reading((9, 0.5)), reading((9, 0.93)), "Turned upright, it looks like a 9."),
        (reading((9, 0.5)), reading((9, 0.6)), ""),  # nothing new
        (reading((9, 0.9)), reading((9, 0.99)), ""),
        (reading((9, 1), is_no_digit=True), reading((9, 1)), "Turned upright, it looks like a 9."),
        (reading((9, 0.5)), reading((8, 0.9), is_no_digit=True), ""),
    ],
)
def test_a_tilted_digit_has_a_second_reading_where_that_says_something_else(
    as_is, tilted, sentence
):
    as_is.tilted = tilted
    assert reading_text.describe_tilted(as_is) == sentence


@pytest.mark.parametrize(
    ("similarity", "words"),
    [
        (0.5, "quite different from"),
        (0.65, "a little different from"),
        (0.75, "much like"),
        (0.9, "almost the same as"),
    ],
)
def test_a_copy_is_compared_with_the_digit_in_plain_words(similarity, words):
    assert words in reading_text.describe_copy(reading(similarity=similarity))


def test_a_blurred_copy_is_never_praised():
    for similarity in (0.65, 0.75, 0.9):
        assert "blurred" in copy_words(similarity, 0.5)
        assert "much like" not in copy_words(similarity, 0.65)
        assert "almost the same" not in copy_words(similarity, 0.65)
    assert copy_words(0.9, 0.65) == "The machine's copy is like your digit, but a little blurred."


def copy_words(similarity, grey):
    """What is said of a copy whose ink is all of one grey, in [0, 1]."""
    redraw = np.full((28, 28), grey)
    return reading_text.describe_copy(reading(similarity=similarity, redraw=redraw))


def test_two_places_are_mentioned_and_one_is_not():
    several, one = (
        reading_text.describe_places(reading(modes=m).posterior.modes) for m in ([0.7, 0.3], [1.0])
    )
    assert several == "It fits 2 places on the map (70%, 30%). All of them glow."
    assert one == ""
