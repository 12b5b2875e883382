"""The smallest answer a Streamlit server gives: what a pin's answer is measured against."""

import streamlit as st


@st.fragment
def answer() -> None:
    """A button, and how often it was pressed."""
    pressed = st.button("press")
    st.session_state.count = st.session_state.get("count", 0) + pressed
    st.text(f"pressed {st.session_state.count}")


answer()
