"""One visitor: a page that was opened, with the probe in it, and what a hand does on it."""

import random
import time
from pathlib import Path

from playwright.sync_api import Browser, Page

from .server import wait_until_drawn

PROBE = (Path(__file__).parent / "probe.js").read_text(encoding="utf-8")
WINDOW = {"width": 1400, "height": 900}
PLANE = ".st-key-latent-map .nsewdrag"
DOUBLE = 400  # milliseconds after which a second click is no double click
ANSWER = 10_000  # milliseconds until an answer is given up
TIMELY = f"""wait => Promise.race([wait(), new Promise((_, reject) =>
  setTimeout(() => reject(new Error("no answer in {ANSWER} ms")), {ANSWER}))])"""


def visitor(browser: Browser) -> Page:
    """A page in a context of its own, as another person's browser would be."""
    page = browser.new_context(viewport=WINDOW).new_page()
    page.add_init_script(PROBE)
    return page


def open_map(browser: Browser, url: str) -> Page:
    """A visitor who sees the map drawn."""
    page = visitor(browser)
    page.goto(url)
    wait_until_drawn(page)
    return page


def random_place(page: Page, chance: random.Random) -> tuple[float, float]:
    """A place on the map, in pixels of the window, that nothing lies over."""
    box = page.locator(PLANE).first.bounding_box()
    while True:
        x = box["x"] + box["width"] * chance.uniform(0.02, 0.98)
        y = box["y"] + box["height"] * chance.uniform(0.02, 0.98)
        on_top = "([x, y]) => document.elementFromPoint(x, y).classList.contains('nsewdrag')"
        if page.evaluate(on_top, [x, y]):
            return x, y


def hover(page: Page, seconds: float, chance: random.Random) -> None:
    """Move the real mouse over the map."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        page.mouse.move(*random_place(page, chance), steps=10)


def pin(page: Page, chance: random.Random) -> float:
    """Click on the map; milliseconds from the click to the answer on the screen."""
    return timed_click(page, random_place(page, chance), "pinAnswer")


def timed_click(page: Page, place: tuple[float, float], answer: str) -> float:
    """Click; milliseconds until what the probe's function `answer` waits for is on the screen."""
    page.mouse.move(*place)
    page.wait_for_timeout(DOUBLE)
    page.evaluate(f"void (bench.answered = ({TIMELY})(bench.{answer}))")
    page.mouse.click(*place)
    return page.evaluate("bench.answered")
