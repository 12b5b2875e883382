import asyncio
import webbrowser
from pathlib import Path

import pytest
from streamlit.web.server.app_discovery import discover_asgi_app

from vae.ui import host

APP = Path(__file__).resolve().parent.parent / "app.py"


@pytest.fixture
def opened(monkeypatch):
    """The pages that the browser was told to open."""
    urls = []
    monkeypatch.setattr(webbrowser, "open", urls.append)
    monkeypatch.setattr(host, "READY", 0)
    return urls


def start(monkeypatch, **options):
    """Let the server come up, with these of Streamlit's options."""
    monkeypatch.setattr(host.st, "get_option", lambda name: options[name.removeprefix("server.")])

    async def up():
        async with host.lifespan(None):
            await asyncio.sleep(0.05)

    asyncio.run(up())


def test_the_browser_is_opened_where_there_is_somebody_to_look(opened, monkeypatch):
    start(monkeypatch, headless=False, port=8600)
    assert opened == ["http://localhost:8600"]


def test_no_browser_is_opened_on_a_server_without_a_screen(opened, monkeypatch):
    start(monkeypatch, headless=True, port=8600)
    assert opened == []


def test_streamlit_finds_the_server_in_the_script():
    assert discover_asgi_app(APP).import_string == "app:app"
