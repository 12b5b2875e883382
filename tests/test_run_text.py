from dataclasses import replace
from types import SimpleNamespace

import pytest

from vae.config import PRESETS, TrainConfig
from vae.runs.progress import Progress
from vae.runs.record import RunRecord
from vae.store.run_state import HISTORY
from vae.ui import run_text

NOW = Progress("mine", "explorer", 1, "training", "", 2, 9, 234, 468, 41.7, 200.0)


def test_the_status_says_how_far_a_run_is():
    assert run_text.status(NOW) == (
        "Epoch 3 of 9 · step 234 of 468 · 42 steps per second · about 3 minutes left"
    )
    assert run_text.progress_share(NOW) == pytest.approx(2.5 / 9)
    assert "left" not in run_text.status(replace(NOW, seconds_left=None))


@pytest.mark.parametrize("phase", ["starting", "saving"])
def test_every_phase_has_a_status_and_a_share(phase):
    now = Progress("mine", "explorer", 1, phase)
    assert run_text.status(now)
    assert 0 <= run_text.progress_share(now) <= 1


def test_a_duration_is_written_as_people_say_it():
    written = [run_text.duration(seconds) for seconds in (0, 42, 130, 7200)]
    assert written == ["about 5 seconds", "about 40 seconds", "about 2 minutes", "about 2.0 hours"]


def run(reconstruction, kl=(5.0, 5.0), val=None, epochs=9, beta=1.0):
    figures = {key: [1.0, 1.0] for key in HISTORY}
    figures |= {"reconstruction": list(reconstruction), "kl": list(kl)}
    figures |= {"val_reconstruction": list(val or reconstruction), "loss": list(reconstruction)}
    return RunRecord("mine", "explorer", TrainConfig(epochs=epochs, beta=beta), figures, [])


def test_the_trend_of_the_curves_is_a_plain_sentence():
    words = run_text.trend(run((150, 140), (5.0, 5.5)))
    assert words == "The copies are getting sharper; the two numbers carry more information."
    words = run_text.trend(run((140, 139.9), (5.5, 5.5), epochs=2))
    assert words.startswith(
        "At the end the copies hardly change any more; the two numbers carry as"
    )
    words = run_text.trend(run((140, 145), (5.5, 5.0)))
    assert words == "The copies are getting rougher; the two numbers carry less information."
    assert "map" not in run_text.trend(run((150, 140), beta=0.0))
    assert "memorises" in run_text.trend(run((120, 110), val=(125, 125)))
    assert run_text.trend(run((150,))).startswith("The first epoch is done")


def test_one_epoch_that_goes_the_other_way_does_not_turn_the_trend():
    falling = (170, 160, 155, 150, 146, 147)
    assert "getting sharper" in run_text.trend(run(falling))
    assert "hardly change" in run_text.trend(run((140, 141, 140, 140, 141, 140)))


def test_what_to_do_after_a_stop_depends_on_the_epochs_done():
    assert "start again" in run_text.stop_message(run(()))
    assert "after epoch 2" in run_text.stop_message(run((150, 140)))
    assert "Save it" in run_text.stop_message(run((150, 140), epochs=2))


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("my-map", "my-map"),
        ("Mein Bild!", "mein-bild"),
        ("Große Karte", "grosse-karte"),
        ("  --Été 2  ", "ete-2"),
        ("数字", ""),
        ("../x", "x"),
    ],
)
def test_a_slug_is_a_name_that_a_model_can_have(typed, name):
    assert run_text.slug(typed) == name


def test_the_estimate_grows_with_the_work(monkeypatch):
    folder = SimpleNamespace(
        name="explorer", card=SimpleNamespace(history={"seconds": [20.0, 22.0, 21.0]})
    )
    monkeypatch.setattr(run_text.cache, "list_models", lambda: ([folder], {}))
    usual = replace(PRESETS["explorer"].train, epochs=9)
    assert "about 4 minutes" in run_text.estimate("explorer", usual)  # 9 x 21 s and what is around
    assert "about 7 minutes" in run_text.estimate("explorer", replace(usual, epochs=18))
    assert "about 2 minutes" in run_text.estimate("explorer", replace(usual, subset=30_000))
    assert "after the first steps" in run_text.estimate("dense-mse", usual)


def test_settings_name_the_recipe_and_what_differs_from_it():
    usual = replace(run(()), train=PRESETS["explorer"].train)
    assert run_text.settings(usual) == "Recipe *explorer*"
    other = replace(usual, train=replace(usual.train, subset=6000, beta=4.0))
    assert run_text.settings(other) == "Recipe *explorer*, with KL weight 4, digits 6,000"


def test_a_run_that_was_still_improving_could_do_with_more_epochs():
    assert "More epochs could help" in run_text.trend(run((150, 140), epochs=2))
    assert "More epochs" not in run_text.trend(run((150, 140)))
