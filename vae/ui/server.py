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
    asyncio.get_running_loop().run_in_executor(None, _load_first_map)
    if not st.get_option("server.headless"):
        address = st.get_option("browser.serverAddress") or "localhost"
        base = (st.get_option("server.baseUrlPath") or "").strip("/")
        url = f"http://{address}:{st.get_option('server.port')}/{base}"
        asyncio.get_running_loop().call_soon(webbrowser.open, url)
    yield


def _load_first_map() -> None:
    """Load the first page's code and model while the browser starts."""
    from vae.ui import models

    models.load_first()
