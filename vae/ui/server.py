"""Start-up of the server: what it does beside Streamlit's own work."""

import asyncio
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

from vae.ui import workarounds


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Open the user's browser at the start, as Streamlit does for a script but not for an App."""
    workarounds.exit_cleanly_on_interrupt()
    if not st.get_option("server.headless"):
        address = st.get_option("browser.serverAddress") or "localhost"
        base = (st.get_option("server.baseUrlPath") or "").strip("/")
        url = f"http://{address}:{st.get_option('server.port')}/{base}"
        asyncio.get_running_loop().call_soon(webbrowser.open, url)
    yield
