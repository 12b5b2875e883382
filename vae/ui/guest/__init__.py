"""The guest: the visitor's own digit on the map, its redraw and its games, a component."""

from pathlib import Path

import streamlit as st

from vae.ui import lens

_HERE = Path(__file__).parent
_LENS = Path(lens.__file__).parent


def _read(*paths: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


_guest = st.components.v2.component(
    "latent_guest",
    html=_read(_HERE / "guest.html"),
    css=_read(_LENS / "lens.css", _HERE / "guest.css"),
    js=_read(
        *(_LENS / name for name in ("atlas.js", "gestures.js", "map.js", "known.js", "theme.js")),
        _HERE / "mine.js",
        _HERE / "clean.js",
        _HERE / "guest.js",
    ),
)


def guest(data: dict, **options):
    """Mount the guest; its `data` never changes while a model is shown: digits come by courier."""
    return _guest(data=[data], **options)  # in a list, as the lens's
