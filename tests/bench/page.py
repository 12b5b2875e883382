"""The page in a real browser: hovering, pins, uploads, start and reload, memory."""

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import psutil
from playwright.sync_api import Browser, Locator, Page, Playwright, sync_playwright

import vae
from tests.bench.figure import Figure
from tests.support import browser as support
from tests.support.browser import WINDOW, chromium
from tests.support.photos import photograph
from tests.support.server import APP, PATIENCE, free_port, streamlit

HERE = Path(__file__).parent
PROBE = (HERE / "probe.js").read_text(encoding="utf-8")
HELLO, SCATTER, BUTTON, UPLOAD = (
    HERE / "apps" / f"{name}.py" for name in ("hello", "scatter", "button", "upload")
)
HOVER_SECONDS = 2
DOUBLE_CLICK = 400  # ms after which a second click is a click of its own
# Compiled libraries that TensorFlow and Keras load wherever they are imported.
TENSORFLOW = ("/tensorflow/", "/optree/")
FREE = "([x, y]) => !document.elementFromPoint(x, y).closest('button, a, .modebar, .legend')"
# Bytes of all that came over HTTP; what the browser had kept counts as nothing.
TRANSFERRED = """() => ["navigation", "resource"].flatMap((kind) =>
  performance.getEntriesByType(kind)).reduce((sum, entry) => sum + entry.transferSize, 0)"""
READY = {
    APP: support.DRAWN,
    HELLO: "() => document.querySelector('[data-testid=stMarkdown]')?.innerText === 'hello'",
    SCATTER: "() => bench.drawCalls > 0",
}


def hover() -> Iterator[Figure]:
    """Messages while the pointer or a slider moves; pictures a second, and what a frame costs."""
    chance = random.Random(0)
    with streamlit() as server, chromium() as browser:
        page = new_page(browser)
        sent = support.count_messages(page)
        page.goto(server.url)
        support.wait_until_drawn(page)
        click = _count(page, sent, lambda: pin_once(page, chance))
        moves = {
            "hovering": lambda: _move(page, HOVER_SECONDS, chance),
            "dragging z1": lambda: _drag_slider(page),
        }
        for what, act in moves.items():
            count = _count(page, sent, act)
            what = f"{what} for {HOVER_SECONDS} s: messages to the server"
            yield Figure(what, "", [count], most=0, references={"a click on the map": [click]})
        page.mouse.up()
        yield from _frames(page)


def pin() -> Iterator[Figure]:
    """From a click on the map to the whole answer, beside a button in the smallest app."""
    chance = random.Random(0)
    with streamlit() as server, streamlit(BUTTON) as bare, chromium() as browser:
        page, button = open_map(browser, server.url), new_page(browser)
        button.goto(bare.url)
        press = button.get_by_role("button", name="press")
        press.wait_for()
        pairs = [(pin_once(page, chance), _click(button, _center(press))) for _ in range(40)]
    pins, presses = zip(*pairs, strict=True)
    references = {"a button and a line of text": presses}
    what = f"{len(pins)} pins: click to whole answer"
    yield Figure(what, "ms", pins, most=250, quantile=0.95, references=references)


def upload() -> Iterator[Figure]:
    """From a file to the whole answer on Your digit, beside the smallest app that takes a file."""
    files, pairs = _photographs(30), []
    with streamlit() as server, streamlit(UPLOAD) as bare, chromium() as browser:
        page, other = new_page(browser), new_page(browser)
        page.goto(f"{server.url}/your-digit")
        other.goto(bare.url)
        for i, content in enumerate(files):
            pairs.append((_upload(page, content), _upload(other, content + bytes(i))))
    uploads, references = zip(*pairs, strict=True)
    references = {"an uploader and a line of text": references}
    what = f"{len(uploads)} uploads: file to whole answer"
    yield Figure(what, "ms", uploads, most=400, quantile=0.95, references=references)


