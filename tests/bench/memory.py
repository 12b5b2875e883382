"""What the page's process holds: memory with one visitor and with more, and no TensorFlow."""

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
from playwright.sync_api import Browser

from . import visit
from .figure import Figure
from .server import APP, ROOT, chromium, streamlit

SERVERS = 3
MORE = 5  # visitors after the first
HELLO = ROOT / "tests" / "bench" / "apps" / "hello.py"
# Keras is pure Python; these two are compiled, and it loads them wherever it is imported.
TELLTALE = {"tensorflow": "/tensorflow/", "keras": "/optree/"}
RESIDENT = "resident, server and its children"


def measure() -> Iterator[Figure]:
    """The figures of memory, beside the smallest app's, each on servers of their own."""
    found = {APP: ([], []), HELLO: ([], [])}
    come = {APP: _explore, HELLO: _greet}
    loaded = []
    for _ in range(SERVERS):
        for app, (first, growth) in found.items():
            one, each, libraries = _visited(app, come[app])
            first.append(one)
            growth.append(each)
            loaded += [len(libraries)] if app == APP else []
    bare = {"reference": "one-line app"}
    first, growth = zip(found[APP], found[HELLO], strict=True)
    yield Figure(
        f"one visitor: {RESIDENT}", "MB", first[0], most=250, reference_values=first[1], **bare
    )
    yield Figure(
        f"each of {MORE} further visitors",
        "MB",
        growth[0],
        most=8,
        reference_values=growth[1],
        **bare,
    )
    yield Figure(
        "TensorFlow and Keras in the page's process",
        "loaded",
        loaded,
        most=0,
        reference="after `import keras`",
        reference_values=[len(_libraries_of_keras())],
    )


def _visited(app: Path, come: Callable) -> tuple[float, float, set[str]]:
    """MB with one visitor, MB for each further one, and the libraries that should not be there."""
    chance = random.Random(0)
    with streamlit(app) as server, chromium() as browser:
        come(browser, server.url, chance)
        one = _resident(server.process.pid)
        for _ in range(MORE):
            come(browser, server.url, chance)
        many = _resident(server.process.pid)
        return one, (many - one) / MORE, _libraries(server.process.pid)


def _explore(browser: Browser, url: str, chance: random.Random) -> None:
    page = visit.open_map(browser, url)
    visit.hover(page, 1, chance)
    visit.pin(page, chance)


def _greet(browser: Browser, url: str, chance: random.Random) -> None:
    page = visit.visitor(browser)
    page.goto(url)
    page.get_by_text("hello").wait_for()


def _resident(pid: int) -> float:
    time.sleep(2)  # what a visitor's script run left behind is gone then
    process = psutil.Process(pid)
    return sum(p.memory_info().rss for p in (process, *process.children(recursive=True))) / 1e6


def _libraries(pid: int) -> set[str]:
    """Which of TensorFlow and Keras a process and its children have loaded."""
    process = psutil.Process(pid)
    processes = (process, *process.children(recursive=True))
    paths = {mapped.path for p in processes for mapped in p.memory_maps()}
    return {name for name, part in TELLTALE.items() if any(part in path for path in paths)}


def _libraries_of_keras() -> set[str]:
    """The same look at a process that has imported Keras: shows that the look would find it."""
    script = "import keras; print('imported', flush=True); input()"
    command = [sys.executable, "-c", script]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **pipes) as process:
        try:
            process.stdout.readline()
            return _libraries(process.pid)
        finally:
            process.kill()
