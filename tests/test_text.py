import numpy as np
import pytest

from vae.ui import text


def test_files_are_joined_in_the_order_asked_for(tmp_path):
    (tmp_path / "a").write_text("é", encoding="utf-8")
    (tmp_path / "b").write_text("b", encoding="utf-8")
    assert text.read(tmp_path, "b", "a") == "b\né"


def test_an_array_travels_as_its_bytes():
    assert text.base64(np.array([[1, 2], [3, 255]], np.uint8)) == text.base64(b"\x01\x02\x03\xff")


@pytest.mark.parametrize("words", ["So it is: “round”, naïve", "1 of 2; it's 3-4"])
def test_plain_words_stay_as_they_are_but_for_their_escapes(words):
    assert text.plain(words).replace("\\", "") == words


@pytest.mark.parametrize("mark", "*_`#[]()!<>|~$:.+-=\\&")
def test_nothing_in_plain_words_is_a_mark(mark):
    assert f"a \\{mark} b" in text.plain(f"a {mark} b")


def test_plain_words_are_one_short_line():
    shown = text.plain("long\n" * 1000)
    assert len(shown) <= 240
    assert shown.startswith("long long")
    assert shown.endswith("…")