def start() -> Iterator[Figure]:
    """Process, browser and page from nothing, then reloads; new and known browser profiles."""
    found: dict[tuple, list[float]] = {}
    with sync_playwright() as playwright, ExitStack() as stack:
        # One port an app: the browser keeps what it was sent by address.
        ports = {app: free_port() for app in READY}
        known = {app: stack.enter_context(_temporary()) for app in READY}
        for app in READY:  # Python compiles modules at the first start, Chromium scripts later
            for _ in range(2):
                _start(playwright, app, ports[app], known[app])
        for _ in range(5):
            for app in READY:
                with _temporary() as new:
                    for profile, folder in (("cold", new), ("warm", known[app])):
                        times = _start(playwright, app, ports[app], folder)
                        for kind, values in zip(("start", "reload", "bytes"), times, strict=True):
                            found.setdefault((kind, profile, app), []).extend(values)
    whats = {
        "start": "start: process, browser, map and digit drawn",
        "reload": "reload: map and digit drawn again",
        "bytes": "first load: sent by the server",
    }
    for kind, what in whats.items():
        for profile in ("cold", "warm"):
            ours, hello, scatter = (found[kind, profile, app] for app in READY)
            yield Figure(
                f"{what}; {profile} profile",
                "MB" if kind == "bytes" else "s",
                ours,
                most=None if kind == "bytes" else median(scatter),
                bound_is="the bare chart's",
                references={"a bare st.plotly_chart": scatter, "a one-line app": hello},
            )


def memory() -> Iterator[Figure]:
    """Resident memory of the server and its children with one visitor and for each further one."""
    found = {app: [_visit_often(app) for _ in range(3)] for app in (APP, HELLO)}
    ours, bare = (list(zip(*found[app], strict=True)) for app in (APP, HELLO))
    what = "memory with one visitor"
    yield Figure(what, "MB", ours[0], most=250, references={"a one-line app": bare[0]})
    what = "memory for each further visitor"
    yield Figure(what, "MB", ours[1], most=8, references={"a one-line app": bare[1]})
    command = [sys.executable, "-c", "import keras; print('imported', flush=True); input()"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **pipes) as process:
        process.stdout.readline()
        keras = {"after `import keras`": [_count_tensorflow(process.pid)]}
        process.kill()
    yield Figure("TensorFlow and Keras in the server", "", ours[2], most=0, references=keras)


def new_page(browser: Browser) -> Page:
    """Open a page as a new visitor, with the probe in it."""
    page = browser.new_context(viewport=WINDOW).new_page()
    page.add_init_script(PROBE)
    return page


def open_map(browser: Browser, url: str) -> Page:
    """Open the map as a new visitor and wait until it is drawn."""
    page = new_page(browser)
    page.goto(url)
    support.wait_until_drawn(page)
    return page


def pin_once(page: Page, chance: random.Random) -> float:
    """Click on the map; return the milliseconds to the answer on the screen."""
    return _click(page, _random_place(page, chance))


def _click(page: Page, place: tuple[float, float]) -> float:
    page.mouse.move(*place)
    page.wait_for_timeout(DOUBLE_CLICK)
    page.evaluate("void (bench.result = bench.answer())")
    page.mouse.click(*place)
    return page.evaluate("bench.result")


def _upload(page: Page, content: bytes) -> float:
    field = page.locator(support.UPLOAD)
    field.wait_for(state="attached")
    page.wait_for_timeout(1000)
    page.evaluate("void (bench.result = bench.answer())")
    field.set_input_files({"name": "digit.jpg", "mimeType": "image/jpeg", "buffer": content})
    return page.evaluate("bench.result")


def _photographs(count: int) -> list[bytes]:
    """Return photographs of the ten example digits that the page shows."""
    from vae.ui.pad import EXAMPLES

    rng = np.random.default_rng(0)
    digits = [np.round(vae.prepare(example).image * 255).astype("u1") for example in EXAMPLES]
    return [photograph(digits[i % len(digits)], rng) for i in range(count)]


def _random_place(page: Page, chance: random.Random) -> tuple[float, float]:
    """Return a place on the map, in pixels of the window, on which no button lies."""
    left, top, width, height = support.plane_box(page)
    while True:
        x = left + width * chance.uniform(0.02, 0.98)
        y = top + height * chance.uniform(0.02, 0.98)
        if page.evaluate(FREE, [x, y]):
            return x, y


def _center(element: Locator) -> tuple[float, float]:
    box = element.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _count(page: Page, sent: list, act: Callable) -> int:
    """Return the messages sent while `act` runs on a page at rest."""
    page.wait_for_timeout(1000)
    before = len(sent)
    act()
    page.wait_for_timeout(100)  # Playwright hears of the last one
    return len(sent) - before


