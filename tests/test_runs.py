import json
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from vae.errors import ConfigError, StorageError, TrainingError
from vae.runs import progress as runs
from vae.runs.progress import Progress
from vae.store import run_state

MINE = Progress("mine", "explorer", 4711, "training", epoch=2, epochs=9, step=30, steps=469)


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_WEIGHTS", str(tmp_path))
    return tmp_path / "runs"


def test_what_is_told_is_read_by_others(root):
    with runs.alone(MINE):
        assert runs.progress_of_all() == MINE
        later = replace(MINE, step=60, steps_per_second=41.5, seconds_left=12.0)
        runs.tell(later)
        assert runs.progress_of_all() == later
    assert [path.name for path in root.iterdir() if path.name.startswith(".")] == []


def test_only_one_trains_and_the_other_is_told_who(monkeypatch):
    monkeypatch.setattr(runs, "PATIENCE", 0.1)
    assert not runs.is_training()
    with runs.alone(MINE):
        assert runs.is_training()
        with (
            pytest.raises(TrainingError, match="'mine' is being trained"),
            runs.alone(replace(MINE, name="yours")),
        ):
            pytest.fail("two at once")
        assert runs.progress_of_all() == MINE
    assert not runs.is_training()
    with runs.alone(replace(MINE, name="yours")):
        assert runs.progress_of_all().name == "yours"


def test_the_system_lets_the_lock_go_when_its_holder_is_killed(root):
    hold = "from vae.runs import progress as runs; import time\n"
    hold += f"with runs.alone(runs.{MINE!r}): print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        assert runs.is_training()
        holder.kill()
        holder.wait()
    assert not runs.is_training()
    with runs.alone(MINE):
        pass


def test_a_folder_that_cannot_be_written_is_a_sentence(root, monkeypatch):
    def refuse(self, **options):
        raise PermissionError(13, "Permission denied", "training.lock")

    monkeypatch.setattr(runs.FileLock, "acquire", refuse)
    with pytest.raises(StorageError, match=r"training\.lock may not be written"), runs.alone(MINE):
        pytest.fail("begun")


def test_two_who_only_look_do_not_take_each_other_for_a_training(root):
    root.mkdir(parents=True)
    lock = runs.FileLock(root / "training.lock", thread_local=False)
    lock.acquire()
    release = threading.Timer(runs.GLANCE / 2, lock.release)
    release.start()
    assert not runs.is_training()
    release.join()


def test_looking_whether_somebody_trains_makes_nothing(root):
    assert not runs.is_training()
    assert runs.progress_of_all() is None
    assert runs.names() == []
    assert not root.exists()


DAMAGES = {
    "empty": b"",
    "half": b'{"schema": 1, "na',
    "binary": b"\xff\x00\x81",
    "a list": b"[1, 2]",
    "another schema": json.dumps({"schema": 2, **vars(MINE)}).encode(),
    "too little": json.dumps({"schema": 1, "name": "mine"}).encode(),
    "too much": json.dumps({"schema": 1, **vars(MINE), "extra": 1}).encode(),
    "text for a number": json.dumps({"schema": 1, **vars(MINE), "epoch": "2"}).encode(),
    "a path for a name": json.dumps({"schema": 1, **vars(MINE), "name": "../x"}).encode(),
    "everybody's process": json.dumps({"schema": 1, **vars(MINE), "pid": -1}).encode(),
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("content", DAMAGES.values(), ids=DAMAGES)
def test_a_corrupted_progress_file_is_as_none(root, content):
    root.mkdir(parents=True)
    (root / "training.json").write_bytes(content)
    assert runs.progress_of_all() is None


def test_a_run_is_in_the_list_once_it_has_a_record(root):
    for name in ("b-run", "a-run", "replaced"):
        (root / name).mkdir(parents=True)
    for name in ("b-run", "a-run"):
        (root / name / run_state.STATE).write_text("{}")
    assert runs.names() == ["a-run", "b-run"]


def test_a_run_cannot_be_called_just_anything(root):
    assert runs.folder("mine") == root / "mine"
    with pytest.raises(ConfigError):
        runs.folder("../mine")
