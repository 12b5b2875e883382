"""Chromium, and what every page shows: when it is drawn, and when a pin is answered."""

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    TimeoutError,
    sync_playwright,
)

from tests.support.server import PATIENCE

WINDOW = {"width": 1400, "height": 900}
MAP = ".st-key-latent-map .js-plotly-plot"
DRAWN = "() => document.querySelector('.latent-root')?.dataset.drawn === 'true'"
ANSWERS = "() => Number(document.querySelector('.latent-root')?.dataset.answered ?? -1)"
UPLOAD = "[aria-label='Upload a digit'] input[type=file], input[aria-label='Upload a digit']"
ARGUMENTS = [
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
# The part of the chart inside its margins, in pixels of the window.
PLANE = """chart => {
  const box = chart.getBoundingClientRect();
  const { l, r, t, b } = chart.layout.margin;
  return [box.x + l, box.y + t, box.width - l - r, box.height - t - b];
}"""


def chromium_path() -> str | None:
    """Return the path of the system's Chromium, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


def launch(playwright: Playwright) -> Browser:
    """Start Chromium. Raises RuntimeError where there is none."""
    return playwright.chromium.launch(executable_path=_require_chromium(), args=ARGUMENTS)


def launch_profile(playwright: Playwright, profile: Path) -> BrowserContext:
    """Start a Chromium that keeps its caches in the folder `profile`, as a person's browser does.

    Only then does it keep the compiled code of scripts. Raises RuntimeError where there is none.
    """
    return playwright.chromium.launch_persistent_context(
        str(profile), executable_path=_require_chromium(), args=ARGUMENTS, viewport=WINDOW
    )


@contextmanager
def chromium() -> Iterator[Browser]:
    """Keep a Chromium open until the block ends."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        try:
            yield browser
        finally:
            browser.close()


def wait_until_drawn(page: Page) -> None:
    """Wait until the page says that its dots and its digit are drawn.

    Raises:
        RuntimeError: They were not in time; with what the page says instead.
    """
    try:
        page.wait_for_function(DRAWN, timeout=PATIENCE * 1000)
    except TimeoutError:
        text = " ".join(page.locator("body").inner_text().split())[:300]
        raise RuntimeError(f"The page was not drawn in {PATIENCE} s. It says: {text}") from None


def record_messages(page: Page) -> tuple[list, list]:
    """Return two lists that grow by every WebSocket message the page sends, and receives."""
    sent: list = []
    received: list = []

    def listen(socket):
        socket.on("framesent", lambda frame: sent.append(frame))
        socket.on("framereceived", lambda frame: received.append(frame))

    page.on("websocket", listen)
    return sent, received


def count_answers(page: Page) -> int:
    """Return the number of the last pin or digit that the page has answered; -1 before any."""
    return page.evaluate(ANSWERS)


def wait_for_answer(page: Page, before: int = -1) -> None:
    """Wait until the page has answered a pin or digit after the one numbered `before`."""
    page.wait_for_function(f"before => ({ANSWERS})() > before", arg=before)


def colourful_share(page: Page) -> float:
    """Return the share of the map's pixels on the screen, in [0, 1], that have a colour."""
    image = Image.open(io.BytesIO(page.locator(MAP).first.screenshot())).convert("HSV")
    return float(np.mean(np.asarray(image)[..., 1] > 60))


def plane_box(page: Page) -> tuple[float, float, float, float]:
    """Return left, top, width and height of the plane on the first map, in pixels."""
    return tuple(page.locator(MAP).first.evaluate(PLANE))


def _require_chromium() -> str:
    path = chromium_path()
    if path is None:
        raise RuntimeError("There is no Chromium here. Install Debian's package `chromium`.")
    return path
