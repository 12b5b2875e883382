"""The smallest Streamlit app: what starting, reloading and memory are measured against."""

import streamlit as st

st.write("hello")
