import asyncio
import urllib.request

import pytest
from streamlit import cli_util

from tests.conftest import run_alone
from tests.support import server
from vae.ui import host


def opened(monkeypatch, **options):
    """The pages that the browser is told to open when the server comes up with these options."""
    urls = []
    monkeypatch.setattr(cli_util, "open_browser", urls.append)
    monkeypatch.setattr(host.st, "get_option", lambda name: options[name.replace(".", "_")])
    monkeypatch.setattr(host.server_util, "get_url", lambda address: f"http://{address}:8600")

    async def up():
        async with host.lifespan(None):
            await asyncio.sleep(0.01)

    run_alone(up())
    return urls


def test_the_browser_is_opened_where_there_is_somebody_to_look(monkeypatch):
    urls = opened(monkeypatch, server_headless=False, browser_serverAddress="localhost")
    assert urls == ["http://localhost:8600"]


def test_no_browser_is_opened_on_a_server_without_a_screen(monkeypatch):
    assert opened(monkeypatch, server_headless=True) == []


@pytest.mark.usefixtures("weights")
def test_streamlit_runs_the_app_as_a_server_of_ours():
    with (
        server.streamlit() as running,
        urllib.request.urlopen(f"{running.url}/your-digit", timeout=10) as answer,
    ):
        assert "<title>Latent explorer</title>" in answer.read().decode()
