"""Models as files: take one home as a zip, bring one back."""

import streamlit as st

from vae.errors import LatentExplorerError
from vae.store import archive
from vae.ui import uploads


def take(name: str) -> None:
    """A button that saves that model as a zip."""
    st.download_button(
        "Take it home",
        data=lambda: archive.export_zip(name),
        file_name=f"{name}.zip",
        mime="application/zip",
        on_click="ignore",
        help="The whole model in one file: bring it back here, or to another machine.",
    )


def bring() -> None:
    """A box that takes such a zip back, and says what came of it."""
    with st.expander("Bring a map that you took home"):
        uploads.box("A map as a zip file", ["zip"], archive.MAX_BYTES // 10**6, _brought)
        said = st.session_state.pop("zip-said", None)
        if said:
            kind, words = said
            (st.success if kind == "good" else st.error)(words)


def _brought(data: bytes) -> None:
    try:
        name = archive.import_zip(data)
    except LatentExplorerError as error:
        st.session_state["zip-said"] = ("bad", str(error))
        return
    st.session_state.watched = name
    st.session_state["zip-said"] = ("good", f"**{name}** is here: choose it on any page.")
