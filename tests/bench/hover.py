"""Hovering and dragging: messages to the server, pictures a second, and what a frame costs."""

import random
import time
from collections.abc import Iterator

from playwright.sync_api import Page

from . import visit
from .figure import Figure
from .server import chromium, streamlit

SECONDS = 2
WINDOWS = 5


def measure() -> Iterator[Figure]:
    """The figures of hovering over the map and of dragging z1."""
    with streamlit() as server, chromium() as browser:
        page = visit.visitor(browser)
        sent = _count_messages(page)
        page.goto(server.url)
        visit.wait_until_drawn(page)
        yield from _messages(page, sent)
        yield from _frames(page)


def _count_messages(page: Page) -> list:
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    return sent


def _messages(page: Page, sent: list) -> Iterator[Figure]:
    chance = random.Random(0)
    click = _during(page, sent, lambda: visit.pin(page, chance))
    hovering = _during(page, sent, lambda: visit.hover(page, SECONDS, chance))
    dragging = _during(page, sent, lambda: _drag_slider(page))
    page.mouse.up()
    for what, messages in (("hovering", hovering), ("dragging z1", dragging)):
        yield Figure(
            f"{what} for {SECONDS} s: sent to the server",
            "messages",
            [messages],
            most=0,
            reference="a click on the map",
            reference_values=[click],
        )


def _during(page: Page, sent: list, act) -> int:
    """Messages sent while `act` runs; the page is at rest before it."""
    page.wait_for_timeout(1000)
    before = len(sent)
    act()
    page.wait_for_timeout(100)  # lets Playwright hear of the last one
    return len(sent) - before


def _drag_slider(page: Page) -> None:
    """Hold the slider and move it; it is not let go."""
    box = page.locator("input[type=range][aria-label=z1]").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    before = _readout(page)
    deadline = time.monotonic() + SECONDS
    for share in (0.1, 0.9) * 1000:
        page.mouse.move(box["x"] + share * box["width"], middle, steps=20)
        if time.monotonic() > deadline:
            break
    if _readout(page) == before:
        raise RuntimeError("The slider was dragged, and the readout did not follow.")


def _readout(page: Page) -> str:
    return page.locator("[data-testid=z]").text_content()


def _frames(page: Page) -> Iterator[Figure]:
    """A pointer that moves on every frame, beside a page in which nothing moves."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(1000)
    runs = {"bare": [], "hover": []}
    for _ in range(WINDOWS):
        for kind, found in runs.items():
            found.append(page.evaluate(f"bench.{kind}({1000 * SECONDS})"))
    frames = [frame for run in runs["hover"] for frame in run["frames"]]
    yield Figure(
        "hovering: pictures drawn",
        "/s",
        [
            sum(frame["picture"] for frame in run["frames"]) / run["seconds"]
            for run in runs["hover"]
        ],
        least=50,
        reference="frames of the page at rest",
        reference_values=[run["count"] / run["seconds"] for run in runs["bare"]],
    )
    interval = {
        "reference": "time between frames at rest",
        "reference_values": [1000 * run["seconds"] / run["count"] for run in runs["bare"]],
    }
    drawing = [frame["drawing"] for frame in frames if frame["picture"]]
    yield Figure("hovering: drawing the picture", "ms", drawing, most=2, **interval)
    everything = [frame["all"] for frame in frames]
    yield Figure("hovering: all of the page's work a frame", "ms", everything, **interval)
