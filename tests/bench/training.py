"""Trainings: the race, what kills leave behind, and the page Train."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from unittest.mock import patch

from playwright.sync_api import Page

from tests.bench.page import open_map, pin_once
from tests.bench.report import Figure
from tests.support.browser import WINDOW, chromium
from tests.support.digits import make_digits, write_mnist
from tests.support.server import ROOT, streamlit
from vae import config, data
from vae.runs import process, progress
from vae.runs.progress import Phase
from vae.runs.record import run_folder
from vae.store import atomic, folder

TARGET = -150  # validation ELBO of the race, nats per image
LIMIT = 300  # seconds until a wait is given up


def race() -> Iterator[Figure]:
    """Our whole process beside the Keras documentation's example, to one validation ELBO."""
    times, elbos = zip(*(_train_explorer() for _ in range(3)), strict=True)
    epochs, elbo = _train_keras_example()
    # It takes so long that the machine's load shows: every epoch counts as its fastest.
    seconds = min(epochs) * len(epochs)
    missed = "" if elbo >= TARGET else ", NOT REACHED"
    name = f"the example's training alone, {len(epochs)} epochs to {elbo:.1f}{missed}"
    what = f"to an ELBO of {TARGET}: whole process, to {min(elbos):.1f}"
    yield Figure(what, "s", times, references={name: [seconds]})
    yield Figure("times faster than the example", "x", [seconds / own for own in times], least=12)


def faults(kills: int = 20) -> Iterator[Figure]:
    """How often a training that was killed left a whole run, and what it lost."""
    chance, whole, lost = random.Random(0), [], []
    history: list[float] = []
    with _weights() as weights:
        mnist = write_mnist(weights / "mnist.npz", make_digits(2000, 0), make_digits(500, 1))
        for kill in range(kills):
            settings = {} if kill else {"epochs": 10_000, "batch_size": 10}
            with patch.dict(os.environ, MNIST_NPZ=str(mnist)):
                process.start("dense-mini", "killed", settings, resume=bool(kill))
            _wait(lambda: _phase() == Phase.TRAINING)
            time.sleep(chance.uniform(0, 3))
            before = _state("killed")["history"]["loss"]
            os.kill(process.current_progress().pid, signal.SIGKILL)
            _wait(lambda: not progress.is_training())
            state = _state("killed")
            checkpoint = atomic.sha256(run_folder("killed") / state["checkpoint"])
            lengths = {len(figures) for figures in state["history"].values()}
            goes_on = state["history"]["loss"][: len(history)] == history
            is_sound = checkpoint == state["sha256"] and len(lengths) == 1
            whole.append(int(is_sound and goes_on and folder.list_models() == ([], {})))
            history = state["history"]["loss"]
            lost.append(max(0, len(before) - len(history)))
    yield Figure("kill -9 while training: left whole, of one", "", whole, least=1, quantile=0.0)
    yield Figure("kill -9 while training: finished epochs lost", "", lost, most=0, quantile=1.0)


def studio() -> Iterator[Figure]:
    """The page Train while it trains, and the map beside it."""
    shipped = folder.root() / "explorer"
    with _weights() as weights, streamlit() as server, chromium() as browser:
        shutil.copytree(shipped, weights / "explorer")
        page = browser.new_page(viewport=WINDOW)
        page.goto(f"{server.url}/train")
        began = _start(page)
        yield Figure("click on Start to progress on the page", "s", [_since(began)], most=8)
        page.get_by_role("button", name="Explore this map").wait_for(timeout=1000 * LIMIT)
        yield Figure("explorer-quick: click to the finished map", "s", [_since(began)], most=60)
        epoch = median(_state("my-map")["history"]["seconds"])
        _start(page)
        other, turns = open_map(browser, server.url), count(1)
        pins = [pin_once(other, turns) for _ in range(30)]
        yield Figure("a pin while a model is trained", "ms", pins, most=500, quantile=0.95)
        page.get_by_role("button", name="Stop").click()
        began = time.perf_counter()
        _wait(lambda: _phase() != Phase.TRAINING)
        yield Figure("click on Stop to the end of training", "s", [_since(began)], most=2)
        _wait(lambda: not progress.is_training())
        shares = [100 * seconds / epoch for seconds in _snapshot_seconds()]
        yield Figure(f"a snapshot, of an epoch of {epoch:.1f} s", "%", shares, most=5)


def _train_explorer() -> tuple[float, float]:
    """Return the seconds of the whole command and the ELBO that it reached."""
    command = [sys.executable, "-m", "vae", "train", "explorer", "--target-elbo", str(TARGET)]
    with _weights() as weights:
        began = time.perf_counter()
        subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True, timeout=5400)
        seconds = _since(began)
        card = json.loads((weights / "explorer" / "card.json").read_text(encoding="utf-8"))
    return seconds, -card["history"]["val_loss"][-1]


def _train_keras_example() -> tuple[list[float], float]:
    """Train the example's networks as it does: Adam, batches of 128, Keras's own `fit` on arrays.

    Returns:
        Seconds of each epoch without its validation, at most 60; the last validation ELBO.
    """
    import keras

    from vae.training.model import VAE

    preset = config.PRESETS["keras-example"]
    train, test = (data.unit(part().images)[..., None] for part in (data.train_set, data.test_set))
    model = VAE(preset.model, preset.train)
    model.compile(optimizer=keras.optimizers.Adam())
    times, elbo = [], float("-inf")
    while elbo < TARGET and len(times) < 60:
        began = time.perf_counter()
        model.fit(train, batch_size=128, verbose=0)
        times.append(_since(began))
        elbo = -model.evaluate(test, batch_size=1000, verbose=0, return_dict=True)["loss"]
        line = f"Keras example, epoch {len(times)}: {times[-1]:.1f} s, ELBO {elbo:.2f}"
        print(line, file=sys.stderr, flush=True)
    return times, elbo


def _snapshot_seconds() -> list[float]:
    """Return the seconds that snapshots of explorer-quick's model take."""
    from vae.training.callbacks import ProgressReporter
    from vae.training.model import VAE

    preset = config.PRESETS["explorer-quick"]
    reporter = ProgressReporter(lambda **_: None, run_folder("my-map"), data.test_set())
    reporter.set_model(VAE(preset.model, preset.train, has_grid_encoder=True))
    times = []
    for epoch in range(9000, 9006):
        began = time.perf_counter()
        reporter.save_snapshot(epoch)
        times.append(_since(began))
    return times[1:]  # the first one builds the functions


@contextmanager
def _weights() -> Iterator[Path]:
    """Make VAE_WEIGHTS an empty folder until the block ends."""
    with tempfile.TemporaryDirectory() as path, patch.dict(os.environ, VAE_WEIGHTS=path):
        yield Path(path)


def _wait(condition: Callable[[], bool]) -> None:
    began = time.perf_counter()
    while not condition():
        if _since(began) > LIMIT:
            raise RuntimeError(f"The training is not where it should be: {_phase()}")
        time.sleep(0.02)


def _since(began: float) -> float:
    return time.perf_counter() - began


def _phase() -> Phase | None:
    current = process.current_progress()
    return current and current.phase


def _state(name: str) -> dict:
    return json.loads((run_folder(name) / "state.json").read_text(encoding="utf-8"))


def _start(page: Page) -> float:
    """Click on Start and wait for progress; return when it was clicked."""
    page.get_by_role("button", name="Start", exact=True).click()
    began = time.perf_counter()
    page.get_by_text("is being trained").wait_for(timeout=1000 * LIMIT)
    return began
