"""A box for files that lets each one go as soon as it has been read."""

from collections.abc import Callable

import streamlit as st

from vae.ui.state import visitor
from vae.ui.workarounds import release_upload


def file_box(
    label: str, kinds: list[str] | None, megabytes: int, receive: Callable[[bytes], None]
) -> None:
    """Draw the box.

    Args:
        label: what stands above it.
        kinds: the files' endings, without the dot; only the browser looks, and refuses others in
            words of its own. None lets all of them through, and `receive` can say what is wrong.
        megabytes: the most that a file may have; only the browser looks.
        receive: gets the bytes of every file, before the page is drawn again.
    """
    key = f"{label}-{visitor().uploads[label]}"

    def on_change() -> None:
        file = st.session_state[key]
        if file is not None:
            visitor().uploads[label] += 1  # a new key after each upload resets the uploader
            data = file.getvalue()
            release_upload(file)
            receive(data)

    st.file_uploader(label, kinds, key=key, max_upload_size=megabytes, on_change=on_change)
