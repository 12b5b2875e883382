"""The progress of the one training that may run at a time, and the lock that it holds.

`weights/runs/training.json` says how the training under way, or the last one, is doing. The
training process holds `training.lock`, which the operating system releases when it dies.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated

from filelock import FileLock, Timeout
from msgspec import Meta

from vae.errors import TrainingError
from vae.store import atomic
from vae.store.folder import NAME, runs_root

LOCK_PROBE = 0.01  # seconds after which a probe of the lock tries once more
LOCK_TIMEOUT = 2  # seconds to wait for the lock: another process may only be probing it
Name = Annotated[str, Meta(pattern=rf"\A{NAME.pattern}\Z")]


class Phase(StrEnum):
    """What a training is doing, or how it ended."""

    STARTING = "starting"
    TRAINING = "training"
    SAVING = "saving"  # writing the model folder
    EVALUATING = "evaluating"  # the model can be explored already; its card is not complete
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True)
class Progress:
    """How a training is doing."""

    name: Name
    preset: str
    pid: Annotated[int, Meta(gt=0)]
    phase: Phase
    message: str = ""  # why it was stopped or failed
    epoch: int = 0  # whole epochs done
    epochs: int = 0
    step: int = 0  # in the epoch under way
    steps: int = 0  # in an epoch
    steps_per_second: float = 0.0
    seconds_left: float | None = None  # an estimate
    stop_requested: bool = False  # it ended, or is about to, before its last epoch


def write_progress(progress: Progress) -> None:
    """Replace the progress that other processes read. Raises StorageError."""
    with atomic.storage_errors():
        atomic.write_json(runs_root() / "training.json", progress, durable=False)


def read_progress() -> Progress | None:
    """Return the progress of the training under way, or the last one; None if it is unreadable."""
    try:
        return atomic.parse_json((runs_root() / "training.json").read_bytes(), Progress)
    except (OSError, ValueError):
        return None


def finish(progress: Progress, phase: Phase, message: str = "") -> Progress:
    """Return the progress as it is when the training ends in `phase`."""
    return replace(progress, phase=phase, message=message, seconds_left=None)


@contextmanager
def training_lock(progress: Progress) -> Iterator[None]:
    """Hold the lock of the one training, and write `progress`, the first that others read.

    Raises:
        TrainingError: Another training holds the lock.
        StorageError: The folder cannot be written.
    """
    with atomic.storage_errors():
        runs_root().mkdir(parents=True, exist_ok=True)
        lock = _acquire(LOCK_TIMEOUT)
    if lock is None:
        other = read_progress()
        raise TrainingError(
            f"{other.name if other else 'A model'!r} is being trained, and one training at a time "
            "runs here. Wait until it is finished, or stop it."
        )
    try:
        write_progress(progress)
        yield
    finally:
        lock.release()


def is_training() -> bool:
    """Return whether a process is training in this weights folder."""
    if not (runs_root() / "training.lock").exists():
        return False
    try:
        lock = _acquire(LOCK_PROBE)  # not 0: another process may be probing it too
    except OSError:  # the folder cannot be written: no training runs in it
        return False
    if lock:
        lock.release()
    return lock is None


def _acquire(timeout: float) -> FileLock | None:
    """Return the lock, or None if another process holds it."""
    lock = FileLock(os.fspath(runs_root() / "training.lock"))
    try:
        lock.acquire(timeout=timeout, poll_interval=LOCK_PROBE)
    except Timeout:
        return None
    return lock
