"""`state.json` of a training run: settings, history and the checkpoint that belongs to them.

It lies in `weights/runs/<name>/`, beside the checkpoint and the snapshots of the map after each
epoch. The training process writes it; everybody else reads it, without TensorFlow.
"""

from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

from vae.config import ModelConfig, TrainConfig
from vae.errors import ConfigError, TrainingError
from vae.store.atomic import parse_json

SCHEMA: Final = 2
STATE = "state.json"
SNAPSHOTS = "snapshots"  # folder of the map as it was after each epoch
HISTORY = ("loss", "reconstruction", "kl", "val_loss", "val_reconstruction", "val_kl", "seconds")


class RunState(Struct, frozen=True, forbid_unknown_fields=True):
    """The content of `state.json`."""

    schema: Literal[2]  # SCHEMA
    preset: str  # name of the preset that the run was begun with
    model: ModelConfig
    train: TrainConfig
    checkpoint: str  # file name
    sha256: str  # of the checkpoint
    history: dict[str, list[float]]  # for each name in HISTORY, one figure an epoch

    def __post_init__(self):
        check_history(self.history)


def check_history(history: dict[str, list[float]]) -> None:
    """Raise ValueError unless `history` has a list for each name in HISTORY, all of one length."""
    if set(history) != set(HISTORY) or len({len(figures) for figures in history.values()}) != 1:
        raise ValueError(f"history must hold lists of one length for {', '.join(HISTORY)}")


def read_run_state(folder: Path) -> RunState:
    """Read the state of the run in `folder`.

    Raises:
        TrainingError: There is no such run, or its state is damaged.
    """
    try:
        return parse_json((folder / STATE).read_bytes(), RunState)
    except FileNotFoundError:
        raise TrainingError(
            f"There is no run {folder.name!r} to resume. Leave out --resume to begin one."
        ) from None
    except (OSError, ValueError, ConfigError) as error:
        raise damaged_run(folder, f"{STATE}: {error}") from error


def damaged_run(folder: Path, reason: str) -> TrainingError:
    """Return the error to raise for a run that cannot be resumed."""
    return TrainingError(
        f"The run {folder.name!r} cannot be resumed, its checkpoint is damaged ({reason}). "
        "Leave out --resume to start over; the damaged one is set aside."
    )
