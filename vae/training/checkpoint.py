"""A run's folder: after every epoch, its weights, optimiser state and record, whole at any moment.

`state.json` is the truth: it names the one checkpoint that belongs to it. The checkpoint is
written first and the one before is deleted last, so a process killed at any point leaves a pair.
"""

import math
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np

from vae.errors import TrainingError
from vae.store import atomic, run_state
from vae.store.folder import set_aside
from vae.training.model import VAE

HDF5_OVERHEAD = 2**20  # bytes; measured: a tenth of that


def begin(folder: Path, preset: str, vae: VAE) -> dict[str, list[float]]:
    """Start a run in `folder`; one that was there is set aside. Its history, empty as yet.

    Raises:
        StorageError: the disk is full or the folder cannot be written.
    """
    history: dict[str, list[float]] = {figure: [] for figure in run_state.HISTORY}
    with atomic.storage_errors():
        set_aside(folder)
        folder.mkdir(parents=True)
    save(folder, preset, vae, history)
    return history


def save(folder: Path, preset: str, vae: VAE, history: dict[str, list[float]]) -> None:
    """Write weights, optimiser state and record after the epochs that `history` holds.

    Raises:
        StorageError: it could not be written; the checkpoint before it is still whole.
    """
    name = f"epoch-{len(history['loss']):04d}.weights.h5"
    with atomic.storage_errors():
        sha256 = _write_weights(folder / name, vae)
        content = {
            "schema": run_state.SCHEMA,
            "preset": preset,
            "model": asdict(vae.model_config),
            "train": asdict(vae.train_config),
            "checkpoint": name,
            "sha256": sha256,
            "history": history,
        }
        atomic.write_json(folder / run_state.STATE, content)
        for other in folder.glob("*.weights.h5"):
            if other.name != name:
                other.unlink()


def load(folder: Path, vae: VAE) -> dict[str, list[float]]:
    """Bring `vae` and its optimiser to where the run in `folder` stopped; the history so far.

    Raises:
        TrainingError: there is no such run, it is damaged, or it was begun with other settings.
    """
    state = run_state.read_run_state(folder)
    for old, new in ((state.model, vae.model_config), (state.train, vae.train_config)):
        _check_settings(folder, asdict(old), asdict(new))
    path = folder / state.checkpoint
    try:
        if atomic.sha256(path) != state.sha256:
            raise ValueError("its SHA-256 is not the one on record")
        vae.load_weights(path)
    except (OSError, ValueError, KeyError) as error:
        raise run_state.damaged_run(folder, f"{path.name}: {error}") from error
    return state.history


def epochs(folder: Path) -> int:
    """How many epochs the run in `folder` has finished. Raises TrainingError as `load` does."""
    return len(run_state.read_run_state(folder).history["loss"])


def write_weights(path: Path, model: keras.Model) -> None:
    """Write a model's weights, and its optimiser's state if it is compiled, in Keras's format.

    Raises:
        OSError: there is no room, or the folder cannot be written.
    """
    optimizer = getattr(model, "optimizer", None)  # Keras sets it on compiling
    variables = [*model.weights, *(optimizer.variables if optimizer else [])]
    size = sum(np.dtype(v.dtype).itemsize * math.prod(v.shape) for v in variables)
    # HDF5 on a disk that fills up prints tracebacks and brings the process down: look first.
    try:
        path.write_bytes(bytes(size + HDF5_OVERHEAD))
    finally:
        path.unlink(missing_ok=True)
    try:
        model.save_weights(path)
    except RuntimeError as error:  # HDF5 reports a disk that filled up after all as one
        raise OSError(str(error)) from error


def _write_weights(path: Path, vae: VAE) -> str:
    beside = path.with_name(f"new-{path.name}")  # Keras demands the ending .weights.h5
    try:
        write_weights(beside, vae)
        atomic.flush(beside)
        sha256 = atomic.sha256(beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return sha256


def _check_settings(folder: Path, old: dict, new: dict) -> None:
    for key, value in new.items():
        if old[key] != value:
            raise TrainingError(
                f"The run {folder.name!r} was begun with {key.replace('_', ' ')} {old[key]}, not "
                f"{value}. Resume it with the same settings, or leave out --resume to begin anew."
            )
