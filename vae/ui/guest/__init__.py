"""The guest: the visitor's own digit on the map, its redraw and its games, a component."""

from pathlib import Path

import streamlit as st

from vae.ui import text
from vae.ui.lens import MAP, STYLE

_HERE = Path(__file__).parent

_guest = st.components.v2.component(
    "latent_guest",
    html=text.read(_HERE, "guest.html"),
    css=STYLE + text.read(_HERE, "guest.css"),
    js=MAP + text.read(_HERE, "mine.js", "clean.js", "guest.js"),
)


def guest(data: dict, **options):
    """Mount the guest; its `data` never changes while a model is shown: digits come by courier."""
    return _guest(data=[data], **options)  # in a list, as the lens's
