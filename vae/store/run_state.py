"""`state.json` of a training run: settings, history and the checkpoint that belongs to them.

It lies in `weights/runs/<name>/`, beside the checkpoint and the snapshots of the map after each
epoch. The training process writes it; everybody else reads it, without TensorFlow.
"""

import json
from pathlib import Path

from vae.errors import TrainingError

SCHEMA = 1
STATE = "state.json"
SNAPSHOTS = "snapshots"  # folder of the map as it was after each epoch
HISTORY = ("loss", "reconstruction", "kl", "val_loss", "val_reconstruction", "val_kl", "seconds")


def read_run_state(folder: Path) -> dict:
    """Return the record of the run in `folder`.

    Returns:
        `model` and `train` settings, `history` (one figure an epoch for each name in HISTORY),
        `checkpoint` (a file name) and its `sha256`.

    Raises:
        TrainingError: there is no such run, or its record is damaged.
    """
    try:
        state = json.loads((folder / STATE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TrainingError(
            f"There is no run {folder.name!r} to resume. Leave out --resume to begin one."
        ) from None
    except (OSError, ValueError) as error:
        raise damaged_run(folder, f"{STATE}: {error}") from error
    if not _is_valid(state):
        raise damaged_run(folder, f"{STATE} lacks what it should hold")
    return state


def damaged_run(folder: Path, reason: str) -> TrainingError:
    """Return the error to raise for a run that cannot be resumed."""
    return TrainingError(
        f"The run {folder.name!r} cannot be resumed, its checkpoint is damaged ({reason}). "
        "Leave out --resume to begin anew; the damaged one is set aside."
    )


def _is_valid(state: object) -> bool:
    if not isinstance(state, dict) or state.get("schema") != SCHEMA:
        return False
    history = state.get("history")
    if not isinstance(history, dict) or set(history) != set(HISTORY):
        return False
    if not all(isinstance(figures, list) for figures in history.values()):
        return False
    named = all(isinstance(state.get(key), str) for key in ("checkpoint", "sha256"))
    return named and len({len(figures) for figures in history.values()}) == 1
