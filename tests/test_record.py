import json
import os
from dataclasses import asdict, replace

import pytest

from vae.config import PRESETS
from vae.errors import ConfigError
from vae.runs.record import get_run, list_runs, run_folder
from vae.store.run_state import HISTORY, SCHEMA, SNAPSHOTS, STATE


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_WEIGHTS", str(tmp_path))
    return tmp_path / "runs"


def write_run(name, preset="explorer", modified=None, **changes):
    train = replace(PRESETS[preset].train, beta=0.0)
    state = {
        "schema": SCHEMA,
        "preset": preset,
        "model": asdict(PRESETS[preset].model),
        "train": asdict(train),
        "checkpoint": "epoch-0002.npz",
        "sha256": "0" * 64,
        "history": {figure: [2.0, 1.0] for figure in HISTORY},
    }
    folder = run_folder(name)
    (folder / SNAPSHOTS).mkdir(parents=True)
    (folder / STATE).write_text(json.dumps(state | changes))
    if modified:
        os.utime(folder / STATE, (modified, modified))
    return train


@pytest.mark.parametrize("preset", PRESETS)
def test_a_run_of_any_preset_with_beta_0_keeps_its_preset_and_settings(preset):
    train = write_run("mine", preset)
    run = get_run("mine")
    assert (run.preset, run.train) == (preset, train)
    assert (run.epochs, run.is_finished) == (2, train.epochs <= 2)


def test_the_latest_run_comes_first_and_a_damaged_one_is_left_out(root):
    for modified, name in enumerate(("old", "new", "newest"), start=1):
        write_run(name, modified=modified)
    write_run("damaged", schema=1)
    write_run("odd", history={"loss": [1.0]})
    (root / "empty").mkdir()
    assert [run.name for run in list_runs()] == ["newest", "new", "old"]
    assert get_run("damaged") is get_run("empty") is get_run("gone") is get_run("../old") is None


def test_the_snapshots_of_a_run_come_in_their_order(root):
    write_run("mine")
    for name in ("0001.npz", "0000.npz", ".0002.npz"):
        (root / "mine" / SNAPSHOTS / name).write_bytes(b"")
    assert [path.name for path in get_run("mine").snapshots] == ["0000.npz", "0001.npz"]


def test_without_runs_the_list_is_empty_and_nothing_is_made(root):
    assert list_runs() == []
    assert not root.exists()


def test_a_run_cannot_be_called_just_anything():
    with pytest.raises(ConfigError):
        run_folder("../mine")
