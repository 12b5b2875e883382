"""The page in a real browser: hovering, pins, uploads, start and reload, memory."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import psutil
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.bench.report import Figure
from tests.support import browser as support
from tests.support.browser import WINDOW, chromium
from tests.support.photos import photograph
from tests.support.server import APP, PATIENCE, free_port, streamlit
from vae import data

HERE = Path(__file__).parent
PROBE = (HERE / "probe.js").read_text(encoding="utf-8")
HELLO, SCATTER = HERE / "apps" / "hello.py", HERE / "apps" / "scatter.py"
READY = {
    APP: support.DRAWN,
    SCATTER: "() => bench.drawCalls > 0",
    HELLO: "() => document.querySelector('[data-testid=stMarkdown]')?.innerText === 'hello'",
}
# Bytes of all that came over HTTP; what the browser had kept counts as nothing.
TRANSFERRED = """() => ["navigation", "resource"].flatMap((kind) =>
  performance.getEntriesByType(kind)).reduce((sum, entry) => sum + entry.transferSize, 0)"""
temporary = partial(TemporaryDirectory, ignore_cleanup_errors=True)


def hover(seconds: float = 2) -> Iterator[Figure]:
    """Messages while the pointer or a slider moves; pictures a second, and what a frame costs."""
    turns = count(1)
    with streamlit() as server, chromium() as browser:
        page = new_page(browser)
        sent, _ = support.record_messages(page)
        page.goto(server.url)
        support.wait_until_drawn(page)
        counts = []
        for act in (lambda page, _, turns: pin_once(page, turns), _hover, _drag):
            page.wait_for_timeout(1000)
            before = len(sent)
            act(page, seconds, turns)
            page.wait_for_timeout(100)  # Playwright hears of the last one
            counts.append(len(sent) - before)
        references = {"a click on the map": counts[:1]}
        for what, messages in zip(("hovering", "dragging z1"), counts[1:], strict=True):
            what = f"{what} for {seconds} s: messages to the server"
            yield Figure(what, "", [messages], most=0, references=references)
        page.mouse.up()
        page.mouse.move(0, 0)
        page.wait_for_timeout(1000)
        runs = [page.evaluate(f"bench.watch({1000 * seconds}, {i % 2})") for i in range(10)]
    rates = [len(run["frames"]) / run["seconds"] for run in runs[::2]]
    pictures = [sum(f["picture"] for f in run["frames"]) / run["seconds"] for run in runs[1::2]]
    references = {"frames of the page at rest": rates}
    yield Figure("hovering: pictures drawn", "/s", pictures, least=50, references=references)
    frames = [frame for run in runs[1::2] for frame in run["frames"]]
    drawing = [frame["drawing"] for frame in frames if frame["picture"]]
    references = {"time between frames at rest": [1000 / rate for rate in rates]}
    yield Figure("hovering: drawing a picture", "ms", drawing, most=2, references=references)
    everything = [frame["all"] for frame in frames]
    yield Figure("hovering: all work in a frame", "ms", everything, references=references)


def pin() -> Iterator[Figure]:
    """From a click on the map to the whole answer, beside a button in the smallest app."""
    turns = count(1)
    with streamlit() as server, streamlit(HERE / "apps/button.py") as bare, chromium() as browser:
        page, other = open_map(browser, server.url), new_page(browser)
        other.goto(bare.url)
        other.get_by_text("pressed 0").wait_for()
        press = other.get_by_role("button", name="press").bounding_box
        times = [
            (pin_once(page, turns), _click(other, press()["x"] + 9, press()["y"] + 9))
            for _ in range(40)
        ]
    pins, presses = zip(*times, strict=True)
    references = {"a button and a line of text": presses}
    what = "40 pins: click to whole answer"
    yield Figure(what, "ms", pins, most=250, quantile=0.95, references=references)


def upload() -> Iterator[Figure]:
    """From a file to the whole answer on Your digit, beside the smallest app that takes a file."""
    rng = np.random.default_rng(0)
    files = [photograph(digit, rng) for digit in data.test_set().images[:30]]
    with streamlit() as server, streamlit(HERE / "apps/upload.py") as bare, chromium() as browser:
        page, other = new_page(browser), new_page(browser)
        page.goto(f"{server.url}/your-digit")
        other.goto(bare.url)
        times = [(_upload(page, file), _upload(other, file)) for file in files]
    uploads, bare_uploads = zip(*times, strict=True)
    references = {"an uploader and a line of text": bare_uploads}
    what = "30 uploads: file to whole answer"
    yield Figure(what, "ms", uploads, most=400, quantile=0.95, references=references)


def start() -> Iterator[Figure]:
    """Server, browser and page from nothing, and reloads; with a new and a used profile."""
    units = {
        "start: server, browser, map and digit drawn": "s",
        "reload: map and digit drawn again": "s",
        "first load: sent by the server": "MB",
    }
    found: dict[tuple, list[float]] = defaultdict(list)
    with sync_playwright() as playwright, ExitStack() as stack:
        ports = {app: free_port() for app in READY}  # the browser keeps resources by address
        used = {app: stack.enter_context(temporary()) for app in READY}
        for app in [*READY, *READY]:  # Python compiles modules first, Chromium scripts later
            _start(playwright, app, ports[app], used[app])
        for app in [*READY] * 5:
            with temporary() as new:
                for profile, folder in (("cold", new), ("warm", used[app])):
                    results = _start(playwright, app, ports[app], folder)
                    for what, values in zip(units, results, strict=True):
                        found[what, profile, app] += values
    for what, unit in units.items():
        for profile in ("cold", "warm"):
            ours, chart, hello = (found[what, profile, app] for app in READY)
            bound = {"most": median(chart), "bound_is": "the chart's"} if unit == "s" else {}
            references = {"a bare st.plotly_chart": chart, "a one-line app": hello}
            yield Figure(f"{what}; {profile} profile", unit, ours, references=references, **bound)


def memory() -> Iterator[Figure]:
    """Resident memory of the server and its children with one visitor and for each further one."""
    ours, bare = (list(zip(*(_memory(app) for _ in range(3)), strict=True)) for app in (APP, HELLO))
    for i, (what, most) in enumerate((("one visitor", 250), ("each further visitor", 8))):
        references = {"a one-line app": bare[i]}
        yield Figure(f"memory for {what}", "MB", ours[i], most=most, references=references)


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


def pin_once(page: Page, turns: Iterator[int]) -> float:
    """Click on the map; return the milliseconds to the answer on the screen."""
    return _click(page, *_next_place(page, turns))


def _click(page: Page, x: float, y: float) -> float:
    page.mouse.move(x, y)
    page.wait_for_timeout(400)  # a second click is no double click
    page.evaluate("void (bench.result = bench.answer())")
    page.mouse.click(x, y)
    return page.evaluate("bench.result")


def _upload(page: Page, content: bytes) -> float:
    page.wait_for_timeout(1000)
    page.locator(support.UPLOAD).wait_for(state="attached")
    page.evaluate("void (bench.result = bench.answer())")
    file = {"name": "digit.jpg", "mimeType": "image/jpeg", "buffer": content}
    page.locator(support.UPLOAD).set_input_files(file)
    return page.evaluate("bench.result")


def _next_place(page: Page, turns: Iterator[int]) -> tuple[float, float]:
    """Return a place on the map, in pixels of the window, far from the one before it and the edges.

    A click on the pin is none on the map; multiples of the golden ratio keep their distance.
    """
    left, top, width, height = support.plane_box(page)
    turn = next(turns)
    across, down = (0.15 + 0.7 * (turn * step % 1) for step in (0.618, 0.755))
    return left + width * across, top + height * down


def _hover(page: Page, seconds: float, turns: Iterator[int]) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        page.mouse.move(*_next_place(page, turns), steps=10)


def _drag(page: Page, seconds: float, turns: Iterator[int]) -> None:
    """Hold the slider z1 and move it, without letting go."""
    box = page.locator("input[type=range][aria-label=z1]").bounding_box()
    readout = page.locator("[data-testid=z]")
    before, y = readout.text_content(), box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        page.mouse.move(box["x"] + box["width"] * (0.1, 0.9)[next(turns) % 2], y, steps=20)
    if readout.text_content() == before:
        raise RuntimeError("The slider was dragged, and the readout did not follow.")


def _start(playwright: Playwright, app: Path, port: int, profile: str) -> tuple[list, list, list]:
    """Return the seconds to the page, those of reloads after it, and the MB sent for the first."""
    times = [time.perf_counter()]
    with streamlit(app, port) as server:
        browser = support.launch_profile(playwright, Path(profile))
        page = browser.pages[0]
        page.add_init_script(PROBE)
        _, received = support.record_messages(page)
        page.goto(server.url, wait_until="commit")
        page.wait_for_function(READY[app], timeout=1000 * PATIENCE)
        times[0] = time.perf_counter() - times[0]
        size = page.evaluate(TRANSFERRED) + sum(map(len, received))
        if app == APP and support.colourful_share(page) < 0.02:
            raise RuntimeError("The page says that it is drawn, and the map shows no colours.")
        for _ in range(3):
            page.wait_for_timeout(1000)  # the page before it has come to rest
            began = time.perf_counter()
            page.reload(wait_until="commit")
            page.wait_for_function(READY[app], timeout=1000 * PATIENCE)
            times.append(time.perf_counter() - began)
        browser.close()
    return times[:1], times[1:], [size / 1e6]


def _memory(app: Path, more: int = 5) -> tuple[float, float]:
    """Return MB with one visitor, and MB for each of `more`."""
    turns, sizes = count(1), []
    with streamlit(app) as server, chromium() as browser:
        for visitors in range(1, more + 2):
            page = new_page(browser)
            page.goto(server.url)
            page.wait_for_function(READY[app], timeout=1000 * PATIENCE)
            if app == APP:
                _hover(page, 1, turns)
                pin_once(page, turns)
            if visitors in (1, more + 1):
                time.sleep(2)  # what a script run left behind is gone by then
                process = psutil.Process(server.process.pid)
                family = (process, *process.children(recursive=True))
                sizes.append(sum(member.memory_info().rss for member in family) / 1e6)
    return sizes[0], (sizes[1] - sizes[0]) / more
