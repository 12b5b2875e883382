import json
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from vae.errors import StorageError, TrainingError
from vae.runs import progress
from vae.runs.progress import (
    Phase,
    Progress,
    is_training,
    read_progress,
    training_lock,
    write_progress,
)

MINE = Progress("mine", "explorer", 4711, Phase.TRAINING, epoch=2, epochs=9, step=30, steps=469)


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_WEIGHTS", str(tmp_path))
    return tmp_path / "runs"


def test_what_is_told_is_read_by_others(root):
    with training_lock(MINE):
        assert read_progress() == MINE
        later = replace(MINE, step=60, steps_per_second=41.5, seconds_left=12.0)
        write_progress(later)
        assert read_progress() == later
    assert [path.name for path in root.iterdir() if path.name.startswith(".")] == []


def test_only_one_trains_and_the_other_is_told_who(monkeypatch):
    monkeypatch.setattr(progress, "LOCK_TIMEOUT", 0.1)
    assert not is_training()
    with training_lock(MINE):
        assert is_training()
        with (
            pytest.raises(TrainingError, match="'mine' is being trained"),
            training_lock(replace(MINE, name="yours")),
        ):
            pytest.fail("two at once")
        assert read_progress() == MINE
    assert not is_training()
    with training_lock(replace(MINE, name="yours")):
        assert read_progress().name == "yours"


def test_the_system_lets_the_lock_go_when_its_holder_is_killed(root):
    hold = """
import time
from vae.runs.progress import Phase, Progress, training_lock
with training_lock(Progress("mine", "explorer", 4711, Phase.TRAINING)):
    print("held", flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        assert is_training()
        holder.kill()
        holder.wait()
    assert not is_training()
    with training_lock(MINE):
        pass


def test_a_folder_that_cannot_be_written_is_a_sentence(root, monkeypatch):
    def refuse(self, **options):
        raise PermissionError(13, "Permission denied", "training.lock")

    monkeypatch.setattr(progress.FileLock, "acquire", refuse)
    with (
        pytest.raises(StorageError, match=r"training\.lock may not be written"),
        training_lock(MINE),
    ):
        pytest.fail("begun")


def test_two_who_only_look_do_not_take_each_other_for_a_training(root):
    root.mkdir(parents=True)
    lock = progress.FileLock(root / "training.lock", thread_local=False)
    lock.acquire()
    release = threading.Timer(progress.LOCK_PROBE / 2, lock.release)
    release.start()
    assert not is_training()
    release.join()


def test_looking_whether_somebody_trains_makes_nothing(root):
    assert not is_training()
    assert read_progress() is None
    assert not root.exists()


DAMAGES = {
    "empty": b"",
    "half": b'{"name": "mi',
    "binary": b"\xff\x00\x81",
    "a list": b"[1, 2]",
    "an unknown phase": json.dumps({**vars(MINE), "phase": "measuring"}).encode(),
    "too little": json.dumps({"name": "mine"}).encode(),
    "too much": json.dumps({**vars(MINE), "extra": 1}).encode(),
    "text for a number": json.dumps({**vars(MINE), "epoch": "2"}).encode(),
    "a newline after the name": json.dumps({**vars(MINE), "name": "mine\n"}).encode(),
    "a path for a name": json.dumps({**vars(MINE), "name": "../x"}).encode(),
    "everybody's process": json.dumps({**vars(MINE), "pid": -1}).encode(),
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("content", DAMAGES.values(), ids=DAMAGES)
def test_a_corrupted_progress_file_is_as_none(root, content):
    root.mkdir(parents=True)
    (root / "training.json").write_bytes(content)
    assert read_progress() is None
