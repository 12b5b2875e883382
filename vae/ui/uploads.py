"""A box for files that lets each one go as soon as it has been read."""

from collections.abc import Callable

import streamlit as st


def box(label: str, kinds: list[str], megabytes: int, take: Callable[[bytes], None]) -> None:
    """Draw it; `take` gets the bytes of every file that a visitor gives.

    Every file gets an uploader of its own: the next need not first be told that the last one goes.
    """
    count = f"uploads of {label}"
    turn = f"{label}-{st.session_state.get(count, 0)}"

    def uploaded() -> None:
        file = st.session_state[turn]
        if file is not None:
            st.session_state[count] = st.session_state.get(count, 0) + 1
            take(file.getvalue())

    st.file_uploader(label, kinds, key=turn, max_upload_size=megabytes, on_change=uploaded)
