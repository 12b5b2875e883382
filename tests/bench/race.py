"""Two trainings to one validation ELBO: this project's whole process, the Keras example's loop."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .figure import Figure
from .server import ROOT

TARGET = -150  # nats per image
RUNS = 3
PATIENCE = 5400  # seconds until a training is given up


def measure() -> Iterator[Figure]:
    """The figures of the race."""
    ours, reached = zip(*(_train_explorer() for _ in range(RUNS)), strict=True)
    example = _run("tests.bench.keras_example", str(TARGET))
    found = json.loads(example.splitlines()[-1])
    # It takes so long that the machine's moods show: the example is given its best pace throughout.
    fastest, epochs = min(found["seconds"]), len(found["seconds"])
    seconds = fastest * epochs
    short = "" if found["elbo"] >= TARGET else ", NOT REACHED"
    yield Figure(
        f"to an ELBO of {TARGET}: whole process, to {min(reached):.1f}",
        "s",
        ours,
        reference=f"Keras example's loop, {epochs} epochs to {found['elbo']:.1f}{short}, "
        f"at its fastest, {fastest:.1f} s",
        reference_values=[seconds],
    )
    times = [seconds / own for own in ours]
    yield Figure("to that ELBO: times faster than the example", "x", times, least=12)


def _train_explorer() -> tuple[float, float]:
    """Seconds of the whole command, and the ELBO that it reached."""
    with tempfile.TemporaryDirectory() as weights:
        began = time.perf_counter()
        arguments = ("train", "explorer", "--target-elbo", str(TARGET))
        _run("vae", *arguments, VAE_WEIGHTS=weights)
        seconds = time.perf_counter() - began
        card = json.loads((Path(weights) / "explorer" / "card.json").read_text(encoding="utf-8"))
    history = card["history"]
    elbo = -(history["val_reconstruction"][-1] + history["val_kl"][-1])
    words = f"explorer, {len(history['loss'])} epochs: {seconds:.1f} s, ELBO {elbo:.2f}"
    print(words, file=sys.stderr, flush=True)
    return seconds, elbo


def _run(module: str, *arguments: str, **environment: str) -> str:
    """What `python -m module` prints; what it complains of is in the error if it fails."""
    process = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", **environment},
        stdout=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
    )
    if process.returncode:
        raise RuntimeError(f"`python -m {module}` ended with {process.returncode}.")
    return process.stdout
