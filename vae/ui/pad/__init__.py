"""The drawing pad and the ten examples beside it, a component.

Its trigger `given` holds `{"png": base64}` after a stroke, or `{"example": 0 to 9}`.
"""

import base64
from pathlib import Path

import streamlit as st

from vae.ui import lens

_HERE = Path(__file__).parent
_LENS = Path(lens.__file__).parent
EXAMPLES = [path.read_bytes() for path in sorted((_HERE / "examples").glob("*.jpg"))]

_pad = st.components.v2.component(
    "latent_pad",
    html=(_HERE / "pad.html").read_text(encoding="utf-8"),
    css="\n".join(
        path.read_text(encoding="utf-8") for path in (_LENS / "lens.css", _HERE / "pad.css")
    ),
    js=(_HERE / "pad.js").read_text(encoding="utf-8"),
)


def pad(**options):
    """Mount the pad; it never changes."""
    examples = [base64.b64encode(picture).decode() for picture in EXAMPLES]
    return _pad(data=[{"examples": examples}], **options)  # in a list, as the lens's
