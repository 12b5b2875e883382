import io
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from vae.errors import DigitError
from vae.preprocessing.digit import prepare
from vae.ui import digit_input
from vae.ui.components import pad
from vae.ui.state import Visitor

BAR = [[[0.5, 0.2], [0.5, 0.8]]]


@pytest.fixture
def session(monkeypatch):
    """A visitor's state, and the pad's message, which the test sets as `session.pad`."""
    session = SimpleNamespace(visitor=Visitor(), pad={})
    monkeypatch.setattr(digit_input, "visitor", lambda: session.visitor)
    monkeypatch.setattr(digit_input.st, "session_state", session)
    return session


@pytest.fixture
def send(session):
    """What the page knows after a message of the pad."""

    def send(message):
        session.pad = {"input": message}
        digit_input._on_pad()
        return digit_input.latest()

    return send


def picture_file():
    """A black bar on white."""
    pixels = np.full((120, 100), 255, np.uint8)
    pixels[20:100, 40:60] = 0
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def test_a_newcomer_has_the_first_example(session):
    first = digit_input.latest()
    example = prepare(pad.EXAMPLES[digit_input.FIRST_EXAMPLE])
    np.testing.assert_array_equal(first.digit.image, example.image)
    assert first.is_current


def test_a_drawing_is_read_and_stays_on_the_pad(send):
    now = send({"strokes": BAR})
    assert (now.number, now.sheet, now.is_current) == (1, 0, True)
    assert now.strokes == [[(0.5, 0.2), (0.5, 0.8)]]


def test_a_drawing_that_comes_twice_is_read_once(send):
    first = send({"strokes": BAR})
    assert send({"strokes": BAR}) is first


def test_clearing_the_pad_keeps_the_digit_but_not_as_the_current_one(send):
    drawn = send({"strokes": BAR})
    now = send({"strokes": []})
    assert now.digit is drawn.digit
    assert now.number == drawn.number
    assert not now.is_current
    assert send({"strokes": BAR}).is_current


def test_an_example_or_a_file_empties_the_pad(send):
    send({"strokes": BAR})
    now = send({"example": 3})
    assert (now.strokes, now.sheet, now.number) == ([], 1, 2)
    send({"strokes": BAR})
    digit_input._read(picture_file())
    assert (digit_input.latest().strokes, digit_input.latest().sheet) == ([], 2)


def test_an_unreadable_file_leaves_the_digit_but_not_as_the_current_one(send):
    before = send({"strokes": BAR})
    digit_input._read(b"no picture")
    now = digit_input.latest()
    assert now.digit is before.digit
    assert now.error.endswith(".")
    assert not now.is_current
    digit_input._read(picture_file())
    assert digit_input.latest().is_current


@pytest.mark.parametrize(
    "message",
    [{"example": 10}, {"example": 3.0}, {"example": True}, {"strokes": 7}, {}, "strokes", None],
)
def test_a_message_that_no_pad_sends_changes_nothing(send, message):
    before = digit_input.latest()
    assert send(message) is before


def test_every_example_is_read_without_a_note():
    assert len(pad.EXAMPLES) == 10
    assert {prepare(example).note for example in pad.EXAMPLES} == {""}


# What a visitor does with the picture


@pytest.fixture
def prepared(session, monkeypatch):
    """How the files were turned, one after another; every one holds three digits."""
    digit_input.latest()
    prepared = []

    def prepare_three(data, turns=0, mirrored=False):
        prepared.append((turns, mirrored))
        digit = prepare(data, turns, mirrored)
        left, main, right = (
            replace(digit, box=(x, 0, x + 0.2, 1), others=[]) for x in (0, 0.4, 0.8)
        )
        return replace(main, others=[left, right])

    monkeypatch.setattr(digit_input, "prepare", prepare_three)
    about = ("explorer", "", 1)  # as the page has composed it for the first file
    session.visitor.answer = SimpleNamespace(about=about, digits=[None] * 3, chosen=0)
    return prepared


def test_another_digit_of_the_picture_can_be_chosen(session, prepared):
    digit_input._read(picture_file())
    now = digit_input.latest()
    assert now.chosen is None
    digit_input.change({"number": now.number, "chosen": 2})
    after = digit_input.latest()
    assert (after.number, after.chosen) == (now.number + 1, 2)
    assert len(prepared) == 1  # nothing is read again
    digit_input._read(picture_file())
    assert digit_input.latest().chosen is None


def test_another_digit_of_a_drawing_can_be_chosen_on_the_pad(send, prepared):
    now = send({"strokes": BAR})
    after = send({"number": now.number, "chosen": 0})
    assert (after.chosen, after.strokes) == (0, now.strokes)


