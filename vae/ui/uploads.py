"""A box for files that lets each one go as soon as it has been read."""

from collections.abc import Callable

import streamlit as st

from vae.ui.state import visitor
from vae.ui.workarounds import release_upload


def file_box(
    label: str,
    receive: Callable[[bytes], None],
    kinds: list[str] | None = None,
    megabytes: int | None = None,
) -> None:
    """Draw the box.

    Only the browser looks at kinds and sizes. It refuses a file in Streamlit's words, and the
    script does not hear of it: where `receive` can say what is wrong, let the files through.

    Args:
        label: what stands above it.
        receive: gets the bytes of every file, before the page is drawn again.
        kinds: the files' endings, without the dot. None lets all of them through.
        megabytes: the most that a file may have. None lets through what the server takes.
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
