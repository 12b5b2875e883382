"""A model's card: what `card.json` says, checked against the folder that it lies in."""

import json
import sys
from pathlib import Path

from vae.errors import ModelBrokenError
from vae.store import atomic as disk

SCHEMA = 1
CARD = "card.json"
REQUIRED = ("encoder.tflite", "decoder.tflite", "model.weights.h5", "latents.npz")
PERCENTILES = 101  # 0 to 100


def verified(path: Path) -> dict:
    """The card of the model folder `path`, with every file's hash compared.

    Raises:
        ModelBrokenError: it is unreadable, says something impossible, or a file is not its.
    """
    try:
        card = json.loads((path / CARD).read_text(encoding="utf-8"))
        schema, files, metrics = card["schema"], card["files"], card["metrics"]
    except FileNotFoundError:
        raise broken(path, f"{CARD} is missing") from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise broken(path, f"{CARD} is unreadable ({error!r})") from None
    if schema != SCHEMA:
        raise broken(path, f"its schema is {schema!r}, and this version reads {SCHEMA}")
    if not isinstance(files, dict) or not isinstance(metrics, dict):
        raise broken(path, f"{CARD} lacks its files or metrics")
    _check_words(path, card)
    _check_files(path, files)
    return card


def _check_words(path: Path, card: dict) -> None:
    figures = {key: value for key, value in card["metrics"].items() if key != "protocol"}
    if "elbo" not in figures or not all(map(_is_number, figures.values())):
        raise broken(path, f"{CARD} holds metrics that are no numbers, or no ELBO")
    spacing = card.get("atlas_spacing")
    if not _is_number(spacing) or not 0.01 <= spacing <= 1:
        raise broken(path, f"{CARD} holds no atlas_spacing from 0.01 to 1")
    if not isinstance(card.get("description"), str):
        raise broken(path, f"{CARD} holds no description")
    if not _is_familiarity(card.get("familiarity")):
        raise broken(path, f"{CARD} holds a familiarity that is no two lists of 101 numbers")


def _check_files(path: Path, files: dict) -> None:
    for name in dict.fromkeys((*REQUIRED, *files)):
        if Path(name).name != name:
            raise broken(path, f"{CARD} names a file outside the folder: {name}")
        if not (path / name).is_file() or name not in files:
            raise broken(path, f"{name} is missing")
        try:
            altered = disk.sha256(path / name) != files[name]
        except OSError as error:
            raise broken(path, f"{name} is unreadable ({error.strerror})") from None
        if altered:
            raise broken(path, f"{name} was altered: its SHA-256 is not the card's")


def _is_number(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and abs(value) <= sys.float_info.max  # an int may be too large for a float


def _is_familiarity(value: object) -> bool:
    """None, as models had it before, or the percentiles of `metrics.reference_percentiles`."""
    if value is None:
        return True
    if not isinstance(value, dict) or set(value) != {"log_likelihood", "likeness"}:
        return False
    lists = [p for p in value.values() if isinstance(p, list) and len(p) == PERCENTILES]
    return len(lists) == len(value) and all(map(_is_rising, lists))


def _is_rising(numbers: list) -> bool:
    return all(map(_is_number, numbers)) and numbers == sorted(numbers)


def broken(path: Path, reason: str) -> ModelBrokenError:
    """The error to raise for the model folder `path`."""
    return ModelBrokenError(
        f"Model {path.name!r} is left out: {reason}. Restore the folder, or train it again."
    )
