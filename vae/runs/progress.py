"""What training runs leave under `weights/runs/`, and how anybody reads it without TensorFlow.

`<name>/` is a run: `state.json`, which is the truth, the one checkpoint that it names, and the map
as it was after each epoch in `frames/`. `training.json` is how the run under way, or the last one,
is doing; whoever trains holds `training.lock`, which the system itself lets go when they die.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from filelock import FileLock, Timeout

from vae.errors import TrainingError
from vae.store import atomic as disk
from vae.store import folder as store
from vae.store import run_state

SCHEMA = 1
GLANCE = 0.01  # seconds that a look takes at most
PATIENCE = 2  # seconds to wait for the lock: somebody may only be looking whether it is held


@dataclass(frozen=True)
class Progress:
    """How a training is doing."""

    name: str
    preset: str
    pid: int
    phase: str  # starting, training, saving, measuring; done, stopped, failed
    message: str = ""  # why it stopped or failed
    epoch: int = 0  # whole ones
    epochs: int = 0
    step: int = 0  # in the epoch under way
    steps: int = 0  # in an epoch
    steps_per_second: float = 0.0
    seconds_left: float | None = None  # a guess


def root() -> Path:
    """The folder of the runs; it may not exist yet."""
    return store.root() / "runs"


def folder(name: str) -> Path:
    """The folder of the run called `name`. Raises ConfigError if nothing can be called that."""
    return root() / store.check_name(name)


def names() -> list[str]:
    """The runs that there are, in the order of their names."""
    return sorted(path.parent.name for path in root().glob(f"[!.]*/{run_state.STATE}"))


@contextmanager
def alone(progress: Progress) -> Iterator[None]:
    """Within it, nobody else trains here, and `progress` is what others read.

    Raises:
        TrainingError: somebody else does.
        StorageError: the folder cannot be written.
    """
    with disk.storage_errors():
        root().mkdir(parents=True, exist_ok=True)
    lock = _lock()
    try:
        with disk.storage_errors():
            _acquire(lock, PATIENCE)
    except _Held:
        other = progress_of_all()
        raise TrainingError(
            f"{other.name if other else 'A model'!r} is being trained, and one at a time is all "
            "that this machine does well. Wait until it is finished, or stop it."
        ) from None
    try:
        tell(progress)
        yield
    finally:
        lock.release()


def is_training() -> bool:
    """Whether a training is under way here, whoever started it."""
    if not Path(_lock().lock_file).exists():
        return False
    for _ in range(2):  # who else is only looking has gone after a moment
        lock = _lock()
        try:
            _acquire(lock, 0)
        except _Held:
            time.sleep(GLANCE)
        except OSError:  # a folder that cannot be written: nobody trains in it
            return False
        else:
            lock.release()
            return False
    return True


def tell(progress: Progress) -> None:
    """Make `progress` what others read. Raises StorageError."""
    with disk.storage_errors():
        content = {"schema": SCHEMA, **asdict(progress)}
        disk.write_json(root() / "training.json", content, lasting=False)


def progress_of_all() -> Progress | None:
    """What the run under way, or the last one, has told; None if that cannot be read."""
    try:
        told = json.loads((root() / "training.json").read_text(encoding="utf-8"))
        if told.pop("schema") != SCHEMA:
            return None
        told = Progress(**told)
        return told if _is_told(told) else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def ended(progress: Progress, phase: str, message: str = "") -> Progress:
    """The same, at its end."""
    return replace(progress, phase=phase, message=message, seconds_left=None)


def _is_told(told: Progress) -> bool:
    number = (int, float)
    kinds = {str: str, int: int, float: number, float | None: (*number, type(None))}
    if not all(isinstance(getattr(told, f.name), kinds[f.type]) for f in fields(told)):
        return False
    return bool(store.NAME.fullmatch(told.name)) and told.pid > 0


class _Held(Exception):  # noqa: N818  (no error: filelock's own would count as one of the disk)
    pass


def _acquire(lock: FileLock, patience: float) -> None:
    try:
        lock.acquire(timeout=patience)
    except Timeout:
        raise _Held from None


def _lock() -> FileLock:
    return FileLock(os.fspath(root() / "training.lock"))
