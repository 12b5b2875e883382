"""The smallest app that takes a file: what an upload's answer is measured against."""

import streamlit as st

file = st.file_uploader("file")
st.text(f"{len(file.getvalue()) if file else 0} bytes")
