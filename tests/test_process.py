import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import vae
from vae import config
from vae.cli import OPTIONS, main
from vae.errors import ConfigError, TrainingError
from vae.runs import process
from vae.runs.progress import Phase, Progress, is_training, read_progress, training_lock
from vae.runs.record import get_run, list_runs, run_folder
from vae.store.folder import free_name, read_model, runs_root
from vae.store.run_state import read_run_state

REPOSITORY = Path(__file__).resolve().parent.parent
LONG = {"epochs": 10_000, "batch_size": 10}


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    yield tmp_path / "weights"
    progress = read_progress()
    if progress and is_training():
        os.kill(progress.pid, signal.SIGKILL)
        until(lambda: not is_training())


def until(happens, seconds=60):
    """Wait until it is true, and return how long that took."""
    began = time.monotonic()
    while not (found := happens()):
        assert time.monotonic() - began < seconds, process.current_progress()
        time.sleep(0.05)
    return found and time.monotonic() - began


def epochs(name="mine"):
    run = get_run(name)
    return run.epochs if run else 0


START = f"""
import time
from vae.runs import process
process.start("dense-mini", "mine", {LONG!r})
print("on", flush=True)
time.sleep(60)
"""


@pytest.mark.usefixtures("small_mnist")
def test_a_run_outlives_its_server_stops_resumes_survives_a_kill_and_is_deleted(root):
    # The server that started it is killed.
    with subprocess.Popen([sys.executable, "-c", START], cwd=REPOSITORY, stdout=-1) as server:
        assert server.stdout.readline() == b"on\n"
        server.kill()
    until(lambda: epochs() >= 2)
    now = process.current_progress()
    assert (now.name, now.preset, now.phase) == ("mine", "dense-mini", "training")
    assert now.epochs == 10_000
    with pytest.raises(TrainingError, match="'mine' is being trained"):
        process.start("dense-mini", "yours", LONG)
    with pytest.raises(TrainingError, match="Stop it first"):
        process.delete("mine")

    # It is stopped, and keeps what it has learnt.
    process.stop()
    assert until(lambda: process.current_progress().phase != "training") < 2
    until(lambda: not is_training())
    assert process.current_progress().phase == "stopped"
    (past,) = list_runs()
    assert (past.name, past.preset, past.is_finished) == ("mine", "dense-mini", False)
    assert past.train.batch_size == 10
    assert [int(path.stem) for path in past.snapshots[: past.epochs + 1]] == list(
        range(past.epochs + 1)
    )
    assert vae.models() == ["mine"]
    assert not read_model("mine").card.finished

    # It goes on, and is killed.
    before = read_run_state(run_folder("mine")).history["loss"]
    process.start("dense-mini", "mine", {}, resume=True)
    until(lambda: epochs() >= len(before) + 2)
    os.kill(process.current_progress().pid, signal.SIGKILL)
    until(lambda: not is_training())
    assert process.current_progress().phase == "stopped"
    assert "from outside" in process.current_progress().message
    history = read_run_state(run_folder("mine")).history
    assert history["loss"][: len(before)] == before
    assert len({len(figures) for figures in history.values()}) == 1
    assert vae.models() == ["mine"]

    process.delete("mine")
    assert list_runs() == []
    assert vae.models() == []
    assert not (root / "runs" / "mine").exists()


