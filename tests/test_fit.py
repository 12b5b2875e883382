import ast
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from vae.config import ModelConfig, TrainConfig
from vae.errors import StorageError, TrainingError
from vae.store import run_state
from vae.training import checkpoint, grid_encoder
from vae.training.fit import elbo, fit
from vae.training.model import VAE

SMALL = ModelConfig(width=32, frequencies=8)
TRAIN = TrainConfig(epochs=4, batch_size=64, learning_rate=4e-3, seed=3)
GRID = replace(TRAIN, amortized_epochs=2)  # two epochs with an encoder network, two with a grid
REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of the run under test, in a weights folder of its own."""
    monkeypatch.setenv("VAE_WEIGHTS", str(tmp_path))  # where an earlier run is set aside
    return tmp_path / "runs" / "a-run"


@pytest.fixture(autouse=True, scope="module")
def coarse_grid():
    """A grid with a twelfth of the places: these small models need no more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grid_encoder, "SPACING", 0.25)
        yield


@pytest.fixture(scope="module")
def fit_in(digits, other_digits):
    """Return a function that trains in a folder."""

    def fit_in(folder, config=TRAIN, model=SMALL, preset="tiny", **options):
        arguments = folder, preset, model, config, digits, other_digits
        return fit(*arguments, **{"verbose": False, **options})

    return fit_in


@pytest.fixture
def train(fit_in, folder):
    return partial(fit_in, folder)


@pytest.fixture(scope="module")
def whole_run(fit_in, tmp_path_factory):
    """A run of four epochs that nothing interrupted."""
    return fit_in(tmp_path_factory.mktemp("whole") / "a-run")


@pytest.fixture(scope="module")
def grid_run(fit_in, tmp_path_factory):
    """Two epochs with the encoder network, then two with a grid encoder."""
    return fit_in(tmp_path_factory.mktemp("grid") / "a-run", GRID)


@pytest.fixture(scope="module")
def stopped_run(fit_in, tmp_path_factory):
    """A run like `whole_run`, stopped three steps into its third epoch, and its folder."""
    folder = tmp_path_factory.mktemp("stopped") / "a-run"
    return fit_in(folder, should_stop=stop_after(2 * 6 + 3)), folder


@pytest.fixture
def stopped_folder(stopped_run, folder):
    """A copy of the folder of the stopped run, where `train` resumes it."""
    return shutil.copytree(stopped_run[1], folder)


def stop_after(calls):
    """Return a should_stop that is true once it has been called so many times."""
    remaining = iter(range(calls))
    return lambda: next(remaining, None) is None


def checkpoint_arrays(folder):
    (path,) = folder.glob("epoch-*.npz")
    with np.load(path, allow_pickle=False) as arrays:
        return list(arrays.values())


def without_seconds(history):
    return {name: figures for name, figures in history.items() if name != "seconds"}


def assert_same_history(ours, theirs):
    for name, figures in without_seconds(theirs).items():
        np.testing.assert_allclose(ours[name], figures, atol=1e-3, err_msg=name)


def test_a_whole_run_learns_and_is_finished(whole_run):
    history = whole_run.history
    assert whole_run.is_finished
    assert whole_run.stop_reason == ""
    assert set(history) == set(run_state.HISTORY)
    assert all(len(figures) == 4 for figures in history.values())
    assert history["val_loss"][-1] < history["val_loss"][0] - 50
    assert history["loss"][-1] == pytest.approx(
        history["reconstruction"][-1] + history["kl"][-1], abs=1e-2
    )


def test_a_stop_leaves_whole_epochs_on_record_and_returns_the_weights_as_they_are(stopped_run):
    run, folder = stopped_run
    assert not run.is_finished
    assert "stop" in run.stop_reason
    assert len(run.history["loss"]) == 2
    pairs = zip(run.vae.get_weights(), checkpoint_arrays(folder), strict=False)
    assert any(np.any(ours != theirs) for ours, theirs in pairs)


