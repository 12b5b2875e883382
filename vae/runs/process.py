"""A training run as a process of its own: start, watch, stop, delete.

It outlives the page that started it, and the server. Its progress is in files (see `progress`), so
every visitor, and a server that was restarted, finds it again.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from vae import config
from vae.errors import ConfigError, TrainingError
from vae.runs.progress import Phase, Progress, finish, is_training, read_progress
from vae.runs.record import run_folder
from vae.store import atomic, folder
from vae.store.folder import runs_root

LOG = "training.log"
NICE = 10  # the page comes first
SESSION_NICE = 2  # 10 would leave training a tenth of the processor while a page is drawn
START_TIMEOUT = 15  # seconds until a new process must have written its progress
ACTIVE = (Phase.STARTING, Phase.TRAINING, Phase.SAVING)


def training_allowed() -> bool:
    """Return whether visitors may train here: not where VAE_TRAINING is "off"."""
    return os.environ.get("VAE_TRAINING", "").strip().lower() != "off"


def current_progress() -> Progress | None:
    """Return the progress of the training under way, or how the last one ended; None before any.

    A training whose process died without reporting its end counts as stopped.
    """
    progress, training = read_progress(), is_training()
    if progress is None:
        message = "Its progress cannot be read; the training goes on."
        return Progress("a-model", "", 1, Phase.STARTING, message) if training else None
    if training or progress.phase not in (*ACTIVE, Phase.EVALUATING):
        return progress
    progress = read_progress() or progress  # it may have ended between the two calls
    if progress.phase == Phase.EVALUATING:
        return finish(progress, Phase.DONE)
    if progress.phase in ACTIVE:
        return finish(progress, Phase.STOPPED, "its process was ended from outside")
    return progress


def is_active(progress: Progress | None) -> bool:
    """Return whether a model is being made; it exists already while it is only evaluated."""
    return progress is not None and progress.phase in ACTIVE


def start(preset: str, name: str, settings: dict[str, float], resume: bool = False) -> None:
    """Start a run, or resume one, and wait until it has reported its progress.

    Args:
        settings: Those that differ from the preset's; none for a run that is resumed.

    Raises:
        ConfigError: A setting is out of bounds, or the name is taken.
        TrainingError: Training is switched off here, or another training is under way.
    """
    _check_allowed()
    defaults = config.get_preset(preset)
    config.override(defaults.model, defaults.train, settings)
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
    _cancel_evaluation()
    _wait_until_started(*_spawn(command), name)


def stop() -> None:
    """Ask the run under way, if there is one, to end cleanly. Raises TrainingError."""
    _check_allowed()
    _terminate(Phase.STARTING, Phase.TRAINING)


def delete(name: str) -> None:
    """Delete a run and its model; never one that has a preset's name.

    Raises:
        TrainingError: It is under way, it has a preset's name, or training is switched off here.
    """
    _check_allowed()
    if name in config.PRESETS:
        raise TrainingError(f"{name!r} came with the program and cannot be deleted.")
    progress = current_progress()
    if progress and progress.name == name:
        if is_active(progress):
            raise TrainingError(f"{name!r} is being trained. Stop it first.")
        _cancel_evaluation()
    with atomic.storage_errors("It could not be deleted completely"):
        for path in (run_folder(name), folder.root() / name):
            if path.exists():
                shutil.rmtree(path)


def check_free(name: str) -> None:
    """Raise ConfigError unless a new run can be called `name`."""
    folder.check_name(name)
    if name in config.PRESETS:
        raise ConfigError(f"{name!r} is a model that came with the program. Choose another name.")
    if folder.is_taken(name):
        raise ConfigError(f"There is a model {name!r} already. Choose another name.")


def _cancel_evaluation() -> None:
    """End an evaluation: a new run is worth more, and `evaluate` can measure the model later."""
    if _terminate(Phase.EVALUATING):
        deadline = time.monotonic() + START_TIMEOUT
        while is_training() and time.monotonic() < deadline:
            time.sleep(0.05)


def _terminate(*phases: Phase) -> bool:
    """Send SIGTERM to the training process if it is in one of these phases."""
    progress = read_progress()
    if not progress or progress.phase not in phases or not is_training():
        return False
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(progress.pid, signal.SIGTERM)
    return True


def _check_allowed() -> None:
    if not training_allowed():
        raise TrainingError("Training is switched off on this server.")


def _spawn(command: list[str]) -> tuple[subprocess.Popen, Path]:
    with atomic.storage_errors():
        runs_root().mkdir(parents=True, exist_ok=True)
        # A log for every start: one that is refused must not overwrite the other's.
        log = (runs_root() / f".{os.getpid()}-{threading.get_ident()}-{LOG}").open("wb")
    # The process finds this package from whatever folder the server was started in.
    paths = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH")]
    with log:
        process = subprocess.Popen(
            command,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _lower_priority(process.pid)
    threading.Thread(target=process.wait, daemon=True).start()  # so that it leaves no zombie
    return process, Path(log.name)


def _lower_priority(pid: int) -> None:
    """Lower the priority of a process that leads a session of its own."""
    if not hasattr(os, "setpriority"):
        return
    with contextlib.suppress(OSError):  # it has ended already
        os.setpriority(os.PRIO_PROCESS, pid, NICE)
        # Linux may share the processor among sessions first, each with a niceness of its own.
        Path(f"/proc/{pid}/autogroup").write_text(str(SESSION_NICE))


def _wait_until_started(process: subprocess.Popen, log: Path, name: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        progress = read_progress()
        if progress and progress.pid == process.pid:
            with contextlib.suppress(OSError):
                log.replace(runs_root() / LOG)
            return
        if process.poll() is not None:
            lines = log.read_text(errors="replace").strip().splitlines()
            log.unlink(missing_ok=True)
            raise TrainingError(lines[-1] if lines else f"{name!r} could not be started.")
        time.sleep(0.05)
    process.kill()
    log.unlink(missing_ok=True)
    raise TrainingError(f"{name!r} did not start within {START_TIMEOUT} seconds. Try again.")
