from dataclasses import replace
from types import SimpleNamespace

import pytest

from vae.config import PRESETS
from vae.runs import FIGURES, Progress
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


def history(reconstruction, kl=(5.0, 5.0), val=None):
    figures = {key: [1.0, 1.0] for key in FIGURES}
    return figures | {
        "reconstruction": list(reconstruction),
        "kl": list(kl),
        "val_reconstruction": list(val or reconstruction),
    }


def test_the_curves_are_read_in_a_plain_sentence():
    said = progress.verdict(history((150, 140), (5.0, 5.5)), True)
    assert said == "The redraws are getting sharper; the map is still spreading."
    said = progress.verdict(history((140, 139.9), (5.5, 5.5)), True)
    assert said == "The redraws hardly change any more; the map keeps its size."
    said = progress.verdict(history((140, 145), (5.5, 5.0)), True)
    assert said == "The redraws got rougher just now; the map is drawing together."
    assert "map" not in progress.verdict(history((150, 140)), False)
    assert "by heart" in progress.verdict(history((120, 110), val=(125, 125)), True)
    assert progress.verdict(history((150,)), True).startswith("The first epoch is done")


def test_the_guess_grows_with_the_work(monkeypatch):
    folder = SimpleNamespace(name="explorer", card={"history": {"seconds": [20.0, 22.0, 21.0]}})
    monkeypatch.setattr(progress.cache, "survey", lambda: ([folder], {}))
    usual = PRESETS["explorer"].train
    assert "about 4 minutes" in progress.guess("explorer", usual)  # 9 x 21 s and what is around
    assert "about 7 minutes" in progress.guess("explorer", replace(usual, epochs=18))
    assert "about 2 minutes" in progress.guess("explorer", replace(usual, subset=30_000))
    assert "not known" in progress.guess("dense-mse", usual)
