"""A Streamlit server of one's own, a Chromium, and the page in it; for browser tests too."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    TimeoutError,
    sync_playwright,
)

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app.py"
PATIENCE = 60  # seconds until a wait is given up
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    # The map is WebGL, which needs a software renderer where there is no GPU. Only WebGL does: with
    # --use-angle=swiftshader whole pages go through it, at 50 to 100 ms of processor a frame.
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DRAWN = (Path(__file__).parent / "drawn.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Server:
    """A running Streamlit server."""

    url: str
    process: subprocess.Popen


@contextmanager
def streamlit(app: Path = APP, **environment: str) -> Iterator[Server]:
    """Within it, `streamlit run app` answers on a free port of this machine.

    Args:
        app: the script; it runs in its own folder, and so ours with our .streamlit/config.toml
            and any other with Streamlit's own settings.
        environment: variables on top of this process's own, such as VAE_WEIGHTS.

    Raises:
        RuntimeError: the server ended, or did not answer in time; with the end of its log.
    """
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(app)]
    command += ["--server.port", str(port), "--server.headless", "true"]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command,
            cwd=app.parent,
            env={**os.environ, "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false", **environment},
            stdout=log,
            stderr=log,
        )
        try:
            server = Server(f"http://localhost:{port}", process)
            _wait_for_health(server, log)
            yield server
        finally:
            _end(process)


def chromium_path() -> str | None:
    """The system's Chromium, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


def launch(playwright: Playwright) -> Browser:
    """Start Chromium. Raises RuntimeError where there is none."""
    return playwright.chromium.launch(executable_path=_chromium(), args=CHROMIUM_ARGUMENTS)


@contextmanager
def own_chromium(playwright: Playwright, **options) -> Iterator[BrowserContext]:
    """Within it, a Chromium with a new profile on disk, as a person's browser has one.

    Only there does it keep the compiled code of scripts it has seen before. Raises RuntimeError
    where there is no Chromium.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=_chromium(), args=CHROMIUM_ARGUMENTS, **options
        )
        try:
            yield context
        finally:
            context.close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Within it, a Chromium is open."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        try:
            yield browser
        finally:
            browser.close()


def wait_until_drawn(page: Page) -> None:
    """Wait until the map shows its dots and overlay, and the lens a digit.

    Raises:
        RuntimeError: they were not there in time; with what the page says instead.
    """
    try:
        page.wait_for_function(DRAWN, timeout=PATIENCE * 1000)
    except TimeoutError:
        says = " ".join(page.locator("body").inner_text().split())[:300]
        raise RuntimeError(
            f"The map was not drawn in {PATIENCE} s; the page says: {says}"
        ) from None


def _chromium() -> str:
    path = chromium_path()
    if path is None:
        raise RuntimeError("There is no Chromium here. Install Debian's package `chromium`.")
    return path


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("localhost", 0))
        return listener.getsockname()[1]


def _wait_for_health(server: Server, log) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=5):
                return
        except OSError:
            time.sleep(0.02)
    log.seek(0)
    raise RuntimeError(f"Streamlit did not start: {log.read()[-1000:].decode(errors='replace')}")


def _end(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
