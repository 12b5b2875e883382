"""A visitor's digit on the page Your digit: drawn, uploaded, photographed or an example.

It lives in the visitor's session alone: never on the disk, never in a cache.
"""

from dataclasses import replace

import streamlit as st

from vae.errors import DigitError
from vae.preprocessing.digit import prepare
from vae.ui import uploads
from vae.ui.components.pad import EXAMPLES, pad
from vae.ui.drawing import draw_strokes, parse_strokes
from vae.ui.state import DigitInput, visitor

FIRST_EXAMPLE = 7  # the digit that greets a visitor
MEGABYTES = 10  # `prepare` refuses more
KINDS = ["png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff"]


def latest() -> DigitInput:
    """Return the visitor's last input; the first example for a newcomer."""
    now = visitor().digit_input or DigitInput(prepare(EXAMPLES[FIRST_EXAMPLE]))
    visitor().digit_input = now
    return now


def inputs(verdict: str) -> None:
    """Draw the ways to give a digit, and what was wrong with the last input.

    Args:
        verdict: a short sentence about the last digit, for the pad on a phone.
    """
    now = latest()
    pad(now, verdict, key="pad", on_input_change=_on_pad)
    uploads.file_box("Upload a digit", KINDS, MEGABYTES, _read)
    if now.error:
        st.error(now.error)
    elif now.is_cleared:
        st.info("The pad is empty. Draw a digit, or choose an example.")
    elif now.digit.note:
        st.info(now.digit.note)
    if st.toggle("Use the camera", key="with_camera"):
        st.camera_input("Photograph a digit", key="camera", on_change=_on_photo)


def _on_photo() -> None:
    photo = st.session_state.camera
    if photo is not None:  # the visitor has not just cleared it
        _read(photo.getvalue())


def _on_pad() -> None:
    message = st.session_state.pad.get("input")
    if not isinstance(message, dict):
        return
    example, strokes = message.get("example"), parse_strokes(message.get("strokes"))
    if type(example) is int and 0 <= example < len(EXAMPLES):
        _read(EXAMPLES[example])
    elif strokes:
        now = replace(latest(), strokes=strokes)
        visitor().digit_input = _with_digit(now, draw_strokes(strokes))
    elif strokes == []:
        visitor().digit_input = replace(latest(), strokes=[], error="", is_cleared=True)


def _read(data: bytes) -> None:
    """Read a picture file; the pad gets a new sheet, for the page is not about its drawing."""
    now = replace(latest(), strokes=[], sheet=latest().sheet + 1)
    visitor().digit_input = _with_digit(now, data)


def _with_digit(now: DigitInput, data: bytes) -> DigitInput:
    """Return `now` with the digit in a picture file, or with what is wrong with that file."""
    try:
        digit = prepare(data)
    except DigitError as error:
        return replace(now, error=str(error), is_cleared=False)
    return replace(now, digit=digit, number=now.number + 1, error="", is_cleared=False)
