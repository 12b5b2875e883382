from types import SimpleNamespace

import numpy as np
import pytest

from vae.config import ModelConfig, TrainConfig
from vae.store import run_state
from vae.training import callbacks as report
from vae.training.fit import fit

TRAIN = TrainConfig(epochs=2, amortized_epochs=9, batch_size=50, learning_rate=4e-3)


@pytest.fixture
def train(digits, other_digits, tmp_path):
    """Two epochs of six steps, by a clock that goes on by a tenth of a second every time."""
    told = []

    def train(**options):
        ticks = iter(np.arange(0, 100, 0.1))
        reporter = report.ProgressReporter(
            note(told), folder(tmp_path), other_digits, clock=lambda: next(ticks)
        )
        model = ModelConfig(width=32, frequencies=8)
        options |= {"reporter": reporter, "verbose": False}
        return told, fit(folder(tmp_path), "tiny", model, TRAIN, digits, other_digits, **options)

    return train


@pytest.fixture
def reported(train):
    return train()


def assert_is_the_map(frame, run, digits):
    with np.load(frame, allow_pickle=False) as last:
        images = (digits.images[..., None] / 255).astype("f4")
        np.testing.assert_allclose(last["code"], run.vae.encoder(images)["mean"], atol=1e-5)


def note(told):
    return lambda **figures: told.append(SimpleNamespace(**figures))


def folder(root):
    return root / "runs" / "a-run"


def frames(root):
    return sorted((folder(root) / run_state.SNAPSHOTS).iterdir())


def test_it_tells_where_the_run_is_but_not_at_every_step(reported):
    told, _ = reported
    assert 2 <= len(told) <= 4  # 12 steps, a tenth of a second each
    assert {one.steps for one in told} == {6}
    places = [(one.epoch, one.step) for one in told]
    assert places == sorted(places)
    later = told[-1]
    assert later.steps_per_second == pytest.approx(10, rel=0.3)
    left = (2 - later.epoch - later.step / 6) * 6
    assert later.seconds_left == pytest.approx(left / later.steps_per_second, rel=0.05)


def test_a_slow_first_step_does_not_make_the_rest_look_long(other_digits, tmp_path):
    told = []
    times = iter([0, 30, 30.6])
    reporter = report.ProgressReporter(
        note(told), tmp_path, other_digits, clock=lambda: next(times)
    )
    reporter.set_params({"steps": 100})
    reporter.set_model(SimpleNamespace(train_config=TrainConfig(epochs=1)))
    reporter.epoch = 0
    for batch in range(3):
        reporter.on_train_batch_begin(batch)
    assert [one.seconds_left for one in told[:2]] == [None, None]
    assert told[-1].seconds_left == pytest.approx(98 * 0.6, abs=1)


def test_a_frame_is_the_map_before_learning_and_after_each_epoch(reported, other_digits, tmp_path):
    _, run = reported
    assert [path.name for path in frames(tmp_path)] == ["0000.npz", "0001.npz", "0002.npz"]
    with np.load(frames(tmp_path)[-1], allow_pickle=False) as last:
        images = (other_digits.images[..., None] / 255).astype("f4")
        codes = np.array(run.vae.encoder(images)["mean"])
        np.testing.assert_allclose(last["code"], codes, atol=1e-5)
        np.testing.assert_array_equal(last["label"], other_digits.labels)
        assert last["digit"].shape == last["redraw"].shape == (10, 28, 28)
        np.testing.assert_array_equal(last["digit"], other_digits.images[:10])
        redraws = 1 / (1 + np.exp(-np.array(run.vae.decoder(codes[:10]))[..., 0]))
        np.testing.assert_allclose(last["redraw"] / 255, redraws, atol=0.003)


@pytest.mark.parametrize(
    ("looks", "kept"), [(3, 2), (6, 2), (7, 2), (8, 3)], ids=["step 3", "validation", "none", "8"]
)
def test_the_map_of_an_epoch_that_was_broken_off_is_kept_too(
    train, other_digits, tmp_path, looks, kept
):
    asked = iter(range(100))
    _, run = train(should_stop=lambda: next(asked) >= looks)
    assert run.stop_reason
    assert len(frames(tmp_path)) == kept
    assert_is_the_map(frames(tmp_path)[-1], run, other_digits)


def test_a_resumed_epoch_takes_the_place_of_the_one_that_was_broken_off(
    train, other_digits, tmp_path
):
    asked = iter(range(100))
    train(should_stop=lambda: next(asked) >= 9)
    _, run = train(resume=True)
    assert [path.stem for path in frames(tmp_path)] == ["0000", "0001", "0002"]
    assert_is_the_map(frames(tmp_path)[-1], run, other_digits)
