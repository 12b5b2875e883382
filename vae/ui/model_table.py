"""The table of all models: its columns, its rows, and both as CSV."""

import csv
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vae import config
from vae.inference.comparison import describe_collapse
from vae.store.folder import ModelFolder
from vae.ui import cache
from vae.ui.messages import Table, TableColumn


@dataclass(frozen=True)
class Column:
    """A figure of every model."""

    key: str
    title: str
    about: str  # what it is, in a sentence with its unit
    digits: int  # after the point
    better: int  # 1: more is better, -1: less is, 0: neither
    read: Callable[[ModelFolder], float | None] | None = None  # else the card's figure `key`


def _active(folder: ModelFolder) -> float | None:
    share = folder.card.metrics.get("active_dimensions")
    return None if share is None else round(2 * share)


def _bytes(folder: ModelFolder) -> float:
    return sum((folder.path / name).stat().st_size for name in folder.card.files) / 1e6


def _seconds(folder: ModelFolder) -> float | None:
    return sum(folder.card.history.get("seconds", [])) or None


def _percent(key: str) -> Callable[[ModelFolder], float | None]:
    def read(folder: ModelFolder) -> float | None:
        share = folder.card.metrics.get(key)
        return 100 * share if isinstance(share, float | int) else None

    return read


COLUMNS = (
    Column("elbo", "ELBO", "How well the model explains new digits, in nats per image (a lower "
           "bound of the likelihood of grey pixels); nearer to 0 is better.", 1, 1),
    Column("reconstruction", "Copy error", "How far copies are from the digits (reconstruction), "
           "in nats per image.", 1, -1),
    Column("kl", "KL", "How much a digit's place tells about it (KL divergence from the prior), in "
           "nats per image.", 1, 0),
    Column("log_likelihood", "Exact likelihood", "Exact log p(x) of new digits in black and white, "
           "summed over the whole map, in nats per image; nearer to 0 is better.", 1, 1),
    Column("accuracy", "Read right", "New digits that are named rightly from their place alone, "
           "in percent.", 1, 1, _percent("accuracy")),
    Column("main_land", "Main land", "Digits that lie in their kind's largest land, in percent.",
           1, 1, _percent("main_land")),
    Column("unevenness", "Unevenness", "How far the digits are from filling the bell curve evenly: "
           "0 is even, 0.99 is all on one spot.", 2, -1),
    Column("beyond_3", "Beyond 3", "Digits farther than 3 from the middle, in percent; the bell "
           "curve has 1.1 there.", 1, 0, _percent("beyond_3")),
    Column("active_dimensions", "Active numbers", "How many of the two numbers the model uses "
           "(active units, Burda et al., 2016).", 0, 0, _active),
    Column("parameters", "Parameters", "Numbers in the file of the trained network.", 0, 0,
           lambda folder: cache.count_parameters(folder)),
    Column("megabytes", "Size", "All of the model's files, in MB.", 1, -1, _bytes),
    Column("seconds", "Training", "Time of all epochs on the machine that trained it, in "
           "seconds.", 0, -1, _seconds),
    Column("decode_ms", "Drawing", "Time to draw one digit, in milliseconds.", 2, -1),
)  # fmt: skip


def table(folders: Sequence[ModelFolder], shown: Sequence[str]) -> Table:
    """Return the table of the models; `shown` names those that stand on the maps."""
    columns: list[TableColumn] = [
        {"title": c.title, "about": c.about, "digits": c.digits, "better": c.better}
        for c in COLUMNS
    ]
    return {
        "columns": columns,
        "rows": [
            {
                "name": config.label(folder.name),
                "is_shown": folder.name in shown,
                "note": note(folder),
                "values": [value(folder, column) for column in COLUMNS],
            }
            for folder in folders
        ],
    }


def value(folder: ModelFolder, column: Column) -> float | None:
    """Return a model's figure; None if it was not measured or is no number."""
    number = column.read(folder) if column.read else folder.card.metrics.get(column.key)
    if not isinstance(number, float | int) or not math.isfinite(number):
        return None
    return float(number)


def note(folder: ModelFolder) -> str:
    """Return in words that a model has collapsed, or ""."""
    return describe_collapse(folder.card.metrics) or ""


def as_csv(folders: Sequence[ModelFolder]) -> bytes:
    """Return the table as CSV: a line of keys, then a line a model; empty where not measured."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["name", *(column.key for column in COLUMNS)])
    for folder in folders:
        writer.writerow([folder.name, *(value(folder, column) for column in COLUMNS)])
    return file.getvalue().encode()
