"""How many pictures of digits are read right, and what it takes to prepare one."""

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
from tests.bench.report import Figure
from tests.support.photos import photograph
from tests.support.server import ROOT
from vae import data
from vae.errors import DigitError
from vae.inference import metrics

# Linux hands ru_maxrss down from the parent; VmHWM is the process's own.
PEAK = """
import re, sys
from pathlib import Path
import vae.preprocessing.digit
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
before = peak()
vae.prepare(Path(sys.argv[1]).read_bytes())
print(peak() - before)
"""


def reading(photographs: int = 1000) -> Iterator[Figure]:
    """Pictures read right beside clean test images; then the time and memory of preparing one."""
    train, test = data.train_set(), data.test_set()
    model = vae.load("explorer")
    classify = metrics.knn_classifier(model.encode(data.unit(train.images))[0], train.labels)

    def share(images, labels) -> float:
        """Return the percentage of images (n, 28, 28) in [0, 1] that are read as their labels."""
        places, _ = model.encode(np.asarray(images, np.float32))
        return 100 * float(np.mean(classify(places) == labels))

    clean = share(data.unit(test.images), test.labels)
    drawings = Path(os.environ.get("MNIST_NPZ", "")).parent / "hwd-1000"
    if drawings.is_dir():
        with (drawings / "dataset.csv").open(encoding="utf-8") as table:
            rows = list(csv.DictReader(table))
        images = [_prepare((drawings / row["image"]).read_bytes()) for row in rows]
        values = [share(images, np.array([int(row["label"]) for row in rows]))]
        bound = {"least": 0.97 * clean, "bound_is": "97 % of clean"}
        references = {f"{len(test.labels):,} clean test images": [clean]}
        what = f"the {len(rows):,} hand-drawn digits of hwd-1000, read right"
        yield Figure(what, "%", values, references=references, **bound)
    random = np.random.default_rng(0)
    chosen = random.permutation(len(test.labels))[:photographs]
    photos = [photograph(test.images[i], random) for i in chosen]
    own = share(data.unit(test.images[chosen]), test.labels[chosen])
    values = [share([_prepare(photo) for photo in photos], test.labels[chosen])]
    bound = {"least": 0.95 * own, "bound_is": "95 % of clean"}
    references = {"the same digits, clean": [own]}
    what = f"{photographs:,} made-up photographs, read right"
    yield Figure(what, "%", values, references=references, **bound)
    apart = [np.abs(_prepare(_encode(image)) - image / 255).mean() for image in test.images]
    what = "MNIST's test digits uploaded as they are: mean difference"
    yield Figure(what, "", apart, most=0.02, quantile=1)
    yield Figure("preparing an ordinary photograph", "ms", [_time(photo) for photo in photos[:100]])
    large = _encode(Image.open(io.BytesIO(photos[0])).convert("RGB").resize((4000, 3000)), "JPEG")
    times = [_time(large) for _ in range(9)]
    yield Figure("preparing a 12-megapixel JPEG: time", "ms", times, most=400)
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(large)
        peak = subprocess.check_output([sys.executable, "-c", PEAK, file.name], cwd=ROOT)
    yield Figure("preparing a 12-megapixel JPEG: memory", "MB", [float(peak)], most=200)


def _prepare(picture: bytes) -> np.ndarray:
    try:
        return vae.prepare(picture).image
    except DigitError:
        return np.zeros((28, 28), np.float32)


def _encode(image: np.ndarray | Image.Image, form: str = "PNG") -> bytes:
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    out = io.BytesIO()
    image.save(out, form, quality=90)
    return out.getvalue()


def _time(picture: bytes) -> float:
    began = time.perf_counter()
    _prepare(picture)
    return 1000 * (time.perf_counter() - began)
