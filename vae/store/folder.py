"""A model folder: written whole or not at all, verified on reading.

`weights/<name>/` holds `card.json` and the files it vouches for by their SHA-256; the table of
contents stands in docs/model-folder.md. `weights/runs/<name>/` holds a training run's checkpoint.
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

import numpy as np

from vae.config import PRESETS
from vae.errors import (
    ConfigError,
    LatentExplorerError,
    ModelNotFoundError,
)
from vae.store import atomic as disk
from vae.store.card import CARD, SCHEMA, broken, verified

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
MEASURED = ("metrics", "familiarity")  # what of a card is known later than the model itself
TAKEN = ("runs", "replaced")  # folders of our own under weights/ and weights/runs/


@dataclass(frozen=True)
class ModelFolder:
    """A verified model folder: where it lies and what its card says.

    Two are equal, and hash alike, if they hold the same model in the same place.
    """

    path: Path
    card: dict = field(compare=False)
    version: str  # changes whenever anything but the figures measured of it does

    @property
    def name(self) -> str:
        return self.path.name


def root() -> Path:
    """The folder of model folders: VAE_WEIGHTS, or `weights/` beside the package."""
    named = os.environ.get("VAE_WEIGHTS")
    return Path(named) if named else Path(__file__).resolve().parents[2] / "weights"


def check_name(name: str) -> str:
    """The name itself. Raises ConfigError if a model cannot be called that."""
    if not _is_model_name(name):
        raise ConfigError(
            f"A model cannot be called {name!r}: use up to 41 small letters, digits and hyphens, "
            "beginning with a letter or digit ('runs' and 'replaced' are taken)."
        )
    return name


def is_taken(name: str) -> bool:
    """Whether a preset, a model or a run has that name."""
    places = (root() / name, root() / "runs" / name)
    return name in PRESETS or any(place.exists() for place in places)


def free_name(name: str, is_taken: Callable[[str], bool] = is_taken) -> str:
    """The first of name, name-2, name-3 … that is not taken; `name` has up to 41 letters."""
    # Room for a number within the 41 letters of a name.
    names = itertools.chain((name,), (f"{name[:37]}-{i}" for i in itertools.count(2)))
    return next(free for free in names if not is_taken(free))


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
    words = verified(path)
    lasting = {key: value for key, value in words.items() if key not in MEASURED}
    version = hashlib.sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()[:16]
    return ModelFolder(path, words, version)


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
    return tuple(_stamp(file) for name in _folders() for file in sorted((root() / name).glob("*")))


def latents(folder: ModelFolder) -> dict[str, np.ndarray]:
    """The encoded test set: mean (n, 2), log_var (n, 2) float32, label (n,) uint8.

    Raises:
        ModelBrokenError: an array is missing, misshapen or holds something that is no number.
    """
    try:
        with np.load(folder.path / "latents.npz", allow_pickle=False) as archive:
            found = {key: archive[key] for key in ("mean", "log_var", "label")}
    except Exception as error:  # a damaged archive raises nearly anything
        raise broken(folder.path, f"latents.npz is unreadable ({error!r})") from None
    n = found["label"].size
    held = {key: (array.shape, array.dtype.str[1:]) for key, array in found.items()}
    if held != {"mean": ((n, 2), "f4"), "log_var": ((n, 2), "f4"), "label": ((n,), "u1")} or not n:
        raise broken(folder.path, f"latents.npz holds arrays of wrong shapes or types: {held}")
    finite = np.isfinite(found["mean"]).all() and np.isfinite(found["log_var"]).all()
    if not finite or found["label"].max() > 9:
        raise broken(folder.path, "latents.npz holds codes or labels out of range")
    return found


@contextmanager
def writing(name: str, card: dict) -> Iterator[Path]:
    """Fill a model folder: yields a temporary folder that becomes `weights/<name>/` at the end.

    The card gets the hashes and the schema version; a model that stood there before is set aside
    under `weights/runs/replaced/`. If anything fails, nothing has changed; only a kill between two
    renames can leave the name without a model, and then the old one lies whole in `replaced`.

    Raises:
        ConfigError: a model cannot be called that.
        StorageError: the disk is full or the folder cannot be written.
    """
    target = root() / check_name(name)
    with disk.storage_errors():
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".writing-", dir=target.parent))
    try:
        with disk.storage_errors():
            yield temporary
            for file in temporary.iterdir():
                disk.flush(file)
            hashes = {f.name: disk.sha256(f) for f in sorted(temporary.iterdir())}
            disk.write_json(
                temporary / CARD, {"schema": SCHEMA, **card, "name": name, "files": hashes}
            )
            temporary.chmod(0o755)  # mkdtemp's folders are for their owner alone
            _take_the_place(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def complete(folder: ModelFolder, **measured: dict) -> None:
    """Write what was measured of a model on its card. Raises StorageError."""
    with disk.storage_errors():
        disk.write_json(folder.path / CARD, {**folder.card, **measured})


def _take_the_place(new: Path, target: Path) -> None:
    aside = set_aside(target)
    try:
        new.rename(target)
    except BaseException:
        if aside:
            aside.rename(target)
        raise


def set_aside(path: Path) -> Path | None:
    """Move a folder to `weights/runs/replaced/`, if there is one; where it lies then."""
    if not path.exists():
        return None
    replaced = root() / "runs" / "replaced"
    replaced.mkdir(parents=True, exist_ok=True)
    new = replaced / f"{path.name}-{datetime.now():%Y%m%d-%H%M%S-%f}"
    path.rename(new)
    return new


def _folders() -> list[str]:
    if not root().is_dir():
        return []
    return sorted(p.name for p in root().iterdir() if p.is_dir() and _is_model_name(p.name))


def _is_model_name(name: str) -> bool:
    return bool(NAME.fullmatch(name)) and name not in TAKEN


def _stamp(file: Path) -> tuple:
    try:
        status = file.stat()
    except OSError:  # it went away, or points nowhere
        return file.parent.name, file.name
    return file.parent.name, file.name, status.st_size, status.st_mtime_ns
