"""Latent explorer: `streamlit run app.py`."""

from pathlib import Path

import streamlit as st

from vae.ui import head

ICON = Path(__file__).parent / "vae" / "ui" / "icon.svg"


def explore() -> None:
    """The map of digits and the lens on it."""
    from vae.ui import explore  # a page's imports are slow: the head goes out before them

    explore.page()


head.send()
st.set_page_config("Latent explorer", page_icon=str(ICON), layout="wide")
st.navigation(
    [st.Page(explore, title="Explore", url_path="explore", default=True)], position="top"
).run()
