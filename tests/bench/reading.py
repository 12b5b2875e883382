"""How well pictures of digits are read, and what it takes to prepare one."""

import csv
import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

import vae
from tests.photos import photograph
from vae import data
from vae.errors import DigitError
from vae.inference import metrics
from vae.preprocessing import digit as digits

from .figure import Figure
from .server import ROOT

SEED = 0
PHOTOGRAPHS = 1000
TIMES = 9
LARGE = """
import re, sys
from pathlib import Path
from vae.preprocessing import digit as digits
# Linux hands ru_maxrss down from the parent; VmHWM is the process's own.
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
before = peak()
digits.prepare(Path(sys.argv[1]).read_bytes())
print(peak() - before)
"""


class Reader:
    """Digits read by the nearest codes of the training images."""

    def __init__(self) -> None:
        """Encode the training images once."""
        train = data.train_set()
        self.model = vae.load("explorer")
        self.read = metrics.knn_classifier(
            self.model.encode(data.unit(train.images))[0], train.labels
        )

    def share(self, images: np.ndarray, labels: np.ndarray) -> float:
        """Percent of images (n, 28, 28) in [0, 1] that are read as their labels say."""
        places, _ = self.model.encode(np.asarray(images, np.float32))
        return 100 * float(np.mean(self.read(places) == labels))


def measure() -> Iterator[Figure]:
    """The figures of reading, beside the model's own on clean test images; then time and memory."""
    reader, test = Reader(), data.test_set()
    clean = reader.share(data.unit(test.images), test.labels)
    beside = {"reference": f"{len(test.labels)} clean test images", "reference_values": [clean]}
    folder = Path(os.environ.get("MNIST_NPZ", "")).parent / "hwd-1000"
    if folder.is_dir():
        share = reader.share(*_drawn(folder))
        what, bound = "hwd-1000, read right", {"least": 0.97 * clean, "bound_is": "97 % of clean"}
        yield Figure(what, "%", [share], **bound, **beside)
    random = np.random.default_rng(SEED)
    chosen = random.permutation(len(test.labels))[:PHOTOGRAPHS]
    photographs = [photograph(test.images[i], random) for i in chosen]
    own = reader.share(data.unit(test.images[chosen]), test.labels[chosen])
    yield Figure(
        f"{PHOTOGRAPHS} made photographs, read right",
        "%",
        [reader.share([_prepared(photo) for photo in photographs], test.labels[chosen])],
        least=0.95 * own,
        bound_is="95 % of clean",
        reference="the same digits, clean",
        reference_values=[own],
    )
    apart = [np.abs(_prepared(_png(x)) - x / 255).mean() for x in test.images]
    what = "MNIST uploaded as it is: mean difference"
    yield Figure(what, "of 1", apart, most=0.02, quantile=1)
    took = [_milliseconds(photo) for photo in photographs[:100]]
    yield Figure("preparing an ordinary photograph", "ms", took)
    large = _enlarged(photographs[0])
    what = "preparing a 12-megapixel JPEG"
    yield Figure(f"{what}: time", "ms", [_milliseconds(large) for _ in range(TIMES)], most=400)
    yield Figure(f"{what}: peak memory", "MB", [_peak(large)], most=200)


def _drawn(folder: Path) -> tuple[list[np.ndarray], np.ndarray]:
    with (folder / "dataset.csv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    images = [_prepared((folder / row["image"]).read_bytes()) for row in rows]
    return images, np.array([int(row["label"]) for row in rows])


def _prepared(picture: bytes) -> np.ndarray:
    try:
        return digits.prepare(picture).image
    except DigitError:
        return np.zeros((28, 28), np.float32)


def _png(levels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(levels).save(out, "PNG")
    return out.getvalue()


def _enlarged(photo: bytes) -> bytes:
    out = io.BytesIO()
    Image.open(io.BytesIO(photo)).convert("RGB").resize((4000, 3000)).save(out, "JPEG", quality=90)
    return out.getvalue()


def _milliseconds(picture: bytes) -> float:
    start = time.perf_counter()
    _prepared(picture)
    return 1000 * (time.perf_counter() - start)


def _peak(picture: bytes) -> float:
    """MB by which preparing the picture raises the peak of a process that has all loaded."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "picture")
        path.write_bytes(picture)
        command = [sys.executable, "-c", LARGE, str(path)]
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return float(ran.stdout)
