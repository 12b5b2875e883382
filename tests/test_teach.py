import os
import signal
from contextlib import nullcontext

import pytest

from vae import config
from vae.errors import TrainingError
from vae.runs import progress as runs
from vae.runs import run as teach

TINY = config.Preset(
    "tiny",
    "A tiny model.",
    config.ModelConfig(width=32, frequencies=8),
    config.TrainConfig(epochs=2, batch_size=50),
)


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    monkeypatch.setitem(config.PRESETS, "tiny", TINY)
    monkeypatch.setenv("VAE_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights"


@pytest.mark.usefixtures("small_mnist")
@pytest.mark.parametrize(
    ("error", "phase", "words"),
    [
        (
            TrainingError("The loss is no number. Lower the rate."),
            "failed",
            "The loss is no number",
        ),
        (KeyboardInterrupt(), "stopped", "asked to stop"),
        (RuntimeError("a bug"), "failed", "see its log"),
    ],
    ids=["came apart", "stopped", "a bug"],
)
def test_however_it_ends_others_are_told_and_the_next_can_begin(monkeypatch, error, phase, words):
    def end(*arguments, **options):
        assert runs.is_training()
        raise error

    monkeypatch.setattr("vae.training.fit.fit", end)
    for _ in range(2):
        with pytest.raises(type(error)):
            teach.teach("tiny", "mine", {})
        told = runs.progress_of_all()
        assert (told.name, told.preset, told.phase) == ("mine", "tiny", phase)
        assert words in told.message
        assert not runs.is_training()


def test_settings_out_of_bounds_are_refused_before_anything_is_told():
    with pytest.raises(config.ConfigError):
        teach.teach("tiny", "mine", {"epochs": 0})
    assert runs.progress_of_all() is None


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no such signals to itself")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_for_a_clean_end_once_there_is_something_to_end(number):
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    with teach._both_signals(), teach._clean_end() as should_stop:
        assert not should_stop()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
        assert not should_stop()
        os.kill(os.getpid(), number)
        assert should_stop()
        with pytest.raises(KeyboardInterrupt) if number == signal.SIGINT else nullcontext():
            os.kill(os.getpid(), number)
    assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)] == before