def _move(page: Page, seconds: float, chance: random.Random) -> None:
    """Move the real mouse over the map."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        page.mouse.move(*_random_place(page, chance), steps=10)


def _drag_slider(page: Page) -> None:
    """Hold the slider and move it, without letting go."""
    box = page.locator("input[type=range][aria-label=z1]").bounding_box()
    readout = page.locator("[data-testid=z]")
    middle, before = box["y"] + box["height"] / 2, readout.text_content()
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    deadline = time.monotonic() + HOVER_SECONDS
    while time.monotonic() < deadline:
        for share in (0.1, 0.9):
            page.mouse.move(box["x"] + share * box["width"], middle, steps=20)
    if readout.text_content() == before:
        raise RuntimeError("The slider was dragged, and the readout did not follow.")


def _frames(page: Page) -> Iterator[Figure]:
    """Measure a pointer that moves on every frame, beside a page in which nothing moves."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(1000)
    runs: dict[str, list] = {"rest": [], "hover": []}
    for _ in range(5):
        for kind, results in runs.items():
            results.append(page.evaluate(f"bench.{kind}({1000 * HOVER_SECONDS})"))
    frames = [frame for run in runs["hover"] for frame in run["frames"]]
    rest = [run["count"] / run["seconds"] for run in runs["rest"]]
    pictures = [sum(f["picture"] for f in run["frames"]) / run["seconds"] for run in runs["hover"]]
    references = {"frames of the page at rest": rest}
    yield Figure("hovering: pictures drawn", "/s", pictures, least=50, references=references)
    references = {"time between frames at rest": [1000 / rate for rate in rest]}
    drawing = [frame["drawing"] for frame in frames if frame["picture"]]
    yield Figure("hovering: drawing a picture", "ms", drawing, most=2, references=references)
    everything = [frame["all"] for frame in frames]
    yield Figure("hovering: all work in a frame", "ms", everything, references=references)


def _start(playwright: Playwright, app: Path, port: int, profile: Path) -> tuple[list, list, list]:
    """Return seconds to the page, seconds of each reload after it, and MB sent before that."""
    received: list = []
    began = time.perf_counter()
    with streamlit(app, port) as server:
        browser = support.launch_profile(playwright, profile)
        page = browser.pages[0]
        page.add_init_script(PROBE)
        page.on("websocket", lambda socket: socket.on("framereceived", received.append))
        seconds = _load(page, lambda: page.goto(server.url, wait_until="commit"), app, began)
        size = page.evaluate(TRANSFERRED) + sum(len(frame) for frame in received)
        if app == APP and support.colourful_share(page) < 0.02:
            raise RuntimeError("The page says that it is drawn, and the map shows no colours.")
        reloads = []
        for _ in range(3):
            page.wait_for_timeout(1000)  # the page before it has come to rest
            reloads.append(_load(page, lambda: page.reload(wait_until="commit"), app))
        browser.close()
    return [seconds], reloads, [size / 1e6]


def _load(page: Page, load: Callable, app: Path, began: float | None = None) -> float:
    began = began or time.perf_counter()
    load()
    page.wait_for_function(READY[app], timeout=PATIENCE * 1000)
    return time.perf_counter() - began


def _temporary():
    return TemporaryDirectory(ignore_cleanup_errors=True)


def _visit_often(app: Path, more: int = 5) -> tuple[float, float, int]:
    """Return MB with one visitor, MB for each of `more`, and how much of TensorFlow is loaded."""
    chance = random.Random(0)
    with streamlit(app) as server, chromium() as browser:
        _visit(browser, server.url, app, chance)
        one = _resident(server.process.pid)
        for _ in range(more):
            _visit(browser, server.url, app, chance)
        growth = (_resident(server.process.pid) - one) / more
        return one, growth, _count_tensorflow(server.process.pid)


def _visit(browser: Browser, url: str, app: Path, chance: random.Random) -> None:
    page = new_page(browser)
    page.goto(url)
    page.wait_for_function(READY[app], timeout=PATIENCE * 1000)
    if app == APP:
        _move(page, 1, chance)
        pin_once(page, chance)


def _family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def _resident(pid: int) -> float:
    time.sleep(2)  # what a script run left behind is gone by then
    return sum(process.memory_info().rss for process in _family(pid)) / 1e6


def _count_tensorflow(pid: int) -> int:
    """Return how many of TensorFlow and Keras a process and its children have loaded."""
    paths = {mapped.path for process in _family(pid) for mapped in process.memory_maps()}
    return sum(any(part in path for path in paths) for part in TENSORFLOW)
