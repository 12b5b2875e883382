import numpy as np
import pytest

from vae.config import ModelConfig, TrainConfig
from vae.store import run_state
from vae.training.callbacks import ProgressReporter
from vae.training.fit import fit
from vae.training.model import VAE

SMALL = ModelConfig(width=32, frequencies=8)
TRAIN = TrainConfig(epochs=2, amortized_epochs=9, batch_size=50, learning_rate=4e-3)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "runs" / "a-run"


@pytest.fixture
def train(digits, other_digits, folder):
    """Two epochs of six steps, by a clock that goes on by a tenth of a second at every look."""

    def train(**options):
        reports = []
        ticks = iter(np.arange(0, 100, 0.1))
        reporter = ProgressReporter(
            lambda **report: reports.append(report),
            folder,
            other_digits,
            clock=lambda: next(ticks),
        )
        options |= {"reporter": reporter, "verbose": False}
        return reports, fit(folder, "tiny", SMALL, TRAIN, digits, other_digits, **options)

    return train


def snapshots(folder):
    return sorted((folder / run_state.SNAPSHOTS).iterdir())


def assert_is_the_map(snapshot, run, digits):
    with np.load(snapshot, allow_pickle=False) as arrays:
        images = (digits.images[..., None] / 255).astype("f4")
        np.testing.assert_allclose(arrays["code"], run.vae.encoder(images)["mean"], atol=1e-5)


def stop_at(call):
    """Return a should_stop that is true from that call on, counted from 0."""
    calls = iter(range(100))
    return lambda: next(calls) >= call


def test_progress_is_reported_but_not_at_every_step(train):
    reports, _ = train()
    assert 2 <= len(reports) <= 4  # 12 steps, a tenth of a second each
    assert {report["steps"] for report in reports} == {6}
    places = [(report["epoch"], report["step"]) for report in reports]
    assert places == sorted(places)
    last = reports[-1]
    assert last["steps_per_second"] == pytest.approx(10, rel=0.3)
    steps_left = (2 - last["epoch"]) * 6 - last["step"]
    assert last["seconds_left"] == pytest.approx(steps_left / last["steps_per_second"], rel=0.05)


def test_a_slow_first_step_does_not_raise_the_time_left(other_digits, folder):
    reports = []
    times = iter([0, 30, 30.6])
    reporter = ProgressReporter(
        lambda **report: reports.append(report), folder, other_digits, clock=lambda: next(times)
    )
    reporter.set_model(VAE(SMALL, TrainConfig(epochs=1)))
    reporter.set_params({"steps": 100})
    reporter.epoch = 0
    for batch in range(3):
        reporter.on_train_batch_begin(batch)
    assert [report["seconds_left"] for report in reports[:2]] == [None, None]
    assert reports[-1]["seconds_left"] == pytest.approx(98 * 0.6, abs=1)


def test_a_snapshot_is_the_map_before_training_and_after_each_epoch(train, other_digits, folder):
    _, run = train()
    assert [path.name for path in snapshots(folder)] == ["0000.npz", "0001.npz", "0002.npz"]
    assert_is_the_map(snapshots(folder)[-1], run, other_digits)
    with np.load(snapshots(folder)[-1], allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["label"], other_digits.labels)
        assert arrays["digit"].shape == arrays["redraw"].shape == (10, 28, 28)
        np.testing.assert_array_equal(arrays["digit"], other_digits.images[:10])
        redraws = 1 / (1 + np.exp(-np.array(run.vae.decoder(arrays["code"][:10]))[..., 0]))
        np.testing.assert_allclose(arrays["redraw"] / 255, redraws, atol=0.003)


@pytest.mark.parametrize(
    ("call", "count"),
    [(3, 2), (6, 2), (7, 2), (8, 3)],
    ids=["step 3", "validation", "none", "8"],
)
def test_an_epoch_that_was_broken_off_leaves_a_snapshot_too(
    train, other_digits, folder, call, count
):
    _, run = train(should_stop=stop_at(call))
    assert run.stop_reason
    assert len(snapshots(folder)) == count
    assert_is_the_map(snapshots(folder)[-1], run, other_digits)


def test_a_resumed_epoch_replaces_the_snapshot_of_the_one_broken_off(train, other_digits, folder):
    train(should_stop=stop_at(9))
    _, run = train(resume=True)
    assert [path.stem for path in snapshots(folder)] == ["0000", "0001", "0002"]
    assert_is_the_map(snapshots(folder)[-1], run, other_digits)
