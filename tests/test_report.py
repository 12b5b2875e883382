import numpy as np
import pytest

from vae import runs
from vae.config import ModelConfig, TrainConfig
from vae.training import report
from vae.training.fit import fit

STARTING = runs.Progress("a-run", "tiny", 4711, "starting")
TRAIN = TrainConfig(epochs=2, amortized_epochs=9, batch_size=50, learning_rate=4e-3)


@pytest.fixture
def reported(digits, other_digits, tmp_path, monkeypatch):
    """Two epochs of six steps, by a clock that goes on by a tenth of a second every time."""
    monkeypatch.setenv("VAE_WEIGHTS", str(tmp_path))
    told = []
    monkeypatch.setattr(runs, "tell", told.append)
    ticks = iter(np.arange(0, 100, 0.1))
    reporter = report.Reporter(STARTING, other_digits, clock=lambda: next(ticks))
    model = ModelConfig(width=32, frequencies=8)
    run = fit("a-run", model, TRAIN, digits, other_digits, reporter=reporter, verbose=False)
    return told, run


def test_it_tells_where_the_run_is_but_not_at_every_step(reported):
    told, _ = reported
    assert 2 <= len(told) <= 4  # 12 steps, a tenth of a second each
    assert {one.phase for one in told} == {"training"}
    assert {(one.epochs, one.steps) for one in told} == {(2, 6)}
    places = [(one.epoch, one.step) for one in told]
    assert places == sorted(places)
    later = told[-1]
    assert later.steps_per_second == pytest.approx(10, rel=0.3)
    left = (2 - later.epoch - later.step / 6) * 6
    assert later.seconds_left == pytest.approx(left / later.steps_per_second, rel=0.05)


def test_a_frame_is_the_map_before_learning_and_after_each_epoch(reported, other_digits, tmp_path):
    _, run = reported
    frames = sorted((tmp_path / "runs" / "a-run" / runs.FRAMES).iterdir())
    assert [path.name for path in frames] == ["0000.npz", "0001.npz", "0002.npz"]
    with np.load(frames[-1], allow_pickle=False) as last:
        images = (other_digits.images[..., None] / 255).astype("f4")
        codes = np.array(run.vae.encoder(images)["mean"])
        np.testing.assert_allclose(last["code"], codes, atol=1e-5)
        np.testing.assert_array_equal(last["label"], other_digits.labels)
        assert last["digit"].shape == last["redraw"].shape == (10, 28, 28)
        np.testing.assert_array_equal(last["digit"], other_digits.images[:10])
        redraws = 1 / (1 + np.exp(-np.array(run.vae.decoder(codes[:10]))[..., 0]))
        np.testing.assert_allclose(last["redraw"] / 255, redraws, atol=0.003)
