import numpy as np
import pytest

from vae.ui import text


def test_an_array_travels_as_its_bytes():
    assert text.base64(np.array([[1, 2], [3, 255]], np.uint8)) == text.base64(b"\x01\x02\x03\xff")


@pytest.mark.parametrize("words", ["So it is: “round”, naïve", "1 of 2; it's 3-4"])
def test_plain_words_stay_as_they_are_but_for_their_escapes(words):
    assert text.escape_markdown(words).replace("\\", "") == words


@pytest.mark.parametrize("mark", "*_`#[]()!<>|~$:.+-=\\&")
def test_nothing_in_plain_words_is_a_mark(mark):
    assert f"a \\{mark} b" in text.escape_markdown(f"a {mark} b")


def test_plain_words_are_one_short_line():
    shown = text.escape_markdown("long\n" * 1000)
    assert len(shown) <= 240
    assert shown.startswith("long long")
    assert shown.endswith("…")
