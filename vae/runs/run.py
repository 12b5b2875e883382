"""Run one training: take the lock, train, publish the model, report progress."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

from vae import config, data
from vae.config import ModelConfig, TrainConfig
from vae.errors import LatentExplorerError, StorageError, TrainingError
from vae.runs.progress import Phase, Progress, finish, read_progress, training_lock, write_progress
from vae.runs.record import run_folder
from vae.store.folder import read_model
from vae.store.run_state import read_run_state


def run_training(
    preset: str,
    name: str,
    settings: dict[str, float],
    *,
    resume: bool = False,
    target_elbo: float | None = None,
    all_devices: bool = False,
) -> None:
    """Train a preset as `name`, or resume that run, and publish the model.

    Args:
        settings: Those that differ from the preset's, or from those the run was begun with.
        target_elbo: Stop when the validation ELBO, in nats per image, reaches it.
        all_devices: Share the work among all GPUs, or all logical CPUs.

    Raises:
        ConfigError: There is no such preset, or a setting is out of bounds.
        TrainingError: Another training runs, the run cannot be resumed, or it diverged.
        DataError: MNIST is missing or damaged.
        StorageError: The model could not be written; the checkpoint is kept.
        KeyboardInterrupt: It was stopped before its second step, or while it was evaluated.
    """
    # Mistakes are found before the lock is taken and TensorFlow is imported.
    model_config, train_config = _configure(preset, name, settings, resume)
    progress = Progress(name, preset, os.getpid(), Phase.STARTING, epochs=train_config.epochs)
    with training_lock(progress), _report_end(progress), _sigterm_as_interrupt():
        train, test = data.train_set(), data.test_set()

        from vae.runs.evaluate import complete_card  # slow imports: TensorFlow takes five seconds
        from vae.runs.publish import publish_model
        from vae.training.callbacks import ProgressReporter
        from vae.training.fit import fit

        def report(**figures) -> None:
            write_progress(replace(progress, phase=Phase.TRAINING, **figures))

        folder = run_folder(name)
        with _clean_stop() as should_stop:
            run = fit(
                folder,
                preset,
                model_config,
                train_config,
                train,
                test,
                resume=resume,
                target_elbo=target_elbo,
                all_devices=all_devices,
                should_stop=should_stop,
                reporter=ProgressReporter(report, folder, test),
            )
            saving = replace(
                progress,
                phase=Phase.SAVING,
                epoch=len(run.history["loss"]),
                message=run.stop_reason,
                stop_requested=not run.is_finished,
            )
            write_progress(saving)
            if not run.has_steps:
                print("Stopped before the first step: no model was written.")
                return
            if run.stop_reason:
                print(f"Stopped early: {run.stop_reason}. `--resume` continues the run.")
            try:
                model = read_model(publish_model(name, preset, run, train, test))
            except StorageError as error:
                raise StorageError(
                    f"{error} The checkpoint is kept: resume the run to save it."
                ) from error
            elbo = model.card.metrics["elbo"]
            print(f"Model {model.name!r} is in {model.path}: ELBO {elbo:.2f} nats.", flush=True)
        if run.is_finished:
            write_progress(replace(saving, phase=Phase.EVALUATING))
            print("Evaluating it, which takes some minutes …", flush=True)
            complete_card(model.name, train, test)


def _configure(
    preset: str, name: str, settings: dict[str, float], resume: bool
) -> tuple[ModelConfig, TrainConfig]:
    """Return the settings of a new run, or of the one that is resumed."""
    defaults = config.get_preset(preset)
    if not resume:
        return config.override(defaults.model, defaults.train, settings)
    state = read_run_state(run_folder(name))
    if state.preset != preset:
        raise TrainingError(
            f"The run {name!r} was begun with the preset {state.preset!r}, not {preset!r}. Resume "
            "it with that preset, or leave out --resume to begin anew."
        )
    return config.override(state.model, state.train, settings)


@contextmanager
def _report_end(progress: Progress) -> Iterator[None]:
    """Write how the block ended, and why, as the progress."""

    def last() -> Progress:
        return read_progress() or progress

    def end(phase: Phase, message: str = "") -> None:
        write_progress(finish(last(), phase, message or last().message))

    try:
        yield
        end(Phase.STOPPED if last().stop_requested else Phase.DONE)
    except LatentExplorerError as error:
        end(Phase.FAILED, str(error))
        raise
    except KeyboardInterrupt:
        if last().phase == Phase.EVALUATING:
            end(Phase.DONE)
        else:
            end(Phase.STOPPED, "it was asked to stop")
        raise
    except BaseException:
        end(Phase.FAILED, "An unexpected error ended it; see its log.")
        raise


@contextmanager
def _handle_signals(handler: Callable, *numbers: int) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, handler_before in before.items():
            signal.signal(number, handler_before)


def _sigterm_as_interrupt() -> AbstractContextManager:
    """Make SIGTERM a KeyboardInterrupt too, so that half-written files are removed."""
    return _handle_signals(signal.default_int_handler, signal.SIGTERM)


@contextmanager
def _clean_stop() -> Iterator[Callable[[], bool]]:
    """Yield a should_stop that the first signal makes true; a second Ctrl-C interrupts at once.

    Until the second step there is nothing to stop cleanly, and building the first takes seconds: a
    signal interrupts at once.
    """
    requested = threading.Event()
    calls = 0

    def should_stop() -> bool:
        nonlocal calls
        calls += 1
        return requested.is_set()

    def handle(number, frame):
        if calls < 2 or (requested.is_set() and number == signal.SIGINT):
            raise KeyboardInterrupt
        requested.set()

    with _handle_signals(handle, signal.SIGINT, signal.SIGTERM):
        yield should_stop
