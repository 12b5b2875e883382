"""What goes ahead of every page: its style, and the call for the map's library."""

from pathlib import Path

import streamlit as st

_CSS = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")


def send() -> None:
    """Send it. Call this first of all: nothing here is slow to import."""
    st.html(f"<style>{_CSS}</style>{_library()}", unsafe_allow_javascript=True)


def _library() -> str:
    """A script that has the browser fetch Streamlit's Plotly, half of a page's start, at once.

    Otherwise it would only do so when the chart arrives, after the server's own imports.
    """
    scripts = Path(st.__file__).parent / "static" / "static" / "js"
    names = [path.name for path in scripts.glob("PlotlyChart.*.js")]
    return "".join(f"<script type='module'>import('./static/js/{name}')</script>" for name in names)
