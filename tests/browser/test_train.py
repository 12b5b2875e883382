"""A real training, from the click on Start to a walk over the new map."""

import os
import re
import signal

import pytest
from playwright.sync_api import expect

from tests.support import browser, server
from tests.support.digits import make_digits, write_mnist
from vae.runs.progress import is_training, read_progress
from vae.runs.record import get_run, run_folder
from vae.store import run_state

pytestmark = pytest.mark.browser


@pytest.fixture
def studio(chromium, tmp_path, monkeypatch):
    """The Train page of a server of its own, with small digits and no model yet."""
    path = write_mnist(tmp_path / "mnist.npz", make_digits(2000, 0), make_digits(1000, 1))
    monkeypatch.setenv("VAE_WEIGHTS", str(tmp_path / "weights"))
    with server.streamlit(MNIST_NPZ=str(path), TF_CPP_MIN_LOG_LEVEL="3") as running:
        page = chromium.new_page(viewport={"width": 1400, "height": 900})
        page.goto(f"{running.url}/train")
        yield page
        page.close()
        if is_training():
            os.kill(read_progress().pid, signal.SIGKILL)


def fill(page, label, value):
    box = page.locator("input").and_(page.get_by_label(label))
    expect(box).to_have_count(1)  # the other recipe's has gone
    box.fill(value)
    page.keyboard.press("Enter")


def dots(page):
    """Return a checksum of the pixels of the timeline's map."""
    return page.locator(".latent-timeline .plane").evaluate("""canvas => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const alpha = Array.from(data.filter((_, i) => i % 4 === 3));
      return alpha.reduce((sum, value, i) => sum + value * (i % 997), 0);
    }""")


def _see_epoch(page, least):
    """Wait until at least so many of 400 epochs are over; a quick machine may skip one's words."""
    later = "|".join(map(str, range(least, 401)))
    page.get_by_text(re.compile(f"after epoch ({later}) of 400")).wait_for(timeout=90_000)


def test_a_visitor_trains_stops_resumes_scrubs_and_explores_the_new_map(studio):
    page = studio
    page.get_by_label("Recipe").click()
    page.get_by_role("option", name="dense-bce").click()
    page.get_by_text("The same network as dense-rmsprop").wait_for()
    fill(page, "Epochs: how often it sees each digit", "400")
    fill(page, "Name of your map", "browser-map")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_text("browser-map is being trained").wait_for(timeout=8000)
    _see_epoch(page, 2)

    # Another visitor sees it; a reload finds it again.
    page.reload()
    page.get_by_text("browser-map is being trained").wait_for()
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("browser-map was stopped").wait_for(timeout=60_000)
    stopped = len(run_state.read_run_state(run_folder("browser-map")).history["loss"])
    assert 2 <= stopped < 400
    last = int(max(get_run("browser-map").snapshots).stem)
    when = {stopped: "after", stopped + 1: "stopped in"}  # between two epochs, or in the midst
    page.get_by_text(f"{when[last]} epoch {last} of 400").wait_for()

    page.get_by_role("button", name="Resume").click()
    page.get_by_text("browser-map is being trained").wait_for()
    _see_epoch(page, stopped + 2)
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("browser-map was stopped").wait_for(timeout=60_000)

    # The curves have a text alternative and a drawing.
    curves = page.get_by_role("img", name=re.compile("Curves up to epoch [0-9]+.*KL"))
    curves.locator("path.js-line").first.wait_for(state="attached")

    # Scrubbing shows the map as it was.
    page.wait_for_timeout(1000)
    late = dots(page)
    page.get_by_role("slider", name="epoch").fill("0")
    page.get_by_text("before learning").wait_for()
    page.wait_for_timeout(1000)
    assert dots(page) != late
    page.get_by_role("button", name="Play").click()
    page.get_by_text("after epoch 1 of 400").wait_for()

    page.get_by_role("button", name="Explore this map").click()
    browser.wait_until_drawn(page)
    assert "model=browser-map" in page.url
