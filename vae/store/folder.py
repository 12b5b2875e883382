"""A model folder: written whole or not at all, verified on reading.

`weights/<name>/` holds `card.json` and the files whose SHA-256 it lists; docs/model-folder.md
describes them. `weights/runs/<name>/` holds a training run.
"""

import hashlib
import itertools
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec
import numpy as np

from vae.config import PRESETS
from vae.errors import ConfigError, LatentExplorerError, ModelNotFoundError
from vae.store import atomic
from vae.store.card import CARD, SCHEMA, Card, invalid_model, read_card

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
# Measured later than the rest of a card is known.
MEASURED = ("metrics", "reference_percentiles", "calibration")
RESERVED = ("runs", "replaced")  # folders of our own in weights/ and weights/runs/


@dataclass(frozen=True)
class ModelFolder:
    """A verified model folder. Two are equal, and hash alike, if they hold the same model."""

    path: Path
    card: Card = field(compare=False)
    version: str  # changes with anything but the measured figures

    @property
    def name(self) -> str:
        return self.path.name


def root() -> Path:
    """Return the folder of model folders: VAE_WEIGHTS, or `weights/` beside the package."""
    path = os.environ.get("VAE_WEIGHTS")
    return Path(path) if path else Path(__file__).resolve().parents[2] / "weights"


def runs_root() -> Path:
    """Return the folder of training runs; it may not exist yet."""
    return root() / "runs"


def check_name(name: str) -> str:
    """Return the name itself. Raises ConfigError if a model cannot have it."""
    if not _is_model_name(name):
        raise ConfigError(
            f"A model cannot be called {name!r}: use up to 41 lowercase letters, digits and "
            "hyphens, beginning with a letter or digit ('runs' and 'replaced' are taken)."
        )
    return name


def is_taken(name: str) -> bool:
    """Return whether a preset, a model or a run has that name."""
    return name in PRESETS or (root() / name).exists() or (runs_root() / name).exists()


def free_name(name: str, is_taken: Callable[[str], bool] = is_taken) -> str:
    """Return the first of name, name-2, name-3 … that is not taken."""
    # Room for a number within the 41 letters of a name.
    names = itertools.chain((name,), (f"{name[:37]}-{i}" for i in itertools.count(2)))
    return next(free for free in names if not is_taken(free))


def read_model(name: str) -> ModelFolder:
    """Verify and return the folder of the model called `name`.

    Raises:
        ModelNotFoundError: There is no such folder; the message lists those there are.
        ModelInvalidError: A file is missing or altered, or the card is unreadable.
    """
    path = root() / name
    if not NAME.fullmatch(name) or not path.is_dir():
        names = ", ".join(_folder_names()) or "none yet: `python -m vae train explorer` makes one"
        raise ModelNotFoundError(f"There is no model {name!r}. The models are: {names}.")
    card = read_card(path)
    content = msgspec.to_builtins(card)
    identity = json.dumps({k: v for k, v in content.items() if k not in MEASURED}, sort_keys=True)
    return ModelFolder(path, card, hashlib.sha256(identity.encode()).hexdigest()[:16])


def list_models() -> tuple[list[ModelFolder], dict[str, str]]:
    """Return every valid model folder, best ELBO first, and why each of the others is left out."""
    valid, invalid = [], {}
    for name in _folder_names():
        try:
            valid.append(read_model(name))
        except LatentExplorerError as error:
            invalid[name] = str(error)
    valid.sort(key=lambda folder: (-folder.card.metrics["elbo"], folder.name))
    return valid, invalid


def fingerprint() -> tuple:
    """Return a value that changes when a file of a model is added, altered or removed."""
    files = (file for name in _folder_names() for file in sorted((root() / name).glob("*")))
    return tuple(_stamp(file) for file in files)


def read_latents(folder: ModelFolder) -> dict[str, np.ndarray]:
    """Read the encoded test set: mean (n, 2), log_var (n, 2) float32, label (n,) uint8.

    Raises:
        ModelInvalidError: An array is missing, has a wrong shape or holds a value out of range.
    """
    latents = _read_arrays(folder, "latents.npz", ("mean", "log_var", "label"))
    n = latents["label"].size
    kinds = {key: (array.shape, array.dtype.str[1:]) for key, array in latents.items()}
    if not n or kinds != {"mean": ((n, 2), "f4"), "log_var": ((n, 2), "f4"), "label": ((n,), "u1")}:
        raise invalid_model(folder.path, f"latents.npz holds arrays of wrong shapes: {kinds}")
    is_finite = np.isfinite(latents["mean"]).all() and np.isfinite(latents["log_var"]).all()
    if not is_finite or latents["label"].max() > 9:
        raise invalid_model(folder.path, "latents.npz holds codes or labels out of range")
    return latents


