from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from vae.config import ModelConfig, TrainConfig
from vae.data import Digits
from vae.errors import TrainingError
from vae.store import run_state
from vae.training import e_step, em, grid_encoder, neighbours
from vae.training.callbacks import ProgressReporter
from vae.training.fit import fit
from vae.training.model import VAE

SMALL = ModelConfig(width=32, blocks=1, frequencies=16, rim=2.9)
TRAIN = TrainConfig(3, batch_size=64, learning_rate=4e-3, binarize=False, seed=3, method="em")
NEIGHBOUR_STEPS = 3 + 3 + 6 + 2  # of the embedding, and chunks of the digits, twice one
STEPS = 12


@pytest.fixture(autouse=True, scope="module")
def short():
    """A coarse grid and few steps: so few digits need no more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grid_encoder, "DISC_SPACING", 0.25)
        patch.setattr(neighbours, "STEPS", (3, 3, 6))
        patch.setattr(em, "STEPS", STEPS)
        yield


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of the run under test, in a weights folder of its own."""
    monkeypatch.setenv("VAE_WEIGHTS", str(tmp_path))
    return tmp_path / "runs" / "a-run"


@pytest.fixture(scope="module")
def fit_in(digits, other_digits):
    """Return a function that trains in a folder."""

    def fit_in(folder, config=TRAIN, train=digits, **options):
        return fit(folder, "tiny", SMALL, config, train, other_digits, verbose=False, **options)

    return fit_in


@pytest.fixture
def train(fit_in, folder):
    return partial(fit_in, folder)


@pytest.fixture(scope="module")
def whole_run(fit_in, tmp_path_factory):
    """A run that nothing interrupted."""
    return fit_in(tmp_path_factory.mktemp("whole") / "a-run")


def stop_after(calls):
    """Return a should_stop that is true once it has been called so many times."""
    remaining = iter(range(calls))
    return lambda: next(remaining, None) is None


def assert_same_run(ours, theirs):
    for name in set(run_state.HISTORY) - {"seconds"}:
        np.testing.assert_allclose(ours.history[name], theirs.history[name], atol=1e-3)
    pairs = zip(ours.vae.decoder.get_weights(), theirs.vae.decoder.get_weights(), strict=True)
    for our, their in pairs:
        np.testing.assert_allclose(our, their, atol=1e-4)


def test_a_whole_run_learns_and_is_finished(whole_run):
    history = whole_run.history
    assert whole_run.is_finished
    assert whole_run.stop_reason == ""
    assert all(len(history[name]) == 3 for name in run_state.HISTORY)
    for kind in ("", "val_"):
        loss = np.array(history[f"{kind}loss"])
        parts = np.add(history[f"{kind}reconstruction"], history[f"{kind}kl"])
        np.testing.assert_allclose(loss, parts, atol=0.01)
        assert np.all(np.diff(loss) < 0)  # each round comes nearer


# Among the neighbours; in the first round's steps; in a later E-step, M-step and measurement:
EPOCH = STEPS + 1


@pytest.mark.parametrize(
    ("calls", "epochs"),
    [
        (4, 0),
        (NEIGHBOUR_STEPS + 5, 0),
        (NEIGHBOUR_STEPS + EPOCH, 1),
        (NEIGHBOUR_STEPS + EPOCH + 7, 1),
        (NEIGHBOUR_STEPS + EPOCH + 1 + STEPS, 1),
    ],
)
def test_a_run_stopped_anywhere_and_resumed_is_as_if_it_never_stopped(
    train, whole_run, calls, epochs
):
    stopped = train(should_stop=stop_after(calls))
    assert not stopped.is_finished
    assert "stop" in stopped.stop_reason
    assert len(stopped.history["loss"]) == epochs
    assert stopped.has_steps == (calls > NEIGHBOUR_STEPS)
    resumed = train(resume=True)
    assert resumed.is_finished
    assert_same_run(resumed, whole_run)


def test_neighbour_places_are_not_searched_again_by_a_resumed_run(train, monkeypatch):
    train(should_stop=stop_after(NEIGHBOUR_STEPS + 2))
    monkeypatch.delattr(neighbours, "find_places")
    assert train(resume=True).is_finished


def test_labels_are_not_seen(train, whole_run, digits):
    labels = np.random.default_rng(0).permutation(digits.labels)
    shuffled = train(train=Digits(digits.images, labels))
    pairs = zip(shuffled.vae.get_weights(), whole_run.vae.get_weights(), strict=True)
    for ours, theirs in pairs:
        np.testing.assert_array_equal(ours, theirs)


def test_the_target_ends_the_run(train, whole_run):
    target = -whole_run.history["val_loss"][1] - 0.01
    run = train(target_elbo=target)
    assert len(run.history["loss"]) == 2
    assert "reached the target" in run.stop_reason