@pytest.mark.usefixtures("root", "small_mnist")
def test_of_two_starts_in_the_same_instant_one_is_refused_in_a_sentence():
    refused = []
    together = threading.Barrier(2)

    def begin(name):
        together.wait()
        try:
            process.start("dense-mini", name, LONG)
        except TrainingError as error:
            refused.append((name, str(error)))

    threads = [threading.Thread(target=begin, args=(name,)) for name in ("mine", "yours")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ((loser, words),) = refused
    winner = process.current_progress().name
    assert {loser, winner} == {"mine", "yours"}
    assert "is being trained" in words
    assert words.count("\n") == 0
    # Until its second step there is nothing to end cleanly: a stop is at once.
    process.stop()
    assert until(lambda: not is_training()) < 10
    assert process.current_progress().phase == "stopped"


def test_what_cannot_be_started_is_refused_before_anything_runs(root, monkeypatch):
    with pytest.raises(ConfigError, match="no preset 'nope'"):
        process.start("nope", "mine", {})
    with pytest.raises(ConfigError, match="epochs must be"):
        process.start("dense-mini", "mine", {"epochs": 0})
    with pytest.raises(ConfigError, match="came with the program"):
        process.start("dense-mini", "explorer", {})
    with pytest.raises(ConfigError, match="cannot be called"):
        process.start("dense-mini", "../mine", {})
    (root / "mine").mkdir(parents=True)
    with pytest.raises(ConfigError, match="There is a model 'mine' already"):
        process.start("dense-mini", "mine", {})
    assert free_name("my-map") == "my-map"
    monkeypatch.setenv("VAE_TRAINING", "off")
    with pytest.raises(TrainingError, match="switched off"):
        process.start("dense-mini", "fresh", {})
    assert read_progress() is None


@pytest.mark.usefixtures("root", "no_mnist")
def test_a_run_that_fails_at_once_says_why(monkeypatch):
    monkeypatch.setenv("MNIST_NPZ", "/nowhere/mnist.npz")
    process.start("dense-mini", "mine", {})
    until(lambda: not is_training())
    now = process.current_progress()
    assert now.phase == "failed"
    assert "/nowhere/mnist.npz" in now.message


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("switched", [True, False])
def test_every_setting_arrives_at_the_training(monkeypatch, switched):
    settings = dict.fromkeys(OPTIONS, 3) | {"learning_rate": 1e-05, "beta": 0.0}
    settings |= {"batch_norm": switched, "dropout": 0.25}
    seen = []
    monkeypatch.setattr(process, "_spawn", lambda command: seen.append(command) or (None, None))
    monkeypatch.setattr(process, "_wait_until_started", lambda *ignored: None)
    monkeypatch.setattr(
        "vae.runs.run.run_training", lambda *arguments, **options: seen.append(arguments)
    )
    process.start("conv-vae", "mine", settings)
    command = seen[0]
    assert main(command[command.index("vae") + 1 :]) == 0
    assert seen[1] == ("conv-vae", "mine", settings)


@pytest.mark.skipif(not hasattr(os, "setpriority"), reason="there are no priorities here")
def test_a_training_gives_way_to_the_page_as_a_process_and_as_a_session():
    sleeper = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        process._lower_priority(sleeper.pid)
        assert os.getpriority(os.PRIO_PROCESS, sleeper.pid) == process.NICE
        session = Path(f"/proc/{sleeper.pid}/autogroup")
        if session.exists():
            assert session.read_text().endswith(f"nice {process.SESSION_NICE}\n")
    finally:
        sleeper.kill()
        sleeper.wait()


@pytest.mark.usefixtures("root")
def test_a_shipped_model_is_never_deleted():
    for name in config.PRESETS:
        with pytest.raises(TrainingError, match="came with the program"):
            process.delete(name)


@pytest.mark.usefixtures("root")
def test_a_process_that_died_without_a_word_counts_as_stopped():
    for phase in process.ACTIVE:
        with training_lock(Progress("mine", "explorer", 4711, phase)):
            assert process.is_active(process.current_progress())
        assert process.current_progress().phase == "stopped"
    with training_lock(Progress("mine", "explorer", 4711, Phase.EVALUATING)):
        assert process.current_progress().phase == "evaluating"
    assert process.current_progress().phase == "done"


@pytest.mark.usefixtures("root")
def test_an_unreadable_word_of_a_run_under_way_does_not_hide_it():
    with training_lock(Progress("mine", "explorer", 4711, Phase.TRAINING)):
        (runs_root() / "training.json").write_text("{half")
        assert process.is_active(process.current_progress())
        assert "cannot be read" in process.current_progress().message
    assert process.current_progress() is None