@pytest.mark.usefixtures("stopped_folder")
def test_a_run_stopped_in_mid_epoch_and_resumed_is_as_if_it_never_stopped(train, whole_run):
    resumed = train(resume=True)
    assert resumed.is_finished
    assert_same_history(resumed.history, whole_run.history)
    for ours, theirs in zip(resumed.vae.get_weights(), whole_run.vae.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)
    again = train(resume=True, should_stop=pytest.fail)
    assert again.is_finished
    assert again.history == resumed.history
    for ours, theirs in zip(again.vae.get_weights(), resumed.vae.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_same_holds_with_every_option_of_a_convolution(train):
    model = ModelConfig(
        "conv", encoder=(4,), strides=(2,), decoder=(4,), batch_norm=True, dropout=0.25
    )
    config = replace(TRAIN, epochs=2, optimizer="adam")
    whole = train(config, model)
    train(config, model, should_stop=stop_after(6 + 3))
    assert_same_history(train(config, model, resume=True).history, whole.history)


def test_a_run_stopped_in_its_first_epoch_can_be_resumed(train):
    stopped = train(should_stop=lambda: True)
    assert stopped.history["loss"] == []
    assert all(np.any(w) for w in stopped.vae.decoder.get_weights() if w.ndim == 2)
    assert train(should_stop=lambda: True, resume=True).history["loss"] == []


def test_a_grid_encoder_goes_on_where_the_network_stopped(grid_run):
    history = grid_run.history
    assert grid_run.is_finished
    assert grid_run.vae.has_grid_encoder
    assert all(len(figures) == 4 for figures in history.values())
    assert history["val_loss"][2] < history["val_loss"][1]
    assert history["val_loss"][3] < history["val_loss"][1] - 20


# An epoch is five batches and a validation. Before the switch, in validation, at it, and after it:
@pytest.mark.parametrize("calls", [8, 11, 12, 20])
def test_a_grid_run_stopped_anywhere_and_resumed_is_as_if_it_never_stopped(train, grid_run, calls):
    stopped = train(GRID, should_stop=stop_after(calls))
    assert len(stopped.history["loss"]) == calls // 6
    assert stopped.vae.has_grid_encoder == (calls >= 12)
    resumed = train(GRID, resume=True)
    assert resumed.is_finished
    assert_same_history(resumed.history, grid_run.history)
    whole = grid_run.vae.decoder.get_weights()
    for ours, theirs in zip(resumed.vae.decoder.get_weights(), whole, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_a_stop_in_the_validation_keeps_the_averaged_weights(train, whole_run):
    # The learning rate has fallen to nothing by then: the averages are those of the whole run.
    stopped = train(should_stop=stop_after(4 * 6 - 1))
    assert len(stopped.history["loss"]) == 3
    for ours, theirs in zip(stopped.vae.get_weights(), whole_run.vae.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_an_autoencoder_never_gets_a_grid_encoder(train):
    run = train(replace(GRID, beta=0.0, epochs=3))
    assert run.is_finished
    assert not run.vae.has_grid_encoder


def test_a_run_can_train_with_a_grid_encoder_alone(train):
    run = train(replace(GRID, amortized_epochs=0, epochs=2))
    assert run.is_finished
    assert run.vae.has_grid_encoder
    assert run.history["val_loss"][1] < run.history["val_loss"][0] - 20


def test_the_target_ends_the_run_after_the_epoch_that_reaches_it(train, whole_run):
    second = -(whole_run.history["val_reconstruction"][1] + whole_run.history["val_kl"][1])
    run = train(target_elbo=second - 0.01)
    assert len(run.history["loss"]) == 2
    assert "target" in run.stop_reason
    assert elbo(run.history) == pytest.approx(second, abs=1e-3)
    again = train(resume=True, target_elbo=second - 0.01, should_stop=pytest.fail)
    assert again.history == run.history


def test_only_the_subset_is_trained_on(train):
    calls = []
    config = TrainConfig(epochs=1, batch_size=64, subset=50)
    train(config, should_stop=lambda: calls.append(1))
    assert len(calls) == 2  # 50 images are a single batch, and one validates


def test_an_earlier_run_is_set_aside_when_one_starts_anew(train, stopped_folder):
    before = (stopped_folder / run_state.STATE).read_bytes()
    train(should_stop=lambda: True)
    (aside,) = (stopped_folder.parent / "replaced").iterdir()
    assert (aside / run_state.STATE).read_bytes() == before


def test_there_is_never_more_than_one_checkpoint_on_disk(stopped_folder):
    assert sorted(path.name for path in stopped_folder.iterdir()) == [
        "epoch-0002.npz",
        "state.json",
    ]


def test_a_run_that_does_not_exist_cannot_be_resumed(train):
    with pytest.raises(TrainingError, match="no run 'a-run' to resume"):
        train(resume=True)


@pytest.mark.usefixtures("stopped_folder")
def test_a_run_is_only_resumed_with_its_own_settings(train):
    with pytest.raises(TrainingError, match="begun with epochs 4, not 5"):
        train(replace(TRAIN, epochs=5), resume=True)
    with pytest.raises(TrainingError, match="begun with preset tiny, not other"):
        train(preset="other", resume=True)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"schema": 1}', b'{"schema": 99}', b"\xff"]
)
def test_a_damaged_record_is_refused(train, stopped_folder, content):
    (stopped_folder / run_state.STATE).write_bytes(content)
    with pytest.raises(TrainingError, match=r"damaged .*state\.json"):
        train(resume=True)


@pytest.mark.parametrize("damage", ["missing", "truncated", "altered"])
def test_a_damaged_checkpoint_is_refused(train, stopped_folder, damage):
    path = stopped_folder / "epoch-0002.npz"
    content = bytearray(path.read_bytes())
    content[-1000] ^= 1
    path.write_bytes(content if damage == "altered" else content[:-1000])
    if damage == "missing":
        path.unlink()
    with pytest.raises(TrainingError, match=f"damaged .*{path.name}"):
        train(resume=True)


def test_a_loss_that_is_not_a_number_ends_the_run_with_advice(train, stopped_folder, monkeypatch):
    call = VAE.call

    def diverge(self, images, training=False):
        output = call(self, images, training)
        return {**output, "logits": output["logits"] * np.nan}

    before = (stopped_folder / run_state.STATE).read_bytes()
    monkeypatch.setattr(VAE, "call", diverge)
    with pytest.raises(TrainingError, match=r"epoch 3.*lower learning rate than 0\.004"):
        train(resume=True)
    assert (stopped_folder / run_state.STATE).read_bytes() == before


@pytest.fixture
def full_disk(monkeypatch):
    """Fill the disk up before the write of that number, from 0, which writes half of its bytes."""

    def fill(before):
        writes = iter(range(100))
        write = Path.write_bytes

        def write_bytes(path, content):
            if next(writes) < before:
                return write(path, content)
            write(path, memoryview(content)[: len(content) // 2])
            raise OSError(errno.ENOSPC, "No space stopped_folder on device")

        def write_text(path, text, encoding):
            return write_bytes(path, text.encode(encoding))

        monkeypatch.setattr(Path, "write_bytes", write_bytes)
        monkeypatch.setattr(Path, "write_text", write_text)

    return fill


@pytest.mark.parametrize("writes", [0, 1], ids=["the checkpoint", "the record"])
def test_a_full_disk_is_reported_and_the_pair_before_it_can_be_resumed(
    stopped_run, stopped_folder, full_disk, writes
):
    vae = stopped_run[0].vae
    history = {name: [1.0] * 3 for name in run_state.HISTORY}
    full_disk(before=writes)
    with pytest.raises(StorageError, match="disk is full"):
        checkpoint.save(stopped_folder, "tiny", vae, history)
    assert len(checkpoint.load(stopped_folder, "tiny", vae)["loss"]) == 2


def test_a_full_disk_is_noticed_before_anything_is_trained(train, full_disk):
    full_disk(before=0)
    with pytest.raises(StorageError, match="disk is full"):
        train(should_stop=pytest.fail)


RUN_IN_A_PROCESS = """
from pathlib import Path
from tests.support.digits import make_digits
from vae.config import ModelConfig, TrainConfig
from vae.training.fit import fit
model = ModelConfig(width=32, frequencies=8)
train = TrainConfig({epochs}, {amortized}, batch_size=64, learning_rate=4e-3, seed=3)
digits = make_digits(300, 0), make_digits(100, 1)
run = fit(Path({folder!r}), "tiny", model, train, *digits, verbose=False, {options})
print(run.history)
"""


def start_process(folder, **parts):
    parts = {"folder": str(folder), "options": "", "amortized": 5, **parts}
    program = RUN_IN_A_PROCESS.format(**parts)
    return subprocess.Popen(
        [sys.executable, "-c", parts.get("before", "") + program],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_run_killed_at_any_moment_leaves_a_checkpoint_to_resume(train, folder):
    running = start_process(folder, epochs=2000)
    state = folder / run_state.STATE
    deadline = time.monotonic() + 60
    while running.poll() is None and time.monotonic() < deadline:
        if state.exists() and len(json.loads(state.read_text())["history"]["loss"]) >= 3:
            break
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    running.stdout.close()
    done = len(json.loads(state.read_text())["history"]["loss"])
    assert done >= 3
    config = replace(TRAIN, epochs=2000)
    resumed = train(config, resume=True, should_stop=stop_after(6))
    assert len(resumed.history["loss"]) == done + 1


TWO_DEVICES = """
import tensorflow as tf
from vae.training import grid_encoder, model
grid_encoder.SPACING = 0.25
cpu, = tf.config.list_physical_devices("CPU")
tf.config.set_visible_devices([], "GPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
compute_loss = model.VAE.compute_loss
def check_replicas(self, *args, **kwargs):
    assert tf.distribute.get_replica_context().num_replicas_in_sync == 2
    return compute_loss(self, *args, **kwargs)
model.VAE.compute_loss = check_replicas
"""


def test_two_devices_share_each_batch_and_learn_the_same(grid_run, folder):
    options = {"amortized": 2, "options": "all_devices=True", "before": TWO_DEVICES}
    running = start_process(folder, epochs=4, **options)
    out, _ = running.communicate(timeout=300)
    assert running.returncode == 0
    shared = ast.literal_eval(out.splitlines()[-1])
    assert shared["loss"][-1] < shared["loss"][0] - 50
    for name, figures in without_seconds(grid_run.history).items():
        np.testing.assert_allclose(shared[name], figures, rtol=0.05, atol=2, err_msg=name)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_named(train, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="may not be written"):
        train()
