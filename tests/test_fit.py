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
from vae.training import checkpoint
from vae.training import grid_encoder as survey
from vae.training.fit import elbo, fit
from vae.training.model import VAE

SMALL = ModelConfig(width=32, frequencies=8)
TRAIN = TrainConfig(epochs=4, batch_size=64, learning_rate=4e-3, seed=3)
SURVEYING = replace(TRAIN, amortized_epochs=2)
REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def weights(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_WEIGHTS", str(tmp_path))
    return tmp_path


@pytest.fixture(autouse=True, scope="module")
def coarse_survey():
    """A survey with a twelfth of the places: these small models need no more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(survey, "SPACING", 0.25)
        yield


@pytest.fixture
def learn(digits, other_digits):
    def learn(config=TRAIN, **options):
        return fit(
            run_folder(), "tiny", SMALL, config, digits, other_digits, verbose=False, **options
        )

    return learn


@pytest.fixture(scope="module")
def whole_run(digits, other_digits, tmp_path_factory):
    """A run of four epochs that nothing interrupted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_WEIGHTS", str(tmp_path_factory.mktemp("whole")))
        yield fit(run_folder(), "tiny", SMALL, TRAIN, digits, other_digits, verbose=False)


@pytest.fixture(scope="module")
def surveying_run(digits, other_digits, tmp_path_factory):
    """Two epochs with the encoder network, then two with a survey of the plane."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_WEIGHTS", str(tmp_path_factory.mktemp("surveying")))
        yield fit(run_folder(), "tiny", SMALL, SURVEYING, digits, other_digits, verbose=False)


@pytest.fixture(scope="module")
def stopped_run(digits, other_digits, tmp_path_factory):
    """The same run, stopped three steps into its third epoch, and the folder it left."""
    root = tmp_path_factory.mktemp("stopped")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_WEIGHTS", str(root))
        options = {"should_stop": stop_after(2 * 6 + 3), "verbose": False}
        yield fit(run_folder(), "tiny", SMALL, TRAIN, digits, other_digits, **options), run_folder()


@pytest.fixture
def left(stopped_run, weights):
    """A copy of the folder that the stopped run left, where `learn` will look for it."""
    return shutil.copytree(stopped_run[1], run_folder())


def stop_after(steps):
    """A should_stop that says yes when it has been asked `steps` times."""
    asked = iter(range(steps))
    return lambda: next(asked, None) is None


def run_folder():
    return Path(os.environ["VAE_WEIGHTS"]) / "runs" / "a-run"


def figures_but_seconds(history):
    return {name: figures for name, figures in history.items() if name != "seconds"}


def assert_same_history(ours, theirs):
    for name, figures in figures_but_seconds(theirs).items():
        np.testing.assert_allclose(ours[name], figures, atol=1e-3, err_msg=name)


def test_a_whole_run_learns_and_says_so(whole_run):
    history = whole_run.history
    assert whole_run.is_finished
    assert whole_run.stop_reason == ""
    assert set(history) == set(run_state.HISTORY)
    assert all(len(figures) == 4 for figures in history.values())
    assert history["val_loss"][-1] < history["val_loss"][0] - 50
    assert history["loss"][-1] == pytest.approx(
        history["reconstruction"][-1] + history["kl"][-1], abs=1e-2
    )


def test_a_stop_leaves_whole_epochs_on_record_and_keeps_what_was_learnt_since(stopped_run):
    run, folder = stopped_run
    assert not run.is_finished
    assert "stop" in run.stop_reason
    assert len(run.history["loss"]) == 2
    kept = VAE(SMALL, TRAIN)
    kept.load_weights(folder / "epoch-0002.weights.h5")
    pairs = zip(run.vae.get_weights(), kept.get_weights(), strict=True)
    assert any(np.any(ours != theirs) for ours, theirs in pairs)


@pytest.mark.usefixtures("left")
def test_a_run_stopped_in_mid_epoch_and_resumed_is_as_if_it_never_stopped(learn, whole_run):
    resumed = learn(resume=True)
    assert resumed.is_finished
    assert_same_history(resumed.history, whole_run.history)
    for ours, theirs in zip(resumed.vae.get_weights(), whole_run.vae.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)
    again = learn(resume=True, should_stop=pytest.fail)
    assert again.is_finished
    assert again.history == resumed.history
    for ours, theirs in zip(again.vae.get_weights(), resumed.vae.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_same_holds_with_everything_of_a_convolution_switched_on(digits, other_digits):
    switched = ModelConfig(
        "conv", encoder=(4,), strides=(2,), decoder=(4,), batch_norm=True, dropout=0.25
    )
    config = replace(TRAIN, epochs=2, optimizer="adam")
    learn = partial(
        fit, run_folder(), "tiny", switched, config, digits, other_digits, verbose=False
    )
    whole = learn()
    learn(should_stop=stop_after(6 + 3))
    assert_same_history(learn(resume=True).history, whole.history)


def test_a_run_stopped_in_its_first_epoch_can_be_resumed(learn):
    stopped = learn(should_stop=lambda: True)
    assert stopped.history["loss"] == []
    assert all(np.any(w) for w in stopped.vae.decoder.get_weights() if w.ndim == 2)
    assert learn(should_stop=lambda: True, resume=True).history["loss"] == []


def test_a_survey_goes_on_with_what_the_network_unfolded(surveying_run):
    history = surveying_run.history
    assert surveying_run.is_finished
    assert surveying_run.vae.surveys
    assert all(len(figures) == 4 for figures in history.values())
    assert history["val_loss"][2] < history["val_loss"][1]
    assert history["val_loss"][3] < history["val_loss"][1] - 20


# An epoch is five batches and a validation. Before the turn, in validation, at it, and after it:
@pytest.mark.parametrize("looks", [8, 11, 12, 20])
def test_a_surveying_run_stopped_anywhere_and_resumed_is_as_if_it_never_stopped(
    learn, surveying_run, looks
):
    stopped = learn(SURVEYING, should_stop=stop_after(looks))
    assert len(stopped.history["loss"]) == looks // 6
    assert stopped.vae.surveys == (looks >= 12)
    resumed = learn(SURVEYING, resume=True)
    assert resumed.is_finished
    assert_same_history(resumed.history, surveying_run.history)
    whole = surveying_run.vae.decoder.get_weights()
    for ours, theirs in zip(resumed.vae.decoder.get_weights(), whole, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_a_stop_in_the_validation_keeps_the_averaged_weights(learn, whole_run):
    # The learning rate has fallen to nothing by then: the averages are those of the whole run.
    stopped = learn(should_stop=stop_after(4 * 6 - 1))
    assert len(stopped.history["loss"]) == 3
    for ours, theirs in zip(stopped.vae.get_weights(), whole_run.vae.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_an_autoencoder_has_no_posterior_to_survey(learn):
    run = learn(replace(SURVEYING, beta=0.0, epochs=3))
    assert run.is_finished
    assert not run.vae.surveys


def test_a_run_can_learn_by_survey_alone(learn):
    run = learn(replace(SURVEYING, amortized_epochs=0, epochs=2))
    assert run.is_finished
    assert run.vae.surveys
    assert run.history["val_loss"][1] < run.history["val_loss"][0] - 20


def test_the_target_ends_the_run_after_the_epoch_that_reaches_it(learn, whole_run):
    second = -(whole_run.history["val_reconstruction"][1] + whole_run.history["val_kl"][1])
    run = learn(target_elbo=second - 0.01)
    assert len(run.history["loss"]) == 2
    assert "target" in run.stop_reason
    assert elbo(run.history) == pytest.approx(second, abs=1e-3)
    again = learn(resume=True, target_elbo=second - 0.01, should_stop=pytest.fail)
    assert again.history == run.history


def test_only_the_subset_is_learnt(digits, other_digits, learn):
    config = TrainConfig(epochs=1, batch_size=64, subset=50)
    asked = []
    fit(
        run_folder(),
        "tiny",
        SMALL,
        config,
        digits,
        other_digits,
        verbose=False,
        should_stop=lambda: asked.append(1),
    )
    assert len(asked) == 2  # 50 images are a single batch, and one validates


def test_an_earlier_run_is_set_aside_when_one_starts_anew(learn, left, weights):
    before = (left / run_state.STATE).read_bytes()
    learn(should_stop=lambda: True)
    (aside,) = (weights / "runs" / "replaced").iterdir()
    assert (aside / run_state.STATE).read_bytes() == before


def test_there_is_never_more_than_one_checkpoint_on_disk(left):
    assert sorted(path.name for path in left.iterdir()) == ["epoch-0002.weights.h5", "state.json"]


def test_nothing_to_resume_is_said_plainly(learn):
    with pytest.raises(TrainingError, match="no run 'a-run' to resume"):
        learn(resume=True)


@pytest.mark.usefixtures("left")
def test_a_run_is_only_resumed_with_its_own_settings(learn):
    with pytest.raises(TrainingError, match="begun with epochs 4, not 5"):
        learn(replace(TRAIN, epochs=5), resume=True)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"schema": 1}', b'{"schema": 99}', b"\xff"]
)
def test_a_damaged_record_is_refused(learn, left, content):
    (left / run_state.STATE).write_bytes(content)
    with pytest.raises(TrainingError, match=r"damaged .*state\.json"):
        learn(resume=True)


@pytest.mark.parametrize("damage", ["missing", "truncated", "altered"])
def test_a_damaged_checkpoint_is_refused(learn, left, damage):
    path = left / "epoch-0002.weights.h5"
    content = bytearray(path.read_bytes())
    content[-1000] ^= 1
    path.write_bytes(content if damage == "altered" else content[:-1000])
    if damage == "missing":
        path.unlink()
    with pytest.raises(TrainingError, match=f"damaged .*{path.name}"):
        learn(resume=True)


def test_a_loss_that_is_no_number_ends_the_run_with_advice(learn, left, monkeypatch):
    call = VAE.call

    def broken(self, images, training=False):
        answer = call(self, images, training)
        return {**answer, "logits": answer["logits"] * np.nan}

    before = (left / run_state.STATE).read_bytes()
    monkeypatch.setattr(VAE, "call", broken)
    with pytest.raises(TrainingError, match=r"epoch 3.*lower learning rate than 0\.004"):
        learn(resume=True)
    assert (left / run_state.STATE).read_bytes() == before


def test_a_full_disk_is_reported_and_the_checkpoint_before_it_stays(stopped_run, left, monkeypatch):
    def full(self, path):
        Path(path).write_bytes(b"half a checkpoint")
        raise OSError(errno.ENOSPC, "No space left on device")

    run, _ = stopped_run
    before = {path.name: path.read_bytes() for path in left.iterdir()}
    monkeypatch.setattr(VAE, "save_weights", full)
    with pytest.raises(StorageError, match="disk is full"):
        checkpoint.save(left, "tiny", run.vae, run.history)
    assert {path.name: path.read_bytes() for path in left.iterdir()} == before


def test_a_full_disk_is_noticed_before_anything_is_learnt(learn, monkeypatch):
    def full(self, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StorageError, match="disk is full"):
        learn(should_stop=pytest.fail)


RUN_IN_A_PROCESS = """
import os
from pathlib import Path
from tests.conftest import make_digits
from vae.config import ModelConfig, TrainConfig
from vae.training.fit import fit
model = ModelConfig(width=32, frequencies=8)
train = TrainConfig({epochs}, {amortized}, batch_size=64, learning_rate=4e-3, seed=3)
folder = Path(os.environ["VAE_WEIGHTS"]) / "runs/a-run"
digits = make_digits(300, 0), make_digits(100, 1)
run = fit(folder, "tiny", model, train, *digits, verbose=False, {options})
print(run.history)
"""


def process(**parts):
    program = RUN_IN_A_PROCESS.format(**{"options": "", "amortized": 5, **parts})
    return subprocess.Popen(
        [sys.executable, "-c", parts.get("before", "") + program],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_run_killed_at_any_moment_leaves_a_checkpoint_to_resume(
    digits, other_digits, weights, tmp_path
):
    running = process(epochs=2000)
    state = run_folder() / run_state.STATE
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
    options = {"resume": True, "should_stop": stop_after(6), "verbose": False}
    resumed = fit(run_folder(), "tiny", SMALL, config, digits, other_digits, **options)
    assert len(resumed.history["loss"]) == done + 1


TWO_DEVICES = """
import tensorflow as tf
import vae.training.model as model
import vae.training.grid_encoder
vae.training.grid_encoder.SPACING = 0.25
cpu, = tf.config.list_physical_devices("CPU")
tf.config.set_visible_devices([], "GPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
plain = model.VAE.compute_loss
def counted(self, *args, **kwargs):
    assert tf.distribute.get_replica_context().num_replicas_in_sync == 2
    return plain(self, *args, **kwargs)
model.VAE.compute_loss = counted
"""


def test_two_devices_share_each_batch_and_learn_the_same(surveying_run):
    running = process(epochs=4, amortized=2, options="all_devices=True", before=TWO_DEVICES)
    out, _ = running.communicate(timeout=300)
    assert running.returncode == 0
    shared = ast.literal_eval(out.splitlines()[-1])
    assert shared["loss"][-1] < shared["loss"][0] - 50
    for name, figures in figures_but_seconds(surveying_run.history).items():
        np.testing.assert_allclose(shared[name], figures, rtol=0.05, atol=2, err_msg=name)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_named(learn, weights):
    weights.chmod(0o500)
    with pytest.raises(StorageError, match="may not be written"):
        learn()