def test_a_loss_that_is_not_a_number_ends_the_run_with_advice(train, monkeypatch):
    maximize = em._maximize

    def diverge(vae, *arguments):
        maximize(vae, *arguments)
        for weight in vae.decoder.trainable_variables:
            weight.assign(np.nan * np.zeros(weight.shape))
        for average in vae.optimizer._model_variables_moving_average:
            average.assign(np.nan * np.zeros(average.shape))

    monkeypatch.setattr(em, "_maximize", diverge)
    with pytest.raises(TrainingError, match="no longer a finite number"):
        train()


def test_an_autoencoder_has_an_encoder_network_instead(train):
    run = train(replace(TRAIN, beta=0.0, epochs=1))
    assert run.is_finished
    assert not run.vae.has_grid_encoder


def test_one_digit_can_be_trained_on(train):
    assert train(replace(TRAIN, subset=1, epochs=2)).is_finished


def test_progress_is_reported_in_both_phases_and_the_first_snapshot_is_of_neighbours(
    train, folder, other_digits
):
    reports = []
    ticks = iter(np.arange(0, 1000, 0.6))
    reporter = ProgressReporter(
        lambda **report: reports.append(report),
        folder,
        other_digits,
        clock=lambda: next(ticks),
    )
    train(reporter=reporter)
    assert [report["step"] for report in reports[:3]] == [0, 1, 2]
    assert {report["steps"] for report in reports} == {NEIGHBOUR_STEPS, STEPS}
    assert [report["epoch"] for report in reports] == sorted(r["epoch"] for r in reports)
    paths = sorted((folder / run_state.SNAPSHOTS).iterdir())
    assert [path.name for path in paths] == [f"{epoch:04d}.npz" for epoch in range(4)]
    with np.load(paths[0]) as first:
        assert np.ptp(first["code"], axis=0).min() > 2  # no heap in the middle


def test_a_digits_shares_are_its_posterior_near_its_place(whole_run, digits):
    grid = whole_run.vae.encoder.get_layer("grid_encoder")
    z, images = grid.places[grid.inside], digits.images[:5].reshape(5, -1)
    places = np.array([[0.0, 0.0], [1, 1], [-1, 0], [2, -1], [0, 2]], np.float32)
    tables = grid_encoder.compute_tables(whole_run.vae.decode_logits, z, 96, 1.0)
    shares = e_step.posterior_shares(tables, z, images, places, 0.5, lambda: None).toarray()
    logits, constant = map(np.asarray, whole_run.vae.decode_logits(z))
    distance = ((z - places[:, None]) ** 2).sum(-1)
    joint = images / 255 @ np.transpose(logits) - constant - 0.5 * (z**2).sum(1) - 2 * distance
    expected = np.exp(joint - joint.max(axis=1, keepdims=True))
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(shares, expected, atol=0.03)


def test_mean_pictures_weigh_digits_by_their_shares(digits):
    from scipy import sparse

    shares = sparse.csr_matrix(np.array([[1, 0, 0], [0.25, 0.75, 0]], "f4"))
    images = digits.images[:2].reshape(2, -1)
    counts, pictures = e_step.mean_pictures(shares, images)
    np.testing.assert_allclose(counts, [1.25, 0.75, 0])
    np.testing.assert_allclose(pictures[0], (images[0] + 0.25 * images[1]) / 1.25 / 255, atol=1e-5)
    np.testing.assert_allclose(pictures[1], images[1] / 255, atol=1e-5)
    assert not pictures[2].any()


def test_a_digit_without_a_decoder_lies_at_the_place_nearest_to_its_own():
    z = np.array([[0, 0], [1, 0], [0, 1]], np.float32)
    places = np.array([[0.9, 0.2], [-3, 9]], np.float32)
    shares = e_step.nearest_place_shares(z, places).toarray()
    np.testing.assert_array_equal(shares, [[0, 1, 0], [0, 0, 1]])


def test_codes_stay_inside_the_rim_and_what_lies_beyond_decodes_as_the_rim(whole_run, digits):
    noise = np.random.default_rng(0).random((50, 28, 28, 1)).astype("f4")
    mean = np.asarray(whole_run.vae.encoder(noise)["mean"])
    assert np.hypot(*mean.T).max() < SMALL.rim
    beyond, at_rim = whole_run.vae.decoder(np.array([[30, 40], [0.6 * 2.9, 0.8 * 2.9]], "f4"))
    np.testing.assert_allclose(beyond, at_rim, atol=1e-4)


def test_a_model_without_a_rim_keeps_its_square_grid():
    square = VAE(ModelConfig(width=8), TrainConfig(), has_grid_encoder=True)
    layer = square.encoder.get_layer("grid_encoder")
    assert layer.inside.all()
    assert layer.spacing == grid_encoder.SPACING
