"""The smallest app that takes a file: the reference for an upload."""

import streamlit as st

file = st.file_uploader("Upload a digit")
st.text(f"{len(file.getvalue()) if file else 0} bytes")
