"""Starting the app in a fresh process and a fresh browser, and reloading its page."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, Playwright, sync_playwright

from .figure import Figure
from .server import APP, DRAWN, PATIENCE, ROOT, own_chromium, streamlit, wait_until_drawn
from .visit import WINDOW

STARTS = 5
RELOADS = 5  # after each start
HELLO = ROOT / "tests" / "bench" / "apps" / "hello.py"
SCATTER = ROOT / "tests" / "bench" / "apps" / "scatter.py"
COUNT_DRAW_CALLS = """
window.drawCalls = 0;
const draw = WebGLRenderingContext.prototype.drawArrays;
WebGLRenderingContext.prototype.drawArrays = function (...rest) {
  draw.apply(this, rest);
  requestAnimationFrame(() => requestAnimationFrame(() => window.drawCalls++)); // and on the screen
};
"""


def measure() -> Iterator[Figure]:
    """The figures of starting and reloading, beside the smallest app's and a bare scatter's."""
    found = {APP: ([], []), HELLO: ([], []), SCATTER: ([], [])}
    ready = {APP: _wait_until_drawn, HELLO: _wait_until_greeted, SCATTER: _wait_until_scattered}
    with sync_playwright() as playwright:
        for app in found:  # once untimed: Python compiles its modules then
            _start(playwright, app, ready[app])
        for _ in range(STARTS):
            for app, (starts, reloads) in found.items():
                start, again = _start(playwright, app, ready[app])
                starts.append(start)
                reloads.extend(again)
    (starts, reloads), (bare_starts, bare_reloads) = found[APP], found[HELLO]
    for what, seconds in zip(("start", "reload"), found[SCATTER], strict=True):
        yield Figure(f"{what} of a bare Plotly scatter, to compare", "s", seconds)
    yield Figure(
        "start: process, browser, map and digit drawn",
        "s",
        starts,
        most=1.75 * median(bare_starts) + 0.5,
        bound_is="1.75 x reference + 0.5",
        reference="one-line app, Streamlit's settings",
        reference_values=bare_starts,
    )
    yield Figure(
        "reload: map and digit drawn again",
        "s",
        reloads,
        most=2.5 * median(bare_reloads),
        bound_is="2.5 x reference",
        reference="one-line app, Streamlit's settings",
        reference_values=bare_reloads,
    )


def _start(playwright: Playwright, app: Path, wait: Callable) -> tuple[float, list[float]]:
    """Seconds from nothing to the drawn page, and of each reload after it."""
    began = time.perf_counter()
    with streamlit(app) as server, own_chromium(playwright, viewport=WINDOW) as browser:
        page = browser.pages[0]
        page.add_init_script(COUNT_DRAW_CALLS)
        page.goto(server.url, wait_until="commit")
        wait(page)
        seconds = time.perf_counter() - began
        reloads = [_reload(page, wait) for _ in range(RELOADS)]
        if app == APP:
            wait_until_drawn(page)  # what the draw calls promised is there
        return seconds, reloads


def _reload(page: Page, wait: Callable) -> float:
    page.wait_for_timeout(1000)  # the page before it has come to rest
    began = time.perf_counter()
    page.reload(wait_until="commit")
    wait(page)
    return time.perf_counter() - began


def _wait_until_drawn(page: Page) -> None:
    page.wait_for_function(DRAWN, arg="by its draw calls", timeout=PATIENCE * 1000)


def _wait_until_scattered(page: Page) -> None:
    page.wait_for_function("window.drawCalls > 0", timeout=PATIENCE * 1000)


def _wait_until_greeted(page: Page) -> None:
    greeted = "() => document.querySelector('[data-testid=stMarkdown]')?.innerText === 'hello'"
    page.wait_for_function(greeted, timeout=PATIENCE * 1000)
