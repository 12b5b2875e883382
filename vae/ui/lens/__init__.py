"""The lens: the live part of the map, a small Components-v2 component, and its courier.

`lens` is the picture, the sliders and the buttons; its own message never changes. `courier` shows
nothing and brings it what does: the packed atlas (bytes) once, and an answer (a dict) every pin; to
the guest, a digit.
"""

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent


def _read(*names: str) -> str:
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)


_courier = st.components.v2.component("latent_courier", js=_read("courier.js"))
_lens = st.components.v2.component(
    "latent_lens",
    html=_read("lens.html"),
    css=_read("lens.css"),
    js=_read(
        "atlas.js", "gestures.js", "map.js", "known.js", "theme.js", "souvenirs.js", "lens.js"
    ),
)


# In a list: in a plain dict Streamlit looks for data frames, and loads pandas to know one.
def lens(data: dict, **options):
    """Mount the lens, or let it be: its `data` never changes while a model is shown."""
    return _lens(data=[data], **options)


def courier(data: bytes | dict, kind: str = "answer", **options):
    """Bring an atlas (bytes), or what is of that kind (a dict), to who listens for it."""
    return _courier(data=data if isinstance(data, bytes) else [kind, data], **options)
