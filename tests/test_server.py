import os
import signal
import subprocess
import sys

import pytest

from tests.support.server import ROOT, streamlit


def test_ctrl_c_ends_the_server_with_a_clean_exit():
    with streamlit() as running:
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(timeout=20) == 0


@pytest.mark.parametrize(("headless", "opens"), [("false", True), ("true", False)])
def test_the_users_browser_is_opened_unless_nobody_sits_there(monkeypatch, headless, opens):
    program = """
import asyncio, webbrowser
webbrowser.open = lambda url: print("opened", url)
async def start():
    async with server.lifespan(None):
        await asyncio.sleep(0.05)
asyncio.run(start())
"""
    environment = {
        **os.environ,
        "STREAMLIT_SERVER_HEADLESS": headless,
        "STREAMLIT_SERVER_PORT": "8777",
        "STREAMLIT_SERVER_BASE_URL_PATH": "/walk/",
    }
    output = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True
    ).stdout
    assert ("opened http://localhost:8777/walk\n" in output) == opens
