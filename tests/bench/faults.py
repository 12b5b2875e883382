"""Kills: a training is ended with kill -9 at random moments, and what is left must be whole."""

import os
import random
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import make_digits, write_mnist
from vae.runs import process
from vae.runs.progress import is_training
from vae.runs.record import run_folder
from vae.store import atomic
from vae.store.folder import list_models
from vae.store.run_state import RunState, read_run_state

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
            process.start("dense-mini", "killed", {} if kill else SETTINGS, resume=bool(kill))
            seen = _await_learning(len(before))
            time.sleep(chance.uniform(0, LATEST))
            seen = max(seen, _epochs())
            os.kill(process.current_progress().pid, signal.SIGKILL)
            while is_training():
                time.sleep(0.01)
            state = read_run_state(run_folder("killed"))
            whole.append(_is_whole(state, before))
            before = state.history["loss"]
            lost.append(max(0, seen - len(before)))
    yield Figure("kill -9 while training: left whole, of one", "", whole, least=1, quantile=0.0)
    yield Figure("kill -9 while training: whole epochs lost", "", lost, most=0, quantile=1.0)


def _await_learning(done: int) -> int:
    """Wait until the run has told of a step; its epochs by then."""
    while process.current_progress().phase != "training":
        if not process.is_active(process.current_progress()):
            raise RuntimeError(f"The run ended by itself: {process.current_progress()}")
        time.sleep(0.02)
    return max(done, _epochs())


def _epochs() -> int:
    return len(read_run_state(run_folder("killed")).history["loss"])


def _is_whole(state: RunState, before: list[float]) -> int:
    """1 if the checkpoint is what the record says, the history goes on and no half model shows."""
    checkpoint = run_folder("killed") / state.checkpoint
    lengths = {len(figures) for figures in state.history.values()}
    sound = atomic.sha256(checkpoint) == state.sha256 and len(lengths) == 1
    goes_on = state.history["loss"][: len(before)] == before
    return int(sound and goes_on and list_models() == ([], {}))
