"""Kills: a training is ended with kill -9 at random moments, and what is left must be whole."""

import os
import random
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import make_digits, write_mnist
from vae.runs import process as jobs
from vae.runs import progress as runs
from vae.store import atomic as disk
from vae.store import folder as store
from vae.store import run_state

from .figure import Figure

KILLS = 20
LATEST = 3.0  # seconds after the run has begun to learn
SETTINGS = {"epochs": 10_000, "batch_size": 10}


def measure() -> Iterator[Figure]:
    """How often what a kill left was whole, and how much was lost."""
    chance = random.Random(0)
    whole, lost = [], []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VAE_WEIGHTS"] = str(Path(folder) / "weights")
        mnist = write_mnist(Path(folder) / "mnist.npz", make_digits(2000, 0), make_digits(500, 1))
        os.environ["MNIST_NPZ"] = str(mnist)
        before = []
        for kill in range(KILLS):
            jobs.start("dense-mini", "killed", {} if kill else SETTINGS, resume=bool(kill))
            seen = _await_learning(len(before))
            time.sleep(chance.uniform(0, LATEST))
            seen = max(seen, _epochs())
            os.kill(jobs.current().pid, signal.SIGKILL)
            while runs.is_training():
                time.sleep(0.01)
            state = run_state.read_run_state(runs.folder("killed"))
            whole.append(_is_whole(state, before))
            before = state["history"]["loss"]
            lost.append(max(0, seen - len(before)))
    yield Figure("kill -9 while training: left whole, of one", "", whole, least=1, quantile=0.0)
    yield Figure("kill -9 while training: whole epochs lost", "", lost, most=0, quantile=1.0)


def _await_learning(done: int) -> int:
    """Wait until the run has told of a step; its epochs by then."""
    while jobs.current().phase != "training":
        if not jobs.is_active(jobs.current()):
            raise RuntimeError(f"The run ended by itself: {jobs.current()}")
        time.sleep(0.02)
    return max(done, _epochs())


def _epochs() -> int:
    return len(run_state.read_run_state(runs.folder("killed"))["history"]["loss"])


def _is_whole(state: dict, before: list[float]) -> int:
    """1 if the checkpoint is what the record says, the history goes on and no half model shows."""
    checkpoint = runs.folder("killed") / state["checkpoint"]
    lengths = {len(figures) for figures in state["history"].values()}
    sound = disk.sha256(checkpoint) == state["sha256"] and len(lengths) == 1
    goes_on = state["history"]["loss"][: len(before)] == before
    return int(sound and goes_on and store.survey() == ([], {}))
