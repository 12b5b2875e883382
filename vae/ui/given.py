"""What a visitor gives: a drawing, a file, a photograph or an example, made ready to be read.

It lives in the visitor's session alone: never on the disk, never in a cache.
"""

import base64
import binascii
from collections.abc import Callable

import streamlit as st

from vae.errors import DigitError
from vae.inference import digits
from vae.ui.pad import EXAMPLES, pad

FIRST = 7  # the example that greets a visitor
KINDS = ["png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff"]


def digit() -> digits.Digit:
    """The digit given last that could be read; an example at first."""
    if "digit" not in st.session_state:
        _offer(EXAMPLES[FIRST])
    return st.session_state.digit


def number() -> int:
    """How many digits were read so far: another one whenever the digit is another."""
    return st.session_state.digit_number


def inputs() -> None:
    """The ways to give a digit, and what was wrong with the one given last."""
    pad(key="pad", on_given_change=_from_pad)
    st.file_uploader(
        "Upload a digit", KINDS, key="upload", on_change=_from(lambda: st.session_state.upload)
    )
    if st.toggle("Use the camera", key="with_camera"):
        st.camera_input(
            "Photograph a digit", key="camera", on_change=_from(lambda: st.session_state.camera)
        )
    if st.session_state.get("digit_error"):
        st.error(st.session_state.digit_error)
    elif st.session_state.digit.note:
        st.info(st.session_state.digit.note)


def _from(widget: Callable) -> Callable[[], None]:
    def changed() -> None:
        file = widget()
        if file is not None:  # it was not taken away
            _offer(file.getvalue())

    return changed


def _from_pad() -> None:
    given = st.session_state.pad.get("given")
    if not isinstance(given, dict):
        return
    example = given.get("example")
    if example in range(len(EXAMPLES)):
        _offer(EXAMPLES[example])
        return
    try:
        _offer(base64.b64decode(given.get("png", ""), validate=True))
    except (binascii.Error, TypeError, ValueError):
        return  # no drawing of the pad's


def _offer(data: bytes) -> None:
    """Read what was given; if that fails, the digit before it stays."""
    try:
        st.session_state.digit = digits.prepare(data)
    except DigitError as error:
        st.session_state.digit_error = str(error)
        return
    st.session_state.digit_error = ""
    st.session_state.digit_number = st.session_state.get("digit_number", 0) + 1
