"""Latent explorer: `streamlit run app.py`."""

from pathlib import Path

import streamlit as st

from vae.ui import explore

ICON = Path(__file__).parent / "vae" / "ui" / "icon.svg"

st.set_page_config("Latent explorer", page_icon=str(ICON), layout="wide")
st.navigation(
    [st.Page(explore.page, title="Explore", url_path="explore", default=True)], position="top"
).run()
