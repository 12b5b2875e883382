"""Models as files: take one home as a zip, bring one back."""

import streamlit as st

from vae import parcel
from vae.errors import LatentExplorerError
from vae.store import ModelFolder
from vae.ui import cache


def model(name: str) -> ModelFolder | None:
    """The sound model of that name, if there is one."""
    return next((folder for folder in cache.survey()[0] if folder.name == name), None)


def take(name: str) -> None:
    """A button that saves the model as a zip, where there is one."""
    if model(name):
        st.download_button(
            "Take it home",
            data=lambda: parcel.pack(name),
            file_name=f"{name}.zip",
            mime="application/zip",
            on_click="ignore",
            help="The whole model in one file: bring it back here, or to another machine.",
        )


def bring() -> None:
    """A box that takes such a zip back, and says what came of it."""
    with st.expander("Bring a map that you took home"):
        turn = f"zip-{st.session_state.get('zips', 0)}"
        st.file_uploader(
            "A map as a zip file",
            ["zip"],
            key=turn,
            max_upload_size=parcel.LARGEST // 10**6,
            on_change=_brought,
            args=(turn,),
        )
        said = st.session_state.pop("zip-said", None)
        if said:
            kind, words = said
            (st.success if kind == "good" else st.error)(words)


def _brought(turn: str) -> None:
    file = st.session_state[turn]
    if file is None:
        return
    st.session_state.zips = st.session_state.get("zips", 0) + 1
    try:
        name = parcel.unpack(file.getvalue())
    except LatentExplorerError as error:
        st.session_state["zip-said"] = ("bad", str(error))
        return
    st.session_state["zip-said"] = ("good", f"**{name}** is here: choose it on any page.")
