"""The checkpoint of a training run: weights, optimizer state and record after every epoch.

`state.json` names the one checkpoint that belongs to it, `epoch-NNNN.npz`. That is written first,
and the one before it is deleted last, so a process killed at any moment leaves a matching pair.
"""

import io
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np

from vae.errors import TrainingError
from vae.store import atomic, run_state
from vae.store.folder import set_aside
from vae.training.model import VAE

PATTERN = "epoch-*.npz"


Extra = Sequence[keras.Variable]  # what a checkpoint holds beside the model's variables


def begin(folder: Path, preset: str, vae: VAE, extra: Extra = ()) -> dict[str, list[float]]:
    """Start a run in `folder`, set an earlier one aside, and return its empty history.

    Raises:
        StorageError: The disk is full or the folder cannot be written.
    """
    history: dict[str, list[float]] = {figure: [] for figure in run_state.HISTORY}
    with atomic.storage_errors():
        set_aside(folder)
        folder.mkdir(parents=True)
    save(folder, preset, vae, history, extra)
    return history


def save(
    folder: Path, preset: str, vae: VAE, history: dict[str, list[float]], extra: Extra = ()
) -> None:
    """Write weights, optimizer state and record after the epochs that `history` holds.

    Raises:
        StorageError: The disk is full or the folder cannot be written; the checkpoint before it
            is unharmed.
    """
    path = folder / PATTERN.replace("*", f"{len(history['loss']):04d}")
    with atomic.storage_errors():
        sha256 = _write_arrays(path, [*_variables(vae), *extra])
        model, train = vae.model_config, vae.train_config
        state = run_state.RunState(
            run_state.SCHEMA, preset, model, train, path.name, sha256, history
        )
        atomic.write_json(folder / run_state.STATE, state)
        for other in folder.glob(PATTERN):
            if other != path:
                other.unlink()


def load(folder: Path, preset: str, vae: VAE, extra: Extra = ()) -> dict[str, list[float]]:
    """Restore weights and optimizer of the run in `folder` and return its history.

    Raises:
        TrainingError: There is no such run, it is damaged, or it began with other settings.
    """
    state = run_state.read_run_state(folder)
    old = {"preset": state.preset, **asdict(state.model), **asdict(state.train)}
    new = {"preset": preset, **asdict(vae.model_config), **asdict(vae.train_config)}
    for key, value in new.items():
        if old[key] != value:
            raise TrainingError(
                f"The run {folder.name!r} was begun with {key.replace('_', ' ')} {old[key]}, not "
                f"{value}. Resume it with the same settings, or leave out --resume to start over."
            )
    path = folder / state.checkpoint
    try:
        if atomic.sha256(path) != state.sha256:
            raise ValueError("its SHA-256 is not the one on record")
        with np.load(path, allow_pickle=False) as arrays:
            variables = [*_variables(vae), *extra]
            for variable, array in zip(variables, arrays.values(), strict=True):
                variable.assign(array)
    except (OSError, ValueError) as error:
        raise run_state.damaged_run(folder, f"{path.name}: {error}") from error
    return state.history


def _variables(vae: VAE) -> list[keras.Variable]:
    """Return what a checkpoint holds, in its order; a grid encoder follows from the decoder."""
    networks = [vae.decoder] if vae.has_grid_encoder else [vae.encoder, vae.decoder]
    weights = [weight for network in networks for weight in network.weights]
    return [*weights, *vae.optimizer.variables]


def _write_arrays(path: Path, variables: Extra) -> str:
    """Write the variables as an .npz file and return its SHA-256."""
    content = io.BytesIO()
    np.savez(content, *map(keras.ops.convert_to_numpy, variables))
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_bytes(content.getbuffer())
        atomic.flush(new)
        sha256 = atomic.sha256(new)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    return sha256
