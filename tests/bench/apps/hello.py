"""The smallest Streamlit app: the reference for start, reload and memory."""

import streamlit as st

st.write("hello")
