from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import MADE
from vae import config
from vae.errors import TrainingError
from vae.runs import process
from vae.runs.progress import Phase, Progress
from vae.runs.record import RunRecord
from vae.store import run_state
from vae.ui import cache, run_list, train_form
from vae.ui.components import timeline
from vae.ui.pages import train as train_page

pytestmark = pytest.mark.usefixtures("fresh_caches", "weights")

APP = """
from vae.ui.pages import train
train.page(None)
"""


@pytest.fixture
def started(monkeypatch):
    """The arguments of every run that the page starts, which none is."""
    calls = []
    monkeypatch.setattr(process, "start", lambda *arguments: calls.append(arguments))
    return calls


@pytest.fixture
def past(monkeypatch):
    """The runs that the page finds, to be filled by the test."""
    runs = []
    monkeypatch.setattr(run_list, "list_runs", lambda: runs)
    monkeypatch.setattr(
        train_page, "get_run", lambda name: {run.name: run for run in runs}.get(name)
    )
    return runs


@pytest.fixture
def now(monkeypatch):
    """The progress of the run under way, to be set by the test as `now.progress`."""
    now = SimpleNamespace(progress=None)
    monkeypatch.setattr(process, "current_progress", lambda: now.progress)
    return now


def visit():
    page = AppTest.from_string(APP, default_timeout=60).run()
    assert not page.exception
    return page


def words(page):
    return "\n".join(
        e.value for kind in ("markdown", "caption", "info", "warning") for e in page.get(kind)
    )


def button(page, label):
    return next(one for one in page.button if one.label == label)


def a_run(name="mine", done=2, **changes):
    history = {figure: [5.0 - i for i in range(done)] for figure in run_state.HISTORY}
    train = replace(config.PRESETS["dense-bce"].train, **changes)
    return RunRecord(name, "dense-bce", train, history, [])


def test_a_newcomer_is_offered_the_quick_recipe_with_its_settings_and_a_name():
    page = visit()
    assert page.selectbox(key="recipe").value == "explorer-quick"
    assert page.selectbox(key="recipe").options == [config.label(name) for name in config.PRESETS]
    usual = config.PRESETS["explorer-quick"].train
    for key in train_form.LABELS:
        number = page.number_input(key=f"{key}-explorer-quick")
        assert number.value == getattr(usual, key)
        assert (number.min, number.max) == config.bounds(key)
    assert page.text_input(key="run-name").value == "my-map"
    assert config.PRESETS["explorer-quick"].description in words(page)
    assert "Your map will appear here" in words(page)


def test_start_hands_over_the_recipe_the_name_and_only_what_was_changed(started):
    page = visit()
    page.selectbox(key="recipe").set_value("dense-bce").run()
    page.number_input(key="epochs-dense-bce").set_value(3)
    page.number_input(key="beta-dense-bce").set_value(2.0)
    page.text_input(key="run-name").set_value("Mine!")
    button(page, "Start").click().run()
    assert started == [("dense-bce", "mine", {"epochs": 3, "beta": 2.0}, False)]


def test_a_convolutional_recipe_has_two_switches_more(started):
    page = visit()
    assert not page.checkbox
    page.selectbox(key="recipe").set_value("conv-ae").run()
    for key in ("batch_norm", "dropout"):
        page.checkbox(key=f"{key}-conv-ae").check()
    button(page, "Start").click().run()
    assert started[0][2] == {"batch_norm": True, "dropout": 0.25}


def test_a_mistake_is_a_sentence_on_the_page():
    page = visit()
    page.text_input(key="run-name").set_value("할머니").run()
    assert "Use the letters a-z and digits" in words(page)
    assert button(page, "Start").disabled
    page.text_input(key="run-name").set_value("explorer").run()
    button(page, "Start").click().run()
    assert "came with the program" in page.error[0].value
    assert not page.exception


def test_every_visitor_sees_the_run_under_way_and_can_stop_it(now, monkeypatch):
    stopped = []
    monkeypatch.setattr(process, "stop", lambda: stopped.append(1))
    now.progress = Progress(
        "theirs", "conv-ae", 4711, Phase.TRAINING, "", 2, 9, 30, 60, 20.0, 130.0
    )
    page = visit()
    assert "**theirs** is being trained" in words(page)
    assert "Start" not in [one.label for one in page.button]
    button(page, "Stop").click().run()
    assert stopped == [1]
    assert "The training so far is saved" in words(page)
    assert button(page, "Stop").disabled


@pytest.mark.parametrize("phase", ["stopped", "failed"])
def test_the_page_says_how_a_run_ended_and_what_to_do(now, past, started, phase):
    now.progress = Progress("mine", "dense-bce", 4711, phase, "the loss is no longer finite.")
    past.append(a_run())
    page = visit()
    sentence = "the loss is no longer finite" if phase == "failed" else "after epoch 2"
    assert sentence in words(page)
    assert page.selectbox(key="run-box").options == ["mine · 2 of 10 epochs", MADE]
    button(page, "Resume").click().run()
    assert started == [("dense-bce", "mine", {}, True)]


