import os
import signal
from contextlib import nullcontext

import pytest

from vae import config
from vae.errors import TrainingError
from vae.runs import run
from vae.runs.progress import is_training, read_progress
from vae.runs.record import get_run
from vae.runs.run import run_training
from vae.store.folder import read_model

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
        (TrainingError("The loss is not finite."), "failed", "The loss is not finite"),
        (KeyboardInterrupt(), "stopped", "asked to stop"),
        (RuntimeError("a bug"), "failed", "see its log"),
    ],
    ids=["came apart", "stopped", "a bug"],
)
def test_however_it_ends_others_are_told_and_the_next_can_begin(monkeypatch, error, phase, words):
    def end(*arguments, **options):
        assert is_training()
        raise error

    monkeypatch.setattr("vae.training.fit.fit", end)
    for _ in range(2):
        with pytest.raises(type(error)):
            run_training("tiny", "mine", {})
        told = read_progress()
        assert (told.name, told.preset, told.phase) == ("mine", "tiny", phase)
        assert words in told.message
        assert not is_training()


@pytest.mark.usefixtures("small_mnist", "copied_networks", "coarse")
def test_a_run_is_resumed_with_its_own_preset_alone():
    run_training("tiny", "mine", {"beta": 0.0}, target_elbo=-1e9)
    assert get_run("mine").preset == "tiny"
    with pytest.raises(TrainingError, match="begun with the preset 'tiny', not 'explorer'"):
        run_training("explorer", "mine", {}, resume=True)
    run_training("tiny", "mine", {}, resume=True)
    card = read_model("mine").card
    assert (card.preset, card.description, card.train.beta) == ("tiny", TINY.description, 0)


def test_settings_out_of_bounds_are_refused_before_anything_is_told():
    with pytest.raises(config.ConfigError):
        run_training("tiny", "mine", {"epochs": 0})
    assert read_progress() is None


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no such signals to itself")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_for_a_clean_end_once_there_is_something_to_end(number):
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    with run._sigterm_as_interrupt(), run._clean_stop() as should_stop:
        assert not should_stop()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
        assert not should_stop()
        os.kill(os.getpid(), number)
        assert should_stop()
        with pytest.raises(KeyboardInterrupt) if number == signal.SIGINT else nullcontext():
            os.kill(os.getpid(), number)
    assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)] == before
