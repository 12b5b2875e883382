"""Figures, and docs/benchmarks.md: generated whole from the models' cards and benchmarks.json."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median

import numpy as np
import psutil

from tests.support.browser import chromium_path
from tests.support.server import ROOT

RESULTS = ROOT / "docs" / "benchmarks.json"  # the last rows of each measurement
PAGE = ROOT / "docs" / "benchmarks.md"
PACKAGES = ("streamlit", "plotly", "numpy", "ai-edge-litert", "tensorflow", "keras", "playwright")
COLUMNS = ("figure", "median", "spread", "bound", "reference in the same run")
MODELS = {
    "model": "`{name}`",
    "ELBO, grey": "{elbo:.2f}",
    "ELBO, binarised": "{elbo_binarized:.2f}",
    "log-likelihood, importance-weighted": "{log_likelihood_importance:.2f}",
    "log-likelihood, exact": "{log_likelihood:.2f}",
    "the same, training images": "{log_likelihood_train:.2f}",
    "digits read right": "{accuracy:.1%}",
    "in the main land": "{main_land:.1%}",
    "lands": "{lands}",
    "beyond 3": "{beyond_3:.1%}",
    "unevenness": "{unevenness:.2f}",
    "active dimensions": "{active_dimensions:.0%}",
    "encode, decode one": "{encode_ms:.2f}, {decode_ms:.2f} ms",
    "training": "{epochs} epochs, {seconds:.0f} s",
}
PUBLISHED = (
    ("published: planar Gaussian, two dimensions (N-VAE) [1]", "", "-137.08", "-135.73"),
    ("published: sphere, three coordinates (S-VAE) [1]", "", "-133.72", "-132.50"),
)
PROTOCOL = """On MNIST's {images:,} test images, in nats per image, as [model.md](model.md) defines
them; from the cards that `python -m vae evaluate` fills. The binarised columns draw every pixel
once, white with the probability of its grey, seed {seed}. The importance-weighted column takes
{importance_samples} samples from the encoder's q; convolutional models, which would decode a
million images, leave it out. Exact is quadrature over the plane with spacing {grid_spacing}; beside
it the same on the first {train_images:,} training images, to see memorising. Digits are read by the
{neighbours} nearest training codes. A map is whole where nearly all digits are in their main land
and there are 10 lands; of {images:,} draws from the prior 1.1% are beyond 3, and their unevenness
is 0.04.

[1] Davidson et al., 2018, *Hyperspherical variational auto-encoders*, table 1: dynamically
binarised, 500 importance samples."""


@dataclass(frozen=True)
class Figure:
    """Measurements of one thing in one unit."""

    what: str
    unit: str
    values: Sequence[float]
    most: float | None = None  # the bound, where less is better
    least: float | None = None  # the bound, where more is better
    quantile: float = 0.5  # the one that the bound applies to; 0.5 is the median
    bound_is: str = ""  # how the bound follows from a reference
    references: Mapping[str, Sequence[float]] = field(default_factory=dict)  # in the same unit

    def cells(self) -> list[str]:
        """Return the figure as the cells of COLUMNS."""
        low, high = _digits(min(self.values)), _digits(max(self.values))
        value = float(np.quantile(self.values, self.quantile))
        names = {0: "min ", 0.5: "", 1: "max "}
        name = names.get(self.quantile, f"p{100 * self.quantile:.0f} ")
        spread = f"{low} to {high} (n={len(self.values)})"
        if self.quantile not in names:
            spread = f"{name}{_digits(value)}, {spread}"
        bound = ""
        if self.least is not None:
            bound = f"{'' if value >= self.least else '**MISSED** '}{name}≥ {_digits(self.least)}"
        if self.most is not None:
            bound = f"{'' if value <= self.most else '**MISSED** '}{name}≤ {_digits(self.most)}"
        bound += f" ({self.bound_is})" if self.bound_is else ""
        series = (self.values, *self.references.values())
        middle, *others = (f"{_digits(median(values))} {self.unit}".strip() for values in series)
        references = map(": ".join, zip(self.references, others, strict=True))
        return [self.what, middle, spread, bound, "; ".join(references)]


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = (columns, ["---"] * len(columns), *rows)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def machine() -> list[str]:
    """Return the machine and the versions that figures belong to, as lines of a list."""
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text(encoding="utf-8") if cpuinfo.is_file() else ""
    names = [line.partition(": ")[2] for line in text.splitlines() if "model name" in line]
    memory = psutil.virtual_memory().total / 1e9
    browser = _output(chromium_path() or "false", "--version") or "no Chromium"
    return [
        f"- {(names or [platform.machine()])[0]}, {os.cpu_count()} cores, {memory:.0f} GB",
        f"- {platform.system()}, Python {platform.python_version()}, {browser}",
        f"- {', '.join(f'{name} {version(name)}' for name in PACKAGES)}",
    ]


def revision() -> str:
    """Return the commit that is measured, and whether files differ from it."""
    commit = _output("git", "rev-parse", "--short", "HEAD")
    if _output("git", "status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs"):
        commit += " with changes"
    return commit


def write(name: str, summary: str, rows: list[list[str]]) -> None:
    """Store the rows of a measurement and generate docs/benchmarks.md."""
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    measured = {"date": date.today().isoformat(), "commit": revision(), "machine": machine()}
    results[name] = {"summary": summary, **measured, "rows": rows}
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    machines = list(dict.fromkeys("\n".join(result["machine"]) for result in results.values()))
    parts = ["# Benchmarks", "Generated by `python -m tests.bench --write`; not edited by hand."]
    parts += ["## The shipped models", *_models(), "## Machines"]
    parts += [f"Machine {number}:\n\n{text}" for number, text in enumerate(machines, 1)]
    for name, result in results.items():
        number = machines.index("\n".join(result["machine"])) + 1
        source = f"`python -m tests.bench {name}`, {result['date']}, commit {result['commit']}"
        parts += [f"## {name.capitalize()}", result["summary"], f"{source}, machine {number}."]
        parts.append(table(COLUMNS, result["rows"]))
    PAGE.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _models() -> list[str]:
    paths = (ROOT / "weights").glob("*/card.json")
    cards = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    rows = []
    for card in sorted(cards, key=lambda card: -card["metrics"]["elbo"]):
        seconds = card["history"]["seconds"]
        values = {"name": card["name"], "epochs": len(seconds), "seconds": sum(seconds)}
        values |= {"log_likelihood_importance": float("nan"), **card["metrics"]}
        rows.append([form.format(**values).replace("nan", "") for form in MODELS.values()])
    rows += [[*row, *[""] * (len(MODELS) - len(row))] for row in PUBLISHED]
    return [table(tuple(MODELS), rows), PROTOCOL.format(**cards[0]["metrics"]["protocol"])]


def _digits(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def _output(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()
