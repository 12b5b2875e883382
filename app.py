"""Latent explorer: `streamlit run app.py`.

Streamlit's server imports this file for `app`; for every visitor it runs it as a script.
"""

from pathlib import Path

import streamlit as st

ICON = Path(__file__).parent / "vae" / "ui" / "icon.svg"


# A page's imports are slow: the navigation goes out before them.
def explore() -> None:
    """Show the map of digits and the lens on it."""
    from vae.ui.pages import explore

    explore.page()


def your_digit() -> None:
    """Show a digit of the visitor's own."""
    from vae.ui.pages import your_digit

    your_digit.page(PAGES[0])


def compare() -> None:
    """Show two maps next to each other."""
    from vae.ui.pages import compare

    compare.page()


def train() -> None:
    """Show a map of the visitor's own making."""
    from vae.ui.pages import train

    train.page(PAGES[0])


if __name__ == "__main__":
    PAGES = [
        st.Page(explore, title="Explore", url_path="explore", default=True),
        st.Page(your_digit, title="Your digit", url_path="your-digit"),
        st.Page(compare, title="Compare", url_path="compare"),
        st.Page(train, title="Train", url_path="train"),
    ]
    page = st.navigation(PAGES, position="hidden")
    st.set_page_config(f"{page.title} · Latent explorer", page_icon=str(ICON), layout="wide")
    from vae.ui import frame

    frame.draw(PAGES)
    page.run()
else:
    from vae.ui import assets, server

    app = st.App(__file__, routes=assets.routes(), lifespan=server.lifespan)
