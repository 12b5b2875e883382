"""A training run as a process of its own: start, watch, stop, delete.

It outlives the page that started it and the server too. What it tells lies in files (see `runs`),
so every visitor, and a server started anew, finds it again.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from vae import config
from vae.errors import ConfigError, LatentExplorerError, TrainingError
from vae.runs import progress as runs
from vae.store import atomic as disk
from vae.store import folder as store
from vae.store import run_state

OFF = "VAE_TRAINING"  # the environment variable that, set to "off", keeps visitors from training
LOG = "training.log"
NICE = 10  # the page comes first
SESSION_NICE = 2  # 10 would leave training a tenth of the processor while a page is drawn
BEGUN = 15  # seconds until a process that was started must have told so
ACTIVE = ("starting", "training", "saving")
BUSY = (*ACTIVE, "measuring")  # the model is there already: only its card is not complete


@dataclass(frozen=True)
class Past:
    """A run that was begun, whether it is under way, stopped or finished."""

    name: str
    preset: str
    train: config.TrainConfig
    history: dict[str, list[float]]  # one figure for every whole epoch
    frames: list[Path]  # the map before learning, after each epoch, and where one was broken off
    modified: float = 0.0  # when its record was written, in seconds since 1970

    @property
    def epochs(self) -> int:
        """Whole epochs done."""
        return len(self.history["loss"])

    @property
    def finished(self) -> bool:
        """Whether all are."""
        return self.epochs >= self.train.epochs


def allowed() -> bool:
    """Whether visitors may train here: not where VAE_TRAINING is "off"."""
    return os.environ.get(OFF, "").strip().lower() != "off"


def current() -> runs.Progress | None:
    """How the run under way is doing, or how the last one ended; None before the first.

    A run whose process died without a word counts as stopped.
    """
    told, training = runs.progress_of_all(), runs.is_training()
    if told is None:
        unknown = "How it is doing cannot be read; it goes on."
        return runs.Progress("a-model", "", 1, "starting", unknown) if training else None
    if told.phase in BUSY and not training:
        told = runs.progress_of_all() or told  # it may have ended between the two looks
        if told.phase == "measuring":
            return runs.ended(told, "done")
        if told.phase in ACTIVE:
            return runs.ended(told, "stopped", "its process was ended from outside")
    return told


def is_active(progress: runs.Progress | None) -> bool:
    """Whether that is a run under way; one that is only being measured is none."""
    return progress is not None and progress.phase in ACTIVE


def start(preset: str, name: str, settings: dict[str, float], resume: bool = False) -> None:
    """Start a run, or go on with one, and wait until it has told so.

    Args:
        settings: those that differ from the preset's; none for a run to go on with.

    Raises:
        ConfigError: an impossible setting, or a name that is taken.
        TrainingError: training is switched off here, or somebody else trains.
    """
    _check_allowed()
    recipe = config.preset(preset)
    config.changed(recipe.model, recipe.train, settings)
    if not resume:
        check_free(name)
    command = [sys.executable, "-u", "-m", "vae", "train", preset, "--name", name]
    for key, value in settings.items():
        flag = key.replace("_", "-")
        if isinstance(value, bool):
            command += [f"--{flag}" if value else f"--no-{flag}"]
        else:
            command += [f"--{flag}", str(value)]
    command += ["--resume"] if resume else []
    _break_off_measuring()
    _await_word(*_spawn(command), name)


def stop() -> None:
    """Ask the run under way for a clean end. Nothing happens if there is none.

    Raises:
        TrainingError: training is switched off here.
    """
    _check_allowed()
    _end_process(("starting", "training"))


def past() -> list[Past]:
    """The runs that can be looked at, the latest first; a damaged one is left out."""
    found = filter(None, map(find, runs.names()))
    return sorted(found, key=lambda run: -run.modified)


def find(name: str) -> Past | None:
    """The run of that name; None if there is none, or it is damaged."""
    with contextlib.suppress(LatentExplorerError, KeyError, TypeError, OSError):
        state = run_state.read_run_state(runs.folder(name))
        model = config.ModelConfig(**state["model"])
        train = config.TrainConfig(**state["train"])
        folder = runs.folder(name)
        frames = sorted((folder / run_state.SNAPSHOTS).glob("[0-9]*.npz"))
        modified = (folder / run_state.STATE).stat().st_mtime
        preset = config.preset_of(model, train)
        return Past(name, preset, train, state["history"], frames, modified)
    return None


def delete(name: str) -> None:
    """Delete a run, and the model that came of it; never one of a preset's name.

    Raises:
        TrainingError: it is under way, it is not the visitor's to delete, or training is off here.
    """
    _check_allowed()
    if name in config.PRESETS:
        raise TrainingError(f"{name!r} came with the program and stays.")
    progress = current()
    if progress and progress.name == name and progress.phase == "measuring":
        _break_off_measuring()
    elif is_active(progress) and progress.name == name:
        raise TrainingError(f"{name!r} is being trained. Stop it first.")
    with disk.storage_errors():
        for folder in (runs.folder(name), store.root() / name):
            if folder.exists():
                shutil.rmtree(folder)


def check_free(name: str) -> None:
    """Raise ConfigError unless a new run can be called `name`."""
    store.check_name(name)
    if name in config.PRESETS:
        raise ConfigError(f"{name!r} is a model that came with the program. Choose another name.")
    if store.is_taken(name):
        raise ConfigError(f"There is a model {name!r} already. Choose another name.")


def free_name() -> str:
    """A name that nothing has yet: my-map, my-map-2 …"""
    return store.free_name("my-map")


def _break_off_measuring() -> None:
    """A new run is worth more than the last one's figures, which `evaluate` can still tell."""
    if _end_process(("measuring",)):
        deadline = time.monotonic() + BEGUN
        while runs.is_training() and time.monotonic() < deadline:
            time.sleep(0.05)


