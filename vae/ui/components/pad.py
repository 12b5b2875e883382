"""The drawing pad and the ten examples beside it, a component.

Its trigger `given` holds `{"png": base64}` after a stroke, or `{"example": 0 to 9}`.
"""

from pathlib import Path

import streamlit as st

from vae.ui import text
from vae.ui.lens import MOUNT, STYLE

_HERE = Path(__file__).parent
EXAMPLES = [path.read_bytes() for path in sorted((_HERE / "examples").glob("*.jpg"))]
_DATA = [{"examples": [text.base64(picture) for picture in EXAMPLES]}]  # in a list, as the lens's

_pad = st.components.v2.component(
    "latent_pad",
    html=text.read(_HERE, "pad.html"),
    css=STYLE + text.read(_HERE, "pad.css"),
    js=MOUNT + text.read(_HERE, "pad.js"),
)


def pad(**options):
    """Mount the pad; it never changes."""
    return _pad(data=_DATA, **options)
