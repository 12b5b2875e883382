"""A Streamlit server in a process of its own."""

import os
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

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app.py"
PATIENCE = 60  # seconds until a wait is given up


@dataclass(frozen=True)
class Server:
    """A running Streamlit server."""

    url: str
    process: subprocess.Popen


@contextmanager
def streamlit(app: Path = APP, port: int | None = None, **environment: str) -> Iterator[Server]:
    """Run `streamlit run app` on this machine until the block ends.

    Args:
        app: The script. It runs in its own folder: ours with our .streamlit/config.toml, any other
            with Streamlit's own settings.
        port: The port to listen on; a free one if None.
        environment: Variables added to this process's own, such as VAE_WEIGHTS.

    Raises:
        RuntimeError: The server ended or did not answer in time; with the end of its log.
    """
    port = port or free_port()
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
            base = environment.get("STREAMLIT_SERVER_BASE_URL_PATH", "")
            server = Server(f"http://localhost:{port}/{base}".rstrip("/"), process)
            _wait_for_health(server, log)
            yield server
        finally:
            _end(process)


def free_port() -> int:
    """Return a port of this machine on which nothing listens."""
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
