"""The training runs on disk: `weights/runs/<name>/`, one folder a run."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from vae.config import TrainConfig
from vae.errors import LatentExplorerError
from vae.store import run_state
from vae.store.folder import check_name, runs_root


@dataclass(frozen=True)
class RunRecord:
    """A run that was begun, whether it is under way, stopped or finished."""

    name: str
    preset: str
    train: TrainConfig
    history: dict[str, list[float]]  # one figure for every whole epoch
    snapshots: list[Path]  # the map before training, after each epoch, and after an early stop
    modified: float = 0.0  # when its state was written, in seconds since 1970

    @property
    def epochs(self) -> int:
        """Whole epochs done."""
        return len(self.history["loss"])

    @property
    def is_finished(self) -> bool:
        """Whether all epochs are done."""
        return self.epochs >= self.train.epochs


def run_folder(name: str) -> Path:
    """Return the folder of the run called `name`. Raises ConfigError if no run can have it."""
    return runs_root() / check_name(name)


def list_runs() -> list[RunRecord]:
    """Return the runs that can be read, the latest first."""
    names = (path.parent.name for path in runs_root().glob(f"[!.]*/{run_state.STATE}"))
    records = filter(None, map(get_run, names))
    return sorted(records, key=lambda record: (-record.modified, record.name))


def get_run(name: str) -> RunRecord | None:
    """Return the run called `name`; None if there is none, or it is damaged."""
    with contextlib.suppress(LatentExplorerError, OSError):
        folder = run_folder(name)
        state = run_state.read_run_state(folder)
        snapshots = sorted((folder / run_state.SNAPSHOTS).glob("[0-9]*.npz"))
        modified = (folder / run_state.STATE).stat().st_mtime
        return RunRecord(name, state.preset, state.train, state.history, snapshots, modified)
    return None
