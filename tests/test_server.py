import asyncio
import signal
import urllib.error
import urllib.request

import pytest

from tests.conftest import run_alone
from tests.support.server import streamlit
from vae.ui import server


def start(monkeypatch, **options):
    """Start and end the server's lifespan; return the pages that the browser was told to open."""
    urls = []
    monkeypatch.setattr(server.webbrowser, "open", urls.append)
    monkeypatch.setattr(server.st, "get_option", lambda name: options.get(name.split(".")[1]))

    async def run():
        async with server.lifespan(None):
            await asyncio.sleep(0.05)

    run_alone(run())
    return urls


def test_the_browser_is_opened_at_the_apps_address(monkeypatch):
    urls = start(monkeypatch, headless=False, port=8777, baseUrlPath="/walk/")
    assert urls == ["http://localhost:8777/walk"]


def test_no_browser_is_opened_on_a_server_without_a_screen(monkeypatch):
    assert start(monkeypatch, headless=True) == []


def test_ctrl_c_ends_the_server_with_a_clean_exit():
    with streamlit() as running:
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(timeout=20) == 0


@pytest.mark.parametrize("base", ["", "walk"])
def test_our_files_are_served_below_the_base_path_and_kept_for_good(base):
    # The script asks for the version that the server's own modules have.
    from vae.ui import assets

    with streamlit(STREAMLIT_SERVER_BASE_URL_PATH=base) as running:
        with urllib.request.urlopen(f"{running.url}/{assets.module_url('explore.js')}") as answer:
            assert answer.headers["content-type"].startswith("text/javascript")
            assert "immutable" in answer.headers["cache-control"]
        for path in ("web/0/explore.js", "web/0/..%2f..%2fapp.py", "models/no/0/codes.bin"):
            with pytest.raises(urllib.error.HTTPError, match=r"40[04]"):
                urllib.request.urlopen(f"{running.url}/latent/{path}")
