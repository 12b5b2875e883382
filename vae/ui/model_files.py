"""Models as files: download one as a zip, upload one."""

import streamlit as st

from vae.errors import LatentExplorerError
from vae.store import archive
from vae.ui import uploads
from vae.ui.state import visitor


def download_button(name: str) -> None:
    """Draw a button that saves that model as a zip."""
    st.download_button(
        "Download this model",
        data=lambda: archive.export_zip(name),
        file_name=f"{name}.zip",
        mime="application/zip",
        on_click="ignore",
        help="The whole model in one file, to upload it here or on another computer.",
    )


def upload_box() -> None:
    """Draw a box that takes such a zip; what came of it is said there, or in a toast."""
    error = visitor().upload_error
    with st.expander("Upload a model", expanded=bool(error)):
        label = "Zip file of a downloaded model"
        uploads.file_box(label, _receive, ["zip"], archive.MAX_BYTES // 10**6)
        if error:
            st.error(error)


def _receive(data: bytes) -> None:
    now = visitor()
    now.upload_error = ""
    try:
        now.watched = archive.import_zip(data)
    except LatentExplorerError as error:
        now.upload_error = str(error)
    else:
        now.toasts.append(f"**{now.watched}** was added. You can choose it on every page.")
