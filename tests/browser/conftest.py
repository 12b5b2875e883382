import ast
import os
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

import vae
from tests.bench import server

WIDE = {"width": 1400, "height": 900}


@pytest.fixture(scope="session")
def chromium():
    """The system's Chromium; missing, it is a failure in CI and a skip elsewhere."""
    if server.chromium_path() is None:
        message = "no Chromium on this machine: install Debian's package chromium"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    with sync_playwright() as playwright:
        browser = server.launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def address():
    """A running app with the shipped models."""
    with server.streamlit() as running:
        yield running.url


@pytest.fixture
def visit(chromium, address):
    """Open the page as a new visitor; `visit(query, **context options)` gives a Visitor."""
    contexts = []

    def visit(query="", ready=True, **options):
        context = chromium.new_context(**{"viewport": WIDE, **options})
        contexts.append(context)
        visitor = Visitor(context.new_page(), f"{address}/{query}")
        if ready:
            visitor.ready()
        return visitor

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def model():
    return vae.load("explorer")


class Visitor:
    """A person at the page: hands, eyes, and an ear on the line to the server."""

    def __init__(self, page, url):
        self.page = page
        self.sent, self.received, self.errors = [], [], []
        page.on("websocket", self._listen)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(url)

    def _listen(self, socket):
        socket.on("framesent", lambda frame: self.sent.append(frame))
        socket.on("framereceived", lambda frame: self.received.append(frame))

    def ready(self):
        """Wait until map, lens and atlas are all there and the line is quiet."""
        self.page.locator(".latent-overlay .pin").wait_for(state="attached")
        self.page.locator(".invented .strip button").first.wait_for()
        self.answered()
        self.page.wait_for_timeout(300)

    def answered(self):
        """Wait until the server has said what it knows about the pin."""
        self.page.locator(".known:not(.waiting) .shares span").first.wait_for()

    def at(self, across, down):
        """Screen position of a place on the map, both in [0, 1] of the drawn plane."""
        box = self.page.locator(".nsewdrag").first.bounding_box()
        return box["x"] + across * box["width"], box["y"] + down * box["height"]

    def hover(self, across, down):
        self.page.mouse.move(*self.at(across, down))
        self.page.wait_for_timeout(100)

    def click(self, across, down):
        self.hover(across, down)
        self.page.mouse.click(*self.at(across, down))
        self.settle()

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def settle(self):
        """Wait until the pin has come to rest where the address bar says, and the answer is in."""
        self.page.wait_for_timeout(400)
        for _ in range(100):
            if self.linked() == ("explorer", self.z()):
                break
            self.page.wait_for_timeout(100)
        self.answered()

    def linked(self):
        """Model and place that the address bar names."""
        query = parse_qs(urlsplit(self.page.evaluate("location.href")).query)
        place = query.get("z", [""])[0].split(",")
        return query.get("model", [""])[0], tuple(map(float, filter(None, place)))

    def z(self):
        """The place in the readout."""
        return ast.literal_eval(self.page.get_by_test_id("z").text_content().removeprefix("z = "))

    def range(self):
        """The stretch of z1 that the map shows."""
        script = "document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range"
        return self.page.evaluate(script)

    def picture(self):
        """What the lens shows, (28, 28) in [0, 1]."""
        script = """canvas => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]);
        }"""
        grey = np.array(self.page.get_by_test_id("decoded").evaluate(script)) / 255
        side = int(len(grey) ** 0.5) // 28
        return grey.reshape(28, side, 28, side).mean(axis=(1, 3))

    def box(self, selector):
        return self.page.locator(selector).first.bounding_box()
