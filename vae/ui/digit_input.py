"""What a visitor gives: a drawing, a file, a photograph or an example, made ready to be read.

It lives in the visitor's session alone: never on the disk, never in a cache.
"""

import base64
import binascii
import contextlib
from dataclasses import dataclass, replace

import streamlit as st

from vae.errors import DigitError
from vae.preprocessing import digit as digits
from vae.ui import uploads
from vae.ui.pad import EXAMPLES, pad

FIRST = 7  # the example that greets a visitor
MEGABYTES = 10  # `digits.prepare` refuses more
KINDS = ["png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff"]


@dataclass(frozen=True)
class Given:
    """What a visitor gave last; one object, so that a rerun never sees half of it."""

    digit: digits.Digit  # the last that could be read
    number: int  # how many could: another one whenever the digit is another
    error: str = ""  # what was wrong with what came after it


def latest() -> Given:
    """What was given last; an example at first."""
    if "given" not in st.session_state:
        _offer(EXAMPLES[FIRST])
    return st.session_state.given


def inputs() -> None:
    """The ways to give a digit, and what was wrong with the one given last."""
    pad(key="pad", on_given_change=_from_pad)
    uploads.box("Upload a digit", KINDS, MEGABYTES, _offer)
    given = latest()
    if given.error:
        st.error(given.error)
    elif given.digit.note:
        st.info(given.digit.note)
    if st.toggle("Use the camera", key="with_camera"):
        st.camera_input("Photograph a digit", key="camera", on_change=_photographed)


def _photographed() -> None:
    photograph = st.session_state.camera
    if photograph is not None:  # it was not taken away
        _offer(photograph.getvalue())


def _from_pad() -> None:
    given = st.session_state.pad.get("given")
    if not isinstance(given, dict):
        return
    example, drawing = given.get("example"), given.get("png")
    if type(example) is int and 0 <= example < len(EXAMPLES):
        _offer(EXAMPLES[example])
    elif isinstance(drawing, str):
        with contextlib.suppress(binascii.Error, ValueError):  # no drawing of the pad's
            drawing = base64.b64decode(drawing, validate=True)
        if isinstance(drawing, bytes):
            _offer(drawing)


def _offer(data: bytes) -> None:
    """Read what was given; if that fails, the digit before it stays."""
    before = st.session_state.get("given")
    try:
        now = Given(digits.prepare(data), before.number + 1 if before else 0)
    except DigitError as error:
        now = replace(before, error=str(error))
    st.session_state.given = now
