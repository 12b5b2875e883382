"""A model folder: written whole or not at all, verified on reading.

`weights/<name>/` holds `card.json` and the files it vouches for by their SHA-256; the table of
contents stands in docs/model-folder.md. `weights/runs/<name>/` holds a training run's checkpoint.
"""

import errno
import hashlib
import json
import math
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from vae.errors import (
    ConfigError,
    LatentExplorerError,
    ModelBrokenError,
    ModelNotFoundError,
    StorageError,
)

SCHEMA = 1
CARD = "card.json"
REQUIRED = ("encoder.tflite", "decoder.tflite", "model.weights.h5", "latents.npz")
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
TAKEN = ("runs", "replaced")  # folders of our own under weights/ and weights/runs/


@dataclass(frozen=True)
class ModelFolder:
    """A verified model folder: where it lies and what its card says."""

    path: Path
    card: dict

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def version(self) -> str:
        """Changes whenever any file of the model does."""
        return hashlib.sha256(json.dumps(self.card["files"]).encode()).hexdigest()[:16]


def root() -> Path:
    """The folder of model folders: VAE_WEIGHTS, or `weights/` beside the package."""
    named = os.environ.get("VAE_WEIGHTS")
    return Path(named) if named else Path(__file__).resolve().parent.parent / "weights"


def check_name(name: str) -> str:
    """The name itself. Raises ConfigError if a model cannot be called that."""
    if not _is_model_name(name):
        raise ConfigError(
            f"A model cannot be called {name!r}: use up to 41 small letters, digits and hyphens, "
            "beginning with a letter or digit ('runs' and 'replaced' are taken)."
        )
    return name


def read(name: str) -> ModelFolder:
    """The verified folder of the model called `name`.

    Raises:
        ModelNotFoundError: there is no such folder; the message lists those there are.
        ModelBrokenError: a file is missing or altered, or the card is unreadable.
    """
    path = root() / name
    if not NAME.fullmatch(name) or not path.is_dir():
        there = ", ".join(_folders()) or "none yet: `python -m vae train explorer` makes one"
        raise ModelNotFoundError(f"There is no model {name!r}. The models are: {there}.")
    return ModelFolder(path, _verified_card(path))


def survey() -> tuple[list[ModelFolder], dict[str, str]]:
    """Every sound model folder, best ELBO first, and the reason why each other one is left out."""
    sound, broken = [], {}
    for name in _folders():
        try:
            sound.append(read(name))
        except LatentExplorerError as error:
            broken[name] = str(error)
    sound.sort(key=lambda folder: (-folder.card["metrics"]["elbo"], folder.name))
    return sound, broken


def fingerprint() -> tuple:
    """Changes whenever a model folder, or any file in one, is added, altered or removed."""
    files = [f for name in _folders() for f in sorted((root() / name).iterdir())]
    return tuple((f.parent.name, f.name, f.stat().st_size, f.stat().st_mtime_ns) for f in files)


def latents(folder: ModelFolder) -> dict[str, np.ndarray]:
    """The encoded test set: mean (n, 2), log_var (n, 2) float32, label (n,) uint8.

    Raises:
        ModelBrokenError: an array is missing, misshapen or holds something that is no number.
    """
    try:
        with np.load(folder.path / "latents.npz", allow_pickle=False) as archive:
            found = {key: archive[key] for key in ("mean", "log_var", "label")}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise _broken(folder.path, f"latents.npz is unreadable ({error})") from None
    n = len(found["label"])
    shapes = {key: array.shape for key, array in found.items()}
    if shapes != {"mean": (n, 2), "log_var": (n, 2), "label": (n,)} or n == 0:
        raise _broken(folder.path, f"latents.npz holds arrays of wrong shapes: {shapes}")
    if not np.isfinite(found["mean"]).all() or found["label"].max() > 9:
        raise _broken(folder.path, "latents.npz holds codes or labels out of range")
    return found


@contextmanager
def writing(name: str, card: dict) -> Iterator[Path]:
    """Fill a model folder: yields a temporary folder that becomes `weights/<name>/` at the end.

    The card gets the hashes and the schema version; a model that stood there before is set aside
    under `weights/runs/replaced/`. If anything fails, nothing has changed.

    Raises:
        ConfigError: a model cannot be called that.
        StorageError: the disk is full or the folder cannot be written.
    """
    target = root() / check_name(name)
    with storage_errors():
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".writing-", dir=target.parent))
    try:
        with storage_errors():
            yield temporary
            hashes = {f.name: sha256(f) for f in sorted(temporary.iterdir())}
            write_json(temporary / CARD, {"schema": SCHEMA, **card, "name": name, "files": hashes})
            temporary.chmod(0o755)  # mkdtemp's folders are for their owner alone
            set_aside(target)
            temporary.rename(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def set_aside(path: Path) -> Path | None:
    """Move a folder to `weights/runs/replaced/`, if there is one; where it lies then."""
    if not path.exists():
        return None
    replaced = root() / "runs" / "replaced"
    replaced.mkdir(parents=True, exist_ok=True)
    new = replaced / f"{path.name}-{datetime.now():%Y%m%d-%H%M%S-%f}"
    path.rename(new)
    return new


def write_json(path: Path, content: dict) -> None:
    """Write a JSON file beside its place and rename it, so that no reader sees half of it."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    beside.replace(path)


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turn a full disk or a read-only folder into a StorageError with one clear sentence."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC or "No space left" in str(error):
            reason = "the disk is full. Make room and try again"
        elif isinstance(error, PermissionError) or error.errno == errno.EROFS:
            reason = f"{error.filename or root()} may not be written. Check its permissions"
        else:
            reason = f"{error}"
        raise StorageError(
            f"Nothing was saved: {reason}. What was there before is unharmed."
        ) from error


def _folders() -> list[str]:
    if not root().is_dir():
        return []
    return sorted(p.name for p in root().iterdir() if p.is_dir() and _is_model_name(p.name))


def _is_model_name(name: str) -> bool:
    return bool(NAME.fullmatch(name)) and name not in TAKEN


def _verified_card(path: Path) -> dict:
    try:
        card = json.loads((path / CARD).read_text(encoding="utf-8"))
        schema, files, metrics = card["schema"], card["files"], card["metrics"]
    except FileNotFoundError:
        raise _broken(path, f"{CARD} is missing") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _broken(path, f"{CARD} is unreadable ({error!r})") from None
    if schema != SCHEMA:
        raise _broken(path, f"its schema is {schema!r}, and this version reads {SCHEMA}")
    if not isinstance(files, dict) or not isinstance(metrics, dict):
        raise _broken(path, f"{CARD} lacks its files or metrics")
    if not all(_is_number(n) for n in (metrics.get("elbo"), card.get("atlas_spacing"))):
        raise _broken(path, f"{CARD} lacks the ELBO or the atlas's spacing")
    for name in (*REQUIRED, *files):
        if Path(name).name != name:
            raise _broken(path, f"{CARD} names a file outside the folder: {name}")
        if not (path / name).is_file() or name not in files:
            raise _broken(path, f"{name} is missing")
        if sha256(path / name) != files[name]:
            raise _broken(path, f"{name} was altered: its SHA-256 is not the card's")
    return card


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _broken(path: Path, reason: str) -> ModelBrokenError:
    return ModelBrokenError(
        f"Model {path.name!r} is left out: {reason}. Restore the folder, or train it again."
    )


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
