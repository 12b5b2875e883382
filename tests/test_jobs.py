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
from vae.runs import process as jobs
from vae.runs import progress as runs
from vae.store import folder as store
from vae.store import run_state

REPOSITORY = Path(__file__).resolve().parent.parent
LONG = {"epochs": 10_000, "batch_size": 10}


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    yield tmp_path / "weights"
    progress = runs.progress_of_all()
    if progress and runs.is_training():
        os.kill(progress.pid, signal.SIGKILL)
        until(lambda: not runs.is_training())


def until(happens, seconds=60):
    """Wait until it is true, and return how long that took."""
    began = time.monotonic()
    while not (found := happens()):
        assert time.monotonic() - began < seconds, jobs.current()
        time.sleep(0.05)
    return found and time.monotonic() - began


def epochs(name="mine"):
    return (
        len(run_state.read_run_state(runs.folder(name))["history"]["loss"])
        if name in runs.names()
        else 0
    )


START = f"""
import time
from vae.runs import process as jobs
jobs.start("dense-mini", "mine", {LONG!r})
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
    now = jobs.current()
    assert (now.name, now.preset, now.phase, now.epochs) == (
        "mine",
        "dense-mini",
        "training",
        10_000,
    )
    with pytest.raises(TrainingError, match="'mine' is being trained"):
        jobs.start("dense-mini", "yours", LONG)
    with pytest.raises(TrainingError, match="Stop it first"):
        jobs.delete("mine")

    # It is stopped, and keeps what it has learnt.
    jobs.stop()
    assert until(lambda: jobs.current().phase != "training") < 2
    until(lambda: not runs.is_training())
    assert jobs.current().phase == "stopped"
    (past,) = jobs.past()
    assert (past.name, past.preset, past.finished) == ("mine", "dense-mini", False)
    assert past.train.batch_size == 10
    assert [int(path.stem) for path in past.frames[: past.epochs + 1]] == list(
        range(past.epochs + 1)
    )
    assert vae.models() == ["mine"]
    assert not store.read("mine").card["finished"]

    # It goes on, and is killed.
    before = run_state.read_run_state(runs.folder("mine"))["history"]["loss"]
    jobs.start("dense-mini", "mine", {}, resume=True)
    until(lambda: epochs() >= len(before) + 2)
    os.kill(jobs.current().pid, signal.SIGKILL)
    until(lambda: not runs.is_training())
    assert jobs.current().phase == "stopped"
    assert "from outside" in jobs.current().message
    history = run_state.read_run_state(runs.folder("mine"))["history"]
    assert history["loss"][: len(before)] == before
    assert len({len(figures) for figures in history.values()}) == 1
    assert vae.models() == ["mine"]

    jobs.delete("mine")
    assert jobs.past() == []
    assert vae.models() == []
    assert not (root / "runs" / "mine").exists()


@pytest.mark.usefixtures("root", "small_mnist")
def test_of_two_starts_in_the_same_instant_one_is_refused_in_a_sentence():
    refused = []
    together = threading.Barrier(2)

    def begin(name):
        together.wait()
        try:
            jobs.start("dense-mini", name, LONG)
        except TrainingError as error:
            refused.append((name, str(error)))

    threads = [threading.Thread(target=begin, args=(name,)) for name in ("mine", "yours")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ((loser, words),) = refused
    winner = jobs.current().name
    assert {loser, winner} == {"mine", "yours"}
    assert "is being trained" in words
    assert words.count("\n") == 0
    # Until its second step there is nothing to end cleanly: a stop is at once.
    jobs.stop()
    assert until(lambda: not runs.is_training()) < 10
    assert jobs.current().phase == "stopped"


@pytest.mark.usefixtures("root")
def test_what_cannot_be_started_is_refused_before_anything_runs(monkeypatch):
    with pytest.raises(ConfigError, match="no preset 'nope'"):
        jobs.start("nope", "mine", {})
    with pytest.raises(ConfigError, match="epochs must be"):
        jobs.start("dense-mini", "mine", {"epochs": 0})
    with pytest.raises(ConfigError, match="came with the program"):
        jobs.start("dense-mini", "explorer", {})
    with pytest.raises(ConfigError, match="cannot be called"):
        jobs.start("dense-mini", "../mine", {})
    (store.root() / "mine").mkdir(parents=True)
    with pytest.raises(ConfigError, match="There is a model 'mine' already"):
        jobs.start("dense-mini", "mine", {})
    assert jobs.free_name() == "my-map"
    monkeypatch.setenv("VAE_TRAINING", "off")
    with pytest.raises(TrainingError, match="switched off"):
        jobs.start("dense-mini", "fresh", {})
    assert runs.progress_of_all() is None


@pytest.mark.usefixtures("root", "no_mnist")
def test_a_run_that_fails_at_once_says_why(monkeypatch):
    monkeypatch.setenv("MNIST_NPZ", "/nowhere/mnist.npz")
    jobs.start("dense-mini", "mine", {})
    until(lambda: not runs.is_training())
    now = jobs.current()
    assert now.phase == "failed"
    assert "/nowhere/mnist.npz" in now.message


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("switched", [True, False])
def test_every_setting_arrives_at_the_training(monkeypatch, switched):
    settings = dict.fromkeys(OPTIONS, 3) | {"learning_rate": 1e-05, "beta": 0.0}
    settings |= {"batch_norm": switched, "dropout": 0.25}
    given = []
    monkeypatch.setattr(jobs, "_spawn", lambda command: given.append(command) or (None, None))
    monkeypatch.setattr(jobs, "_await_word", lambda *ignored: None)
    monkeypatch.setattr("vae.runs.run.teach", lambda *arguments, **options: given.append(arguments))
    jobs.start("conv-vae", "mine", settings)
    command = given[0]
    assert main(command[command.index("vae") + 1 :]) == 0
    assert given[1] == ("conv-vae", "mine", settings)


@pytest.mark.skipif(not hasattr(os, "setpriority"), reason="there are no priorities here")
def test_a_training_gives_way_to_the_page_as_a_process_and_as_a_session():
    process = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        jobs._give_way(process.pid)
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == jobs.NICE
        session = Path(f"/proc/{process.pid}/autogroup")
        if session.exists():
            assert session.read_text().endswith(f"nice {jobs.SESSION_NICE}\n")
    finally:
        process.kill()
        process.wait()


@pytest.mark.usefixtures("root")
def test_a_shipped_model_is_never_deleted():
    for name in config.PRESETS:
        with pytest.raises(TrainingError, match="came with the program"):
            jobs.delete(name)


@pytest.mark.usefixtures("root")
def test_a_process_that_died_without_a_word_counts_as_stopped():
    for phase in jobs.ACTIVE:
        with runs.alone(runs.Progress("mine", "explorer", 4711, phase)):
            assert jobs.is_active(jobs.current())
        assert jobs.current().phase == "stopped"
    with runs.alone(runs.Progress("mine", "explorer", 4711, "measuring")):
        assert jobs.current().phase == "measuring"
    assert jobs.current().phase == "done"


@pytest.mark.usefixtures("root")
def test_an_unreadable_word_of_a_run_under_way_does_not_hide_it():
    with runs.alone(runs.Progress("mine", "explorer", 4711, "training")):
        (runs.root() / "training.json").write_text("{half")
        assert jobs.is_active(jobs.current())
        assert "cannot be read" in jobs.current().message
    assert jobs.current() is None
