"""What Streamlit's server does for this app beside its own work."""

import asyncio
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware

from vae.ui import head

MIDDLEWARE = [Middleware(head.Head)]
READY = 0.5  # seconds after which the server listens


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Open the user's browser at the start, as Streamlit does for a script but not for an App."""
    if not st.get_option("server.headless"):
        url = f"http://localhost:{st.get_option('server.port')}"
        loop = asyncio.get_running_loop()
        loop.call_later(READY, loop.run_in_executor, None, webbrowser.open, url)
    yield
