"""The lens: the live part of the map, one small Components-v2 component.

Two mounts share one script: `atlas` carries the decoded plane, a large message that never changes
and so crosses the wire once; `lens` carries the small one that changes with every pin.
"""

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent


def _read(*names: str) -> str:
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)


atlas = st.components.v2.component("latent_atlas", js=_read("courier.js"))
lens = st.components.v2.component(
    "latent_lens",
    html=_read("lens.html"),
    css=_read("lens.css"),
    js=_read("atlas.js", "gestures.js", "map.js", "known.js", "lens.js"),
)
