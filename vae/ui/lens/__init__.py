"""The lens: the live part of the map, a small Components-v2 component, and its courier.

`lens` is the picture, the sliders and the buttons; its own message never changes. `courier` shows
nothing and brings it what does: the packed atlas (bytes) once, and an answer (a dict) every pin; to
the guest, a digit. `STYLE`, `MOUNT` and `MAP` are what other components share with the lens.
"""

from pathlib import Path

import streamlit as st

from vae.ui import text

_HERE = Path(__file__).parent
_PARTS = ("atlas.js", "gestures.js", "map.js", "known.js", "journey.js", "theme.js")
STYLE = text.read(_HERE, "lens.css")
MOUNT = text.read(_HERE, "mount.js")
MAP = MOUNT + text.read(_HERE, *_PARTS)

_courier = st.components.v2.component("latent_courier", js=text.read(_HERE, "courier.js"))
_lens = st.components.v2.component(
    "latent_lens",
    html=text.read(_HERE, "lens.html"),
    css=STYLE,
    js=MAP + text.read(_HERE, "souvenirs.js", "lens.js"),
)


# In a list: in a plain dict Streamlit looks for data frames, and loads pandas to know one.
def lens(data: dict, **options):
    """Mount the lens, or let it be: its `data` never changes while a model is shown."""
    return _lens(data=[data], **options)


def courier(data: bytes | dict, kind: str = "answer", **options):
    """Bring an atlas (bytes), or what is of that kind (a dict), to who listens for it."""
    return _courier(data=data if isinstance(data, bytes) else [kind, data], **options)