def test_a_finished_run_is_not_resumed_but_explored_and_downloaded(past):
    past.append(a_run(MADE, done=10))
    page = visit()
    labels = [one.label for one in page.button]
    assert "Explore this map" in labels
    assert "Resume" not in labels
    assert page.get("download_button")


def test_deleting_asks_first_and_says_why_it_fails(past, monkeypatch):
    past.append(a_run())
    deleted = []
    monkeypatch.setattr(process, "delete", deleted.append)
    page = visit()
    button(page, "Yes, delete it").click().run()
    assert deleted == ["mine"]
    assert [toast.value for toast in page.toast] == ["**mine** is deleted."]
    assert not page.run().toast

    def refuse(name):
        raise TrainingError("Stop it first.")

    monkeypatch.setattr(process, "delete", refuse)
    page = visit()
    button(page, "Yes, delete it").click().run()
    assert page.error[0].value == "Stop it first."


def test_a_server_where_training_is_off_says_so_and_offers_none(monkeypatch, past):
    monkeypatch.setenv("VAE_TRAINING", "off")
    past.append(a_run())
    page = visit()
    assert "Training is switched off on this server" in words(page)
    assert {one.label for one in page.button} == set()
    assert not page.get("file_uploader")
    with pytest.raises(TrainingError, match="switched off"):
        process.delete("mine")
    with pytest.raises(TrainingError, match="switched off"):
        process.stop()


def test_a_downloaded_model_can_be_uploaded():
    from vae.store import archive

    page = visit()
    page.file_uploader[0].set_value(("map.zip", archive.export_zip(MADE), "application/zip")).run()
    assert page.toast[0].value.startswith(f"**{MADE}-2** was added")
    assert cache.model(f"{MADE}-2") is not None
    assert page.selectbox(key="run-box").value == f"{MADE}-2"
    assert "There is no timeline for this map" in words(page)
    assert page.get("download_button")
    button(page, "Yes, delete it").click().run()
    assert cache.model(f"{MADE}-2") is None
    assert page.selectbox(key="run-box").value is None
    page.file_uploader[0].set_value(("map.zip", b"no zip", "application/zip")).run()
    assert "cannot be imported as a model" in page.error[0].value
    assert not page.exception


@pytest.fixture
def snapshots(tmp_path):
    """Files of three snapshots, the second damaged."""
    paths = [tmp_path / f"{epoch:04d}.npz" for epoch in range(3)]
    picture = np.zeros((10, 28, 28), np.uint8)
    for path in paths:
        code = np.full((20, 2), 1.5, np.float32)
        np.savez(path, code=code, label=np.zeros(20, np.uint8), digit=picture, redraw=picture)
    paths[1].write_bytes(b"half a snapshot")
    return paths


def test_the_timeline_shows_valid_snapshots_and_of_a_run_under_way_whole_epochs(
    past, now, monkeypatch, snapshots
):
    sent = []
    monkeypatch.setattr(timeline, "_mount", lambda data, **options: sent.append(data))
    past.append(replace(a_run(done=1), snapshots=snapshots))
    visit()
    assert [snapshot["epoch"] for snapshot in sent[-1]["snapshots"]] == [0, 2]
    assert (sent[-1]["epochs_done"], sent[-1]["epochs"], sent[-1]["is_live"]) == (1, 10, False)
    assert sent[-1]["run"].startswith("mine-")
    now.progress = Progress("mine", "dense-bce", 4711, "training", epochs=10)
    visit()
    assert [snapshot["epoch"] for snapshot in sent[-1]["snapshots"]] == [0]  # 2 was broken off
    assert sent[-1]["is_live"]


def test_the_invented_digits_have_an_alternative_text(past):
    past.append(a_run(MADE, done=10))
    (strip,) = visit().get("html")
    assert 'alt="Ten digits that the machine invented"' in strip.value


def test_the_form_remembers_what_was_trained_last(started, now, monkeypatch):
    page = visit()
    page.selectbox(key="recipe").set_value("dense-bce").run()
    page.number_input(key="epochs-dense-bce").set_value(3)
    button(page, "Start").click().run()
    now.progress = Progress("mine", "dense-bce", 4711, "training", epochs=3)
    page.run()
    assert not page.number_input
    now.progress = None
    page.run()
    assert page.selectbox(key="recipe").value == "dense-bce"
    assert page.number_input(key="epochs-dense-bce").value == 3


def test_a_machine_without_the_digits_is_told_of_the_download():
    assert "are downloaded first" in words(visit())
