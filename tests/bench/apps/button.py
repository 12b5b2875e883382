"""The smallest answer a Streamlit server gives: the reference for a pin."""

import streamlit as st


@st.fragment
def answer() -> None:
    st.session_state.count = st.session_state.get("count", 0) + st.button("press")
    st.text(f"pressed {st.session_state.count}")


answer()
