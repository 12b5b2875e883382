"""From a click on the map to the full answer beside it."""

import random
from collections.abc import Iterator

from playwright.sync_api import Page

from . import visit
from .figure import Figure
from .server import ROOT, chromium, streamlit

CLICKS = 40
BUTTON = ROOT / "tests" / "bench" / "apps" / "button.py"


def measure() -> Iterator[Figure]:
    """The figure of a pin, beside a button in the smallest Streamlit app, click by click."""
    chance = random.Random(0)
    with streamlit() as server, streamlit(BUTTON) as bare, chromium() as browser:
        page = visit.open_map(browser, server.url)
        button = visit.visitor(browser)
        button.goto(bare.url)
        button.get_by_text("pressed 0").wait_for()
        pins, presses = [], []
        for _ in range(CLICKS):
            pins.append(visit.pin(page, chance))
            presses.append(_press(button))
    yield Figure(
        f"{CLICKS} pins: click to full answer",
        "ms",
        pins,
        most=250,
        quantile=0.95,
        reference="a button and a line of text",
        reference_values=presses,
    )


def _press(page: Page) -> float:
    box = page.get_by_role("button", name="press").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    return visit.timed_click(page, middle, "buttonAnswer")
