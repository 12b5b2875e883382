import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

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


def app():
    from vae.ui import digit_input

    digit_input.inputs("")


def test_the_page_says_what_was_wrong_beside_the_inputs_until_the_next_good_one():
    page = AppTest.from_function(app, default_timeout=60).run()
    assert not page.error
    page.file_uploader[0].set_value(("x.png", b"no picture", "image/png")).run()
    assert [error.value for error in page.error] == [page.session_state.visitor.digit_input.error]
    page.file_uploader[0].set_value(("y.png", picture_file(), "image/png")).run()
    assert not page.error
    assert not page.exception