def _end_process(phases: tuple[str, ...]) -> bool:
    """Send SIGTERM to who trains, if it is known who, and in one of these phases."""
    told = runs.progress_of_all()
    if not told or told.phase not in phases or not runs.is_training():
        return False
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(told.pid, signal.SIGTERM)
    return True


def _check_allowed() -> None:
    if not allowed():
        raise TrainingError("Training is switched off on this server.")


def _spawn(command: list[str]) -> tuple[subprocess.Popen, Path]:
    with disk.storage_errors():
        runs.root().mkdir(parents=True, exist_ok=True)
        # A log of its own for every start: one that is refused must not spoil the other's.
        log = (runs.root() / f".{os.getpid()}-{threading.get_ident()}-{LOG}").open("wb")
    with log:
        process = subprocess.Popen(
            command,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(_paths())},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _give_way(process.pid)
    threading.Thread(target=process.wait, daemon=True).start()  # so that it leaves no zombie
    return process, Path(log.name)


def _give_way(pid: int) -> None:
    """Lower the priority of a process that leads a session of its own."""
    if not hasattr(os, "setpriority"):
        return
    with contextlib.suppress(OSError):  # it has ended already
        os.setpriority(os.PRIO_PROCESS, pid, NICE)
        # Linux may share the processor among sessions first, each with a niceness of its own.
        Path(f"/proc/{pid}/autogroup").write_text(str(SESSION_NICE))


def _paths() -> list[str]:
    """Where the process finds this package, whatever folder the server was started in."""
    given = os.environ.get("PYTHONPATH")
    return [str(Path(__file__).resolve().parents[2]), *([given] if given else [])]


def _await_word(process: subprocess.Popen, log: Path, name: str) -> None:
    deadline = time.monotonic() + BEGUN
    while time.monotonic() < deadline:
        told = runs.progress_of_all()
        if told and told.pid == process.pid:
            with contextlib.suppress(OSError):
                log.replace(runs.root() / LOG)
            return
        if process.poll() is not None:
            words = log.read_text(errors="replace").strip().splitlines()
            log.unlink(missing_ok=True)
            raise TrainingError(words[-1] if words else f"{name!r} could not be started.")
        time.sleep(0.05)
    process.kill()
    log.unlink(missing_ok=True)
    raise TrainingError(f"{name!r} did not start within {BEGUN} seconds. Try again.")
