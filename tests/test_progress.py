from dataclasses import replace
from types import SimpleNamespace

import pytest

from vae.config import PRESETS, TrainConfig
from vae.runs.progress import Progress
from vae.runs.record import RunRecord
from vae.store.run_state import HISTORY
from vae.ui import progress

NOW = Progress("mine", "explorer", 1, "training", "", 2, 9, 234, 468, 41.7, 200.0)


def test_a_line_says_where_a_run_is():
    assert progress.words(NOW) == (
        "Epoch 3 of 9 · step 234 of 468 · 42 steps a second · about 3 minutes left"
    )
    assert progress.share(NOW) == pytest.approx(2.5 / 9)
    assert "left" not in progress.words(replace(NOW, seconds_left=None))


@pytest.mark.parametrize("phase", ["starting", "saving"])
def test_every_phase_has_words_and_a_share(phase):
    now = Progress("mine", "explorer", 1, phase)
    assert progress.words(now)
    assert 0 <= progress.share(now) <= 1


def test_a_stretch_of_time_is_said_as_people_say_it():
    said = [progress.time(seconds) for seconds in (0, 42, 130, 7200)]
    assert said == ["about 5 seconds", "about 40 seconds", "about 2 minutes", "about 2.0 hours"]


def run(reconstruction, kl=(5.0, 5.0), val=None, epochs=9, beta=1.0):
    figures = {key: [1.0, 1.0] for key in HISTORY}
    figures |= {"reconstruction": list(reconstruction), "kl": list(kl)}
    figures |= {"val_reconstruction": list(val or reconstruction), "loss": list(reconstruction)}
    return RunRecord("mine", "explorer", TrainConfig(epochs=epochs, beta=beta), figures, [])


def test_the_curves_are_read_in_a_plain_sentence():
    said = progress.verdict(run((150, 140), (5.0, 5.5)))
    assert said == "The redraws are getting sharper; the map is still spreading."
    said = progress.verdict(run((140, 139.9), (5.5, 5.5), epochs=2))
    assert said == "At the end the redraws hardly change any more; the map keeps its size."
    said = progress.verdict(run((140, 145), (5.5, 5.0)))
    assert said == "The redraws are getting rougher; the map is drawing together."
    assert "map" not in progress.verdict(run((150, 140), beta=0.0))
    assert "by heart" in progress.verdict(run((120, 110), val=(125, 125)))
    assert progress.verdict(run((150,))).startswith("The first epoch is done")


def test_one_epoch_that_goes_the_other_way_does_not_turn_the_verdict():
    falling = (170, 160, 155, 150, 146, 147)
    assert "getting sharper" in progress.verdict(run(falling))
    assert "hardly change" in progress.verdict(run((140, 141, 140, 140, 141, 140)))


def test_what_to_do_about_a_stopped_run_depends_on_how_far_it_came():
    assert "begins again" in progress.remedy(run(()))
    assert "after its epoch 2" in progress.remedy(run((150, 140)))
    assert "Save it" in progress.remedy(run((150, 140), epochs=2))


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("my-map", "my-map"),
        ("Mein Bild!", "mein-bild"),
        ("Große Karte", "grosse-karte"),
        ("  --Été 2  ", "ete-2"),
        ("数字", ""),
        ("../x", "x"),
    ],
)
def test_a_name_is_made_one_that_a_model_can_have(given, name):
    assert progress.plain(given) == name


def test_the_guess_grows_with_the_work(monkeypatch):
    folder = SimpleNamespace(
        name="explorer", card=SimpleNamespace(history={"seconds": [20.0, 22.0, 21.0]})
    )
    monkeypatch.setattr(progress.cache, "survey", lambda: ([folder], {}))
    usual = PRESETS["explorer"].train
    assert "about 4 minutes" in progress.guess("explorer", usual)  # 9 x 21 s and what is around
    assert "about 7 minutes" in progress.guess("explorer", replace(usual, epochs=18))
    assert "about 2 minutes" in progress.guess("explorer", replace(usual, subset=30_000))
    assert "not known" in progress.guess("dense-mse", usual)
