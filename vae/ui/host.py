"""What Streamlit's server does for this app beside its own work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware
from streamlit import cli_util
from streamlit.web.server import server_util

from vae.ui import head, scripts

MIDDLEWARE = [Middleware(head.Head), Middleware(scripts.Scripts)]


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Open the user's browser at the start, as Streamlit does for a script but not for an App."""
    if not st.get_option("server.headless"):
        url = server_util.get_url(st.get_option("browser.serverAddress"))
        asyncio.get_running_loop().call_soon(cli_util.open_browser, url)
    yield
