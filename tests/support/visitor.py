"""A person at the page, for browser tests and the bench."""

import ast
from urllib.parse import parse_qs, urlsplit

import numpy as np

from tests.support import browser

PICTURE = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]);
}"""


class Visitor:
    """A person at the page: moves, clicks, looks, and hears every message to the server."""

    def __init__(self, page, url):
        self.page = page
        self.sent, self.received = browser.record_messages(page)
        self.errors = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(url)

    def ready(self):
        """Wait until dots and digit are drawn, the first pin is answered and the line is quiet."""
        browser.wait_until_drawn(self.page)
        browser.wait_for_answer(self.page)
        self.page.wait_for_timeout(300)

    def answers(self):
        """Return the number of the last pin that the server has answered."""
        return browser.count_answers(self.page)

    def at(self, across, down):
        """Return the screen position of a place on the map, both in [0, 1] of the plane."""
        left, top, width, height = browser.plane_box(self.page)
        return left + across * width, top + down * height

    def hover(self, across, down):
        self.page.mouse.move(*self.at(across, down))
        self.page.wait_for_timeout(100)

    def click(self, across, down):
        self.hover(across, down)
        before = self.answers()
        self.page.mouse.click(*self.at(across, down))
        browser.wait_for_answer(self.page, before)
        self.settle()

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def settle(self):
        """Wait until the pin rests where the address bar says and no answer is under way."""
        for _ in range(100):
            before = self.answers(), self.z()
            self.page.wait_for_timeout(400)
            if before == (self.answers(), self.z()) and self.linked()[1] == self.z():
                return

    def linked(self):
        """Return the model and the place that the address bar names."""
        query = parse_qs(urlsplit(self.page.evaluate("location.href")).query)
        place = query.get("z", [""])[0].split(",")
        return query.get("model", [""])[0], tuple(map(float, filter(None, place)))

    def z(self):
        """Return the place in the readout."""
        return ast.literal_eval(self.page.get_by_test_id("z").text_content().removeprefix("z = "))

    def range(self):
        """Return the stretch of z1 that the map shows."""
        return self.page.locator(browser.MAP).first.evaluate("chart => chart.layout.xaxis.range")

    def picture(self):
        """Return what the lens shows, (28, 28) in [0, 1]."""
        grey = np.array(self.page.get_by_test_id("decoded").evaluate(PICTURE)) / 255
        side = int(len(grey) ** 0.5) // 28
        return grey.reshape(28, side, 28, side).mean(axis=(1, 3))

    def box(self, selector):
        return self.page.locator(selector).first.bounding_box()
