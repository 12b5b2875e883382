"""Latent explorer: `streamlit run app.py`.

Streamlit's server imports this file for `app`; for every visitor it runs it as a script.
"""

from pathlib import Path

import streamlit as st

ICON = Path(__file__).parent / "vae" / "ui" / "icon.svg"


# A page's imports are slow: the navigation goes out before them.
def explore() -> None:
    """The map of digits and the lens on it."""
    from vae.ui import explore

    explore.page()


def your_digit() -> None:
    """A digit of the visitor's own."""
    from vae.ui import your_digit

    your_digit.page(PAGES[0])


def train() -> None:
    """A map of the visitor's own making."""
    from vae.ui import train

    train.page(PAGES[0])


if __name__ == "__main__":
    PAGES = [
        st.Page(explore, title="Explore", url_path="explore", default=True),
        st.Page(your_digit, title="Your digit", url_path="your-digit"),
        st.Page(train, title="Train", url_path="train"),
    ]
    st.set_page_config("Latent explorer", page_icon=str(ICON), layout="wide")
    st.navigation(PAGES, position="top").run()
else:
    from vae.ui import host

    app = st.App(__file__, middleware=host.MIDDLEWARE, lifespan=host.lifespan)
