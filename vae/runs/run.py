"""One training, from the wish to the model folder: alone on the machine, and told to who looks."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from vae import config, data
from vae.data import Digits
from vae.errors import LatentExplorerError, StorageError
from vae.runs import progress as runs
from vae.store import folder as store

if TYPE_CHECKING:
    from vae.training.fit import FitResult


def teach(
    preset_name: str,
    name: str,
    changes: dict[str, float],
    *,
    resume: bool = False,
    target_elbo: float | None = None,
    all_devices: bool = False,
) -> None:
    """Train a preset as `name`, or go on with that run, and publish what came of it.

    Args:
        changes: settings that differ from the preset's, or from those the run was begun with.

    Raises:
        ConfigError: there is no such preset, or a setting is out of its bounds.
        TrainingError: somebody else trains, the run cannot be resumed, or it came apart.
        DataError: there is no MNIST.
        StorageError: it could not be written; what was learnt is kept.
        KeyboardInterrupt: it was stopped before it learnt anything, or while it was measured.
    """
    preset = config.preset(preset_name)
    # Bounds are checked before the slow imports.
    model, train = config.changed(preset.model, preset.train, changes)
    progress = runs.Progress(name, preset_name, os.getpid(), "starting", epochs=train.epochs)
    with runs.alone(progress), _told_to_the_end(progress), _both_signals():
        digits, test = data.train_set(), data.test_set()

        from vae.runs import (
            evaluate as measure,  # the slow imports; TensorFlow alone takes five seconds
        )
        from vae.training import callbacks, checkpoint, fit

        if resume:
            model, train = config.changed(*checkpoint.settings(runs.folder(name)), changes)
        with _clean_end() as should_stop:
            progress = replace(progress, phase="training", epochs=train.epochs)

            def report(**fields) -> None:
                runs.tell(replace(progress, **fields))

            folder = runs.folder(name)
            run = fit.fit(
                folder,
                preset_name,
                model,
                train,
                digits,
                test,
                resume=resume,
                target_elbo=target_elbo,
                all_devices=all_devices,
                should_stop=should_stop,
                reporter=callbacks.ProgressReporter(report, folder, test),
            )
            named = _saved(run, progress, preset.description, test)
        if run.is_finished:
            runs.tell(_after(progress, "measuring", run))
            print("Measuring it, which takes some minutes …", flush=True)
            measure.complete(named, digits, test)


def _saved(run: "FitResult", progress: runs.Progress, description: str, test: Digits) -> str:
    """Publish what was learnt, if anything was; the name that it got."""
    from vae.runs import publish

    runs.tell(_after(progress, "saving", run))
    if not run.has_steps:
        print("Stopped before anything was learnt: no model was written.")
        return ""
    if run.stop_reason:
        print(f"Stopped early: {run.stop_reason}. `--resume` goes on from the last whole epoch.")
    try:
        named = publish.publish(progress.name, description, run, test)
    except StorageError as error:
        raise StorageError(f"{error} What was learnt is kept: --resume saves it.") from error
    elbo = store.read(named).card["metrics"]["elbo"]
    print(f"Model {named!r} is in {store.root() / named}: ELBO {elbo:.2f} nats.", flush=True)
    return named


def _after(progress: runs.Progress, phase: str, run: "FitResult") -> runs.Progress:
    epoch = len(run.history["loss"])
    return replace(progress, phase=phase, epoch=epoch, message=run.stop_reason)


@contextmanager
def _told_to_the_end(progress: runs.Progress) -> Iterator[None]:
    """Within it whatever happens is told: how it ends, and why."""

    def end(phase: str, message: str = "") -> None:
        told = runs.progress_of_all() or progress
        stopped = phase == "done" and told.message
        runs.tell(runs.ended(told, "stopped" if stopped else phase, message or told.message))

    try:
        yield
        end("done")
    except LatentExplorerError as error:
        end("failed", str(error))
        raise
    except KeyboardInterrupt:
        measuring = (runs.progress_of_all() or progress).phase == "measuring"
        end("done" if measuring else "stopped", "" if measuring else "it was asked to stop")
        raise
    except BaseException:
        end("failed", "Something went wrong that this program did not foresee; see its log.")
        raise


@contextmanager
def _both_signals() -> Iterator[None]:
    """Within it SIGTERM is a KeyboardInterrupt too: both clear up what is half written."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _clean_end() -> Iterator[Callable[[], bool]]:
    """Within it the first of these signals asks for a clean end; only another Ctrl-C insists.

    Until the second step there is nothing to end cleanly: building the first takes seconds.
    """
    asked = threading.Event()
    looks = 0

    def should_stop() -> bool:
        nonlocal looks
        looks += 1
        return asked.is_set()

    def ask(number, frame):
        if looks < 2 or (asked.is_set() and number == signal.SIGINT):
            raise KeyboardInterrupt
        asked.set()

    both = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, ask) for number in both]
    try:
        yield should_stop
    finally:
        for number, handler in zip(both, before, strict=True):
            signal.signal(number, handler)
