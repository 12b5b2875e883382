"""Style and links to the pages, shared by all pages and visible at every width."""

from pathlib import Path

import streamlit as st

STYLE = Path(__file__).parent / "page.css"


def draw(pages: list) -> None:
    """Draw the links and add the style."""
    st.html(STYLE)
    with st.container(horizontal=True, key="latent-pages"):
        for page in pages:
            st.page_link(page, width="content")
