"""A visitor's digit on the page Your digit: drawn, uploaded, photographed or an example.

It lives in the visitor's session alone: never on the disk, never in a cache.
"""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from vae.errors import DigitError
from vae.preprocessing.digit import prepare
from vae.ui import uploads
from vae.ui.components.pad import EXAMPLES, pad
from vae.ui.drawing import draw_strokes, parse_strokes
from vae.ui.state import Answer, DigitInput, visitor

FIRST_EXAMPLE = 7  # the digit that greets a visitor

WANTED = "One handwritten digit, 0 to 9: a photo or a screenshot. It is not saved."
PRIVATE = (
    "The photo goes to the server of this page and to nobody else. It is never saved: when you "
    "leave, it is gone."
)
NO_CAMERA = (
    "Browsers give the camera only to pages with a secure address (https), and this one has none. "
    "Take a photo with your telephone and upload it instead."
)


def latest() -> DigitInput:
    """Return the visitor's last input; the first example for a newcomer."""
    now = visitor().digit_input or DigitInput(prepare(EXAMPLES[FIRST_EXAMPLE]))
    visitor().digit_input = now
    return now


def inputs(answer: Answer, verdict: str) -> None:
    """Draw the ways to give a digit, and what was wrong with the last input.

    Args:
        answer: what the model made of the last digit.
        verdict: a short sentence about the last digit, for the pad on a phone.
    """
    now = latest()
    pad(now, answer, verdict, key="pad", on_input_change=_on_pad)
    if now.error:
        st.error(now.error)
    elif now.digit.note and not now.is_cleared:
        st.info(now.digit.note)
    uploads.file_box("Upload a digit", _read)
    st.caption(WANTED)
    if st.toggle("Use the camera", key="with_camera"):
        if _is_secure(st.context.url or ""):
            st.camera_input("Photograph a digit", key="camera", on_change=_on_photo)
            st.caption(PRIVATE)
        else:
            st.info(NO_CAMERA)


def change(message: Any) -> None:
    """Do what a visitor wants of the picture: another of its digits, a turn, or its mirror image.

    Args:
        message: A DigitChange from the browser; anything else, or one about an earlier digit,
            does nothing.
    """
    now = latest()
    if not isinstance(message, dict) or message.get("number") != now.number:
        return
    chosen, turns = message.get("chosen"), message.get("turns")
    answer = visitor().answer
    if type(chosen) is int and answer and 0 <= chosen < len(answer.digits):
        visitor().digit_input = replace(now, chosen=chosen, number=now.number + 1)
    elif now.file and type(turns) is int and 1 <= turns <= 3:
        clockwise = -turns if now.is_mirrored else turns  # the file is turned before it is mirrored
        _reread(replace(now, turns=(now.turns + clockwise) % 4))
    elif now.file and message.get("mirror") is True:
        _reread(replace(now, is_mirrored=not now.is_mirrored))
        if answer and answer.about[2] == now.number and latest().is_current:  # the same digit
            chosen = len(answer.digits) - 1 - answer.chosen
            visitor().digit_input = replace(latest(), chosen=chosen)


def _is_secure(url: str) -> bool:
    """Return whether browsers give the camera to a page at this address."""
    address = urlsplit(url)
    host = address.hostname or "localhost"
    return address.scheme == "https" or host in ("localhost", "127.0.0.1", "::1")


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
        visitor().digit_input = _with_digit(_on_new_sheet(), EXAMPLES[example])
    elif strokes and strokes == latest().strokes:
        return  # the pad has sent them again, not knowing that they had arrived
    elif strokes:
        now = replace(latest(), strokes=strokes, file=b"", turns=0, is_mirrored=False)
        visitor().digit_input = _with_digit(now, draw_strokes(strokes))
    elif strokes == []:
        visitor().digit_input = replace(latest(), strokes=[], error="", is_cleared=True, file=b"")
    else:
        change(message)


def _read(data: bytes) -> None:
    """Read a picture file of the visitor's."""
    now = _with_digit(_on_new_sheet(), data)
    visitor().digit_input = now if now.error else replace(now, file=data)


def _reread(now: DigitInput) -> None:
    """Read the visitor's picture as it stands now; it can be turned back if that fails."""
    visitor().digit_input = _with_digit(now, now.file)


def _on_new_sheet() -> DigitInput:
    """Return the input without a drawing and a file: the page will be about something else."""
    now = latest()
    return replace(now, strokes=[], sheet=now.sheet + 1, file=b"", turns=0, is_mirrored=False)


def _with_digit(now: DigitInput, data: bytes) -> DigitInput:
    """Return `now` with the digit in a picture file, or with what is wrong with that file."""
    try:
        digit = prepare(data, now.turns, now.is_mirrored)
    except DigitError as error:
        return replace(now, error=str(error), is_cleared=False)
    number = now.number + 1
    return replace(now, digit=digit, chosen=None, number=number, error="", is_cleared=False)