def read_label_map(folder: ModelFolder) -> dict[str, np.ndarray] | None:
    """Read which digit each place decodes to; None for a model that was published without it.

    The arrays are `bounds` (4,) float64, left, right, bottom, top in units of z; `digits` and
    `votes` (rows, columns) uint8; `holes` (rows, columns) bool. See `inference.label_map`.

    Raises:
        ModelInvalidError: An array is missing, has a wrong shape or holds a value out of range.
    """
    if "label_map.npz" not in folder.card.files:
        return None
    arrays = _read_arrays(folder, "label_map.npz", ("bounds", "digits", "votes", "holes"))
    shape = arrays["digits"].shape
    kinds = {key: (array.shape, array.dtype.str[1:]) for key, array in arrays.items()}
    expected = {"bounds": ((4,), "f8"), "digits": (shape, "u1"), "votes": (shape, "u1")}
    if len(shape) != 2 or min(shape) < 2 or kinds != {**expected, "holes": (shape, "b1")}:
        raise invalid_model(folder.path, f"label_map.npz holds arrays of wrong shapes: {kinds}")
    left, right, bottom, top = arrays["bounds"]
    is_area = np.isfinite(arrays["bounds"]).all() and left < right and bottom < top
    if not is_area or arrays["digits"].max() > 9:
        raise invalid_model(folder.path, "label_map.npz holds bounds or digits out of range")
    return arrays


def _read_arrays(folder: ModelFolder, file: str, keys: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Read arrays of an .npz file. Raises ModelInvalidError."""
    try:
        with np.load(folder.path / file, allow_pickle=False) as archive:
            return {key: archive[key] for key in keys}
    except Exception as error:  # a damaged archive raises nearly anything
        raise invalid_model(folder.path, f"{file} is unreadable ({error!r})") from None


@contextmanager
def create(name: str, card: dict) -> Iterator[Path]:
    """Create a model folder: yield a temporary one that becomes `weights/<name>/` at the end.

    A model that was there before is set aside under `weights/runs/replaced/`. If anything fails,
    nothing has changed; only a kill between two renames can leave the name without a model, and
    then the old one is whole in `replaced`.

    Args:
        card: The fields of a Card but schema, name and files; the caller may add some until the
            block ends.

    Raises:
        ConfigError: A model cannot be called that.
        StorageError: The disk is full or the folder cannot be written.
        ValueError: The card lacks a field or holds an impossible one.
    """
    target = root() / check_name(name)
    with atomic.storage_errors():
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".writing-", dir=target.parent))
    try:
        with atomic.storage_errors():
            yield temporary
            for file in temporary.iterdir():
                atomic.flush(file)
            hashes = {file.name: atomic.sha256(file) for file in sorted(temporary.iterdir())}
            _write_card(temporary, {**card, "schema": SCHEMA, "name": name, "files": hashes})
            temporary.chmod(0o755)  # mkdtemp's folders are for their owner alone
            _replace(target, temporary)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def update_card(folder: ModelFolder, **measured: dict | msgspec.Struct) -> None:
    """Write fields that were measured later on a model's card. Raises StorageError, ValueError."""
    with atomic.storage_errors():
        _write_card(folder.path, {**msgspec.to_builtins(folder.card), **measured})


def set_aside(path: Path) -> Path | None:
    """Move a folder, if there is one, to `weights/runs/replaced/` and return its new path."""
    if not path.exists():
        return None
    replaced = runs_root() / "replaced"
    replaced.mkdir(parents=True, exist_ok=True)
    new = replaced / f"{path.name}-{datetime.now():%Y%m%d-%H%M%S-%f}"
    path.rename(new)
    return new


def _write_card(path: Path, content: dict) -> None:
    content = msgspec.to_builtins(content)
    atomic.parse_json(json.dumps(content).encode(), Card)
    atomic.write_json(path / CARD, content)


def _replace(target: Path, new: Path) -> None:
    aside = set_aside(target)
    try:
        new.rename(target)
    except BaseException:
        if aside:
            aside.rename(target)
        raise


def _folder_names() -> list[str]:
    if not root().is_dir():
        return []
    return sorted(p.name for p in root().iterdir() if p.is_dir() and _is_model_name(p.name))


def _is_model_name(name: str) -> bool:
    return bool(NAME.fullmatch(name)) and name not in RESERVED


def _stamp(file: Path) -> tuple:
    try:
        status = file.stat()
    except OSError:  # it was removed, or is a link to nowhere
        return file.parent.name, file.name
    return file.parent.name, file.name, status.st_size, status.st_mtime_ns
