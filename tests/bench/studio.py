"""The Train page while it trains for real, and the Explore page beside it."""

import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from playwright.sync_api import Page

from vae import config, data
from vae.runs import process
from vae.runs.record import run_folder
from vae.store.folder import root
from vae.store.run_state import read_run_state

from .figure import Figure
from .server import chromium, streamlit
from .visit import WINDOW, open_map, pin

PINS = 30
FRAMES = 5
PATIENCE = 300_000  # milliseconds


def measure() -> Iterator[Figure]:
    """The figures of training in the page, with a copy of the shipped model to explore."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(root() / "explorer", Path(folder) / "explorer")
        os.environ["VAE_WEIGHTS"] = folder
        with streamlit(VAE_WEIGHTS=folder) as server, chromium() as browser:
            page = browser.new_page(viewport=WINDOW)
            page.goto(f"{server.url}/train")
            visible, finished = _train_quickly(page)
            yield Figure("train: click to progress on the page", "s", [visible], most=8)
            yield Figure("train: click to the finished map", "s", [finished], most=60)
            epoch = median(read_run_state(run_folder("my-map")).history["seconds"])
            _start(page)
            there = open_map(browser, server.url)
            chance = random.Random(0)
            times = [pin(there, chance) for _ in range(PINS)]
            yield Figure("train: click on Stop to the end of learning", "s", [_stop(page)], most=2)
            page.get_by_text("was stopped").wait_for(timeout=PATIENCE)
        yield Figure("pin to answer while a model is trained", "ms", times, most=500, quantile=0.95)
        shares = [100 * seconds / epoch for seconds in _frames()]
        what = f"train: keeping the map, of an epoch of {epoch:.1f} s"
        yield Figure(what, "%", shares, most=5)


def _start(page: Page) -> float:
    page.get_by_role("button", name="Start", exact=True).click()
    began = time.perf_counter()
    page.get_by_text("is being trained").wait_for(timeout=PATIENCE)
    return time.perf_counter() - began


def _stop(page: Page) -> float:
    page.get_by_role("button", name="Stop").click()
    began = time.perf_counter()
    while process.current_progress().phase == "training":
        time.sleep(0.02)
    return time.perf_counter() - began


def _train_quickly(page: Page) -> tuple[float, float]:
    """Seconds from the click to progress, and to the model that `explorer-quick` becomes."""
    page.get_by_role("button", name="Start", exact=True).wait_for()
    began = time.perf_counter()
    visible = _start(page)
    page.get_by_role("button", name="Explore this map").wait_for(timeout=PATIENCE)
    return visible, time.perf_counter() - began


def _frames() -> list[float]:
    """Seconds that the map of one epoch takes, of the model that `explorer-quick` trains."""
    from vae.training import callbacks
    from vae.training.model import VAE

    preset = config.PRESETS["explorer-quick"]
    reporter = callbacks.ProgressReporter(dict, run_folder("my-map"), data.test_set())
    reporter.set_model(VAE(preset.model, preset.train, surveys=True))
    taken = []
    for frame in range(FRAMES + 1):  # the first one also builds the functions
        began = time.perf_counter()
        reporter.save_snapshot(9000 + frame)
        taken.append(time.perf_counter() - began)
    return taken[1:]