def test_quarter_turns_are_clockwise_as_seen_before_and_after_mirroring(session, prepared):
    digit_input._read(picture_file())
    for wish in ({"turns": 1}, {"turns": 2}, {"mirror": True}, {"turns": 1}, {"mirror": True}):
        digit_input.change({"number": digit_input.latest().number, **wish})
    assert prepared == [(0, False), (1, False), (3, False), (3, True), (2, True), (2, False)]
    digit_input._read(picture_file())
    assert prepared[-1] == (0, False)


def test_a_mirrored_picture_keeps_the_digit_that_was_chosen(session, prepared):
    digit_input._read(picture_file())
    number = digit_input.latest().number
    session.visitor.answer.about = ("explorer", "", number)
    digit_input.change({"number": number, "mirror": True})
    assert digit_input.latest().chosen == 2  # it was the first from the left


def test_a_turn_that_shows_no_digit_can_be_taken_back(session, monkeypatch):
    digit_input._read(picture_file())
    number = digit_input.latest().number

    def refuse(data, turns, mirrored):
        if turns:
            raise DigitError("There is nothing to see.")
        return prepare(data)

    monkeypatch.setattr(digit_input, "prepare", refuse)
    digit_input.change({"number": number, "turns": 3})
    assert not digit_input.latest().is_current
    digit_input.change({"number": number, "turns": 1})
    assert digit_input.latest().is_current


@pytest.mark.parametrize(
    "wish",
    [
        {"chosen": 3},
        {"chosen": -1},
        {"chosen": 1.0},
        {"turns": 0},
        {"turns": 4},
        {"turns": True},
        {"mirror": 1},
        {"chosen": 0, "number": 0},
        {"turns": 1, "number": 0},
        None,
    ],
)
def test_a_wish_about_an_earlier_digit_or_that_makes_no_sense_changes_nothing(
    session, prepared, wish
):
    digit_input._read(picture_file())
    before = digit_input.latest()
    digit_input.change(wish and {"number": before.number, **wish})
    assert digit_input.latest() is before


def test_only_a_picture_of_the_visitor_s_own_can_be_turned(send):
    for message in ({"strokes": BAR}, {"example": 3}):
        digit_input._read(picture_file())
        before = send(message)
        digit_input.change({"number": before.number, "turns": 1})
        assert digit_input.latest() is before
    digit_input._read(picture_file())
    digit_input._read(b"no picture")
    assert digit_input.latest().file == b""


@pytest.mark.parametrize(
    ("url", "is_secure"),
    [
        ("https://example.org/your-digit", True),
        ("http://localhost:8501/", True),
        ("http://127.0.0.1:8501", True),
        ("", True),
        ("http://192.168.1.7:8501/your-digit", False),
        ("http://example.org", False),
    ],
)
def test_browsers_give_the_camera_to_secure_pages_alone(url, is_secure):
    assert digit_input._is_secure(url) == is_secure


def app():
    from types import SimpleNamespace

    from vae.ui import digit_input

    digit_input.inputs(SimpleNamespace(digits=[digit_input.latest().digit], chosen=0), "")


def test_what_is_wanted_stands_beside_the_box_for_files():
    page = AppTest.from_function(app, default_timeout=60).run()
    assert [caption.value for caption in page.caption] == [digit_input.WANTED]
    assert "handwritten" in digit_input.WANTED


def test_beside_the_camera_stands_what_happens_to_the_photo():
    page = AppTest.from_function(app, default_timeout=60).run()
    page.toggle(key="with_camera").set_value(True).run()
    assert len(page.get("camera_input")) == 1
    assert digit_input.PRIVATE in [caption.value for caption in page.caption]


def test_a_page_without_a_secure_address_says_why_it_has_no_camera(monkeypatch):
    monkeypatch.setattr(digit_input, "_is_secure", lambda url: False)
    page = AppTest.from_function(app, default_timeout=60).run()
    page.toggle(key="with_camera").set_value(True).run()
    assert not page.get("camera_input")
    assert [info.value for info in page.info] == [digit_input.NO_CAMERA]


def test_the_page_says_what_was_wrong_beside_the_inputs_until_the_next_good_one():
    page = AppTest.from_function(app, default_timeout=60).run()
    assert not page.error
    page.file_uploader[0].set_value(("x.png", b"no picture", "image/png")).run()
    assert [error.value for error in page.error] == [page.session_state.visitor.digit_input.error]
    page.file_uploader[0].set_value(("y.png", picture_file(), "image/png")).run()
    assert not page.error
    assert not page.exception
