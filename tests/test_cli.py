import contextlib
import errno
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import MADE
from tests.support.cards import make_card
from vae import config
from vae.cli import FIGURES, main
from vae.runs.progress import is_training, read_progress
from vae.store import folder
from vae.store.card import REQUIRED
from vae.store.folder import create, list_models, read_model

REPOSITORY = Path(__file__).resolve().parent.parent
TINY = config.Preset(
    "tiny",
    "A tiny model.",
    config.ModelConfig(width=32, frequencies=8),
    config.TrainConfig(epochs=2, batch_size=50, learning_rate=4e-3),
)


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    """A preset that is trained in a second."""
    monkeypatch.setitem(config.PRESETS, "tiny", TINY)


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights"


def run(*arguments):
    """The exit code of one command, and what it printed on stdout and on stderr."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(list(arguments))
        except SystemExit as exit:
            code = exit.code
    return code, out.getvalue(), err.getvalue()


def in_a_process(*arguments, stdout=subprocess.PIPE, **environment):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )


def card(name):
    return read_model(name).card


# Mistakes


MISTAKES = {
    "train nope": "There is no preset 'nope'. The presets are: explorer",
    "train": "required: PRESET",
    "train tiny --resume --name nosuch": "There is no run 'nosuch' to resume",
    "evaluate nope": "There is no model 'nope'",
    "evaluate ../small": "There is no model '../small'",
    "evaluate": "Name one model, or give --all",
    "evaluate small --all": "Name one model, or give --all",
    "compare": "required: A, B",
    "compare small": "required: B",
    "compare small nope": "There is no model 'nope'",
    "compare nope small": "There is no model 'nope'",
    "compare small ../small": "There is no model '../small'",
    "compare small small small": "nrecognized arguments: small",
    "dance": "dance",
    "": "required: COMMAND",
    "list --all": "--all",
    "train tiny --epochs 0": "epochs must be a whole number from 1 to 10000, got 0",
    "train tiny --epochs x": "--epochs",
    "train tiny --epochs 1.5": "--epochs",
    "train tiny --epochs": "--epochs",
    "train tiny --beta -1": "beta must be a number from 0 to 1000, got -1",
    "train tiny --beta nan": "beta must be",
    "train tiny --learning-rate 1e9": "learning rate must be a number from 1e-07 to 1, got 1",
    "train tiny --learning-rate inf": "learning rate must be",
    "train tiny --batch-size -5": "batch size must be",
    "train tiny --subset 60001": "subset must be",
    "train tiny --seed -1": "seed must be",
    "train tiny --name Größe": "A model cannot be called 'Größe'",
    "train tiny --name runs": "A model cannot be called 'runs'",
    "train tiny --name ../other": "A model cannot be called '../other'",
    "train tiny": "MNIST could not be downloaded (Name or service not known)",
    "evaluate small": "MNIST could not be downloaded",
    "data": "MNIST could not be downloaded",
}


@pytest.mark.usefixtures("weights", "no_mnist")
@pytest.mark.parametrize("arguments", MISTAKES, ids=lambda arguments: arguments or "nothing")
def test_a_mistake_ends_with_one_line_on_stderr_and_exit_code_2(arguments):
    code, out, err = run(*arguments.split())
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert err.endswith("\n")
    assert MISTAKES[arguments] in err
    assert "Traceback" not in err


@pytest.mark.usefixtures("root", "small_mnist", "coarse", "copied_networks")
def test_an_impossible_target_is_a_mistake_too():
    code, _, err = run("train", "tiny", "--epochs", "1", "--target-elbo", "nan")
    assert (code, err.count("\n")) == (2, 1)
    assert "target" in err.lower()


@pytest.mark.usefixtures("weights")
def test_an_empty_name_is_a_mistake_and_never_another_model():
    assert run("train", "tiny", "--name", "")[0] == 2
    assert run("evaluate", "")[0] == 2


def test_mnist_that_is_damaged_is_a_mistake_too_and_the_file_stays(small_mnist):
    small_mnist.write_bytes(b"damaged")
    code, _, err = run("data")
    assert (code, err.count("\n")) == (2, 1)
    assert str(small_mnist) in err
    assert small_mnist.read_bytes() == b"damaged"


def test_a_mistake_made_in_a_real_terminal_shows_no_traceback(root):
    ran = in_a_process("-m", "vae", "train", "explorer", "--epochs", "0", VAE_WEIGHTS=str(root))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "epochs must be a whole number from 1 to 10000, got 0.\n"


BEFORE_TENSORFLOW = """
import sys
from vae.cli import main
code = main(["train", "explorer", "--resume", "--name", "nosuch"])
sys.exit(9 if "tensorflow" in sys.modules else code)
"""


def test_a_run_that_cannot_be_resumed_is_refused_before_tensorflow_is_imported(root):
    ran = in_a_process("-c", BEFORE_TENSORFLOW, VAE_WEIGHTS=str(root))
    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
    assert not root.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has other pipes")
def test_a_reader_that_closes_the_pipe_causes_no_traceback():
    read, write = os.pipe()
    os.close(read)
    ran = in_a_process("-m", "vae", "list", stdout=write)
    os.close(write)
    assert (ran.returncode, ran.stderr) == (141, "")


def test_an_interruption_ends_in_one_line_as_well(monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(folder, "list_models", interrupted)
    code, _, err = run("list")
    assert (code, err.count("\n")) == (130, 1)


# List and data


def test_list_prints_the_models_best_first_and_the_broken_one_with_its_reason(weights):
    with create("better", make_card(-130.0)) as path:
        for name in REQUIRED:
            (path / name).write_bytes((weights / MADE / name).read_bytes())
    (weights / "broken").mkdir()
    code, out, err = run("list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["better", MADE]
    assert "-130.00 nats" in out.splitlines()[0]
    assert err.splitlines() == [list_models()[1]["broken"]]


@pytest.mark.usefixtures("root")
def test_list_says_how_to_make_the_first_model():
    assert run("list") == (0, "No models yet: `python -m vae train explorer` makes one.\n", "")


def test_data_says_where_mnist_lies_and_how_much_there_is(small_mnist):
    code, out, err = run("data")
    assert (code, err) == (0, "")
    assert out == f"{small_mnist} is valid: 300 training and 100 test digits.\n"


# Compare


PLANE = {
    "centre_distance": 0.5,
    "range_z1": [-2.0, 3.0],
    "range_z2": [-2.0, 2.0],
    "area_shares": [0.1] * 10,
    "area_evenness": 1.0,
    "holes_prior": 0.25,
    "worst_places": [[0.5, -1.5]] * 10,
}


@pytest.fixture
def two_models(weights):
    """MADE, whose card has an ELBO alone, and `better`, whose card has more."""
    with create("better", make_card(-130.0, metrics={"elbo": -130.0, **PLANE})) as path:
        for name in REQUIRED:
            (path / name).write_bytes((weights / MADE / name).read_bytes())


@pytest.mark.usefixtures("two_models", "no_mnist")
def test_compare_prints_the_figures_of_both_cards_and_what_each_does_better():
    code, out, err = run("compare", MADE, "better")
    lines = [line.rstrip() for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert lines[0].split() == [MADE, "better"]
    assert lines[1].split()[-3:] == ["-550.000", "-130.000", "nats"]
    (holes,) = (line for line in lines if "like no real digit" in line)
    assert holes.split()[-2:] == ["-", "0.250"]
    place = lines.index(next(line for line in lines if line.startswith("codes' range of z1")))
    assert [line.split() for line in lines[place + 1 : place + 3]] == [
        [MADE, "-"],
        ["better", "-2.000", "3.000"],
    ]
    assert "KL" not in out  # neither card has it
    left, right = (lines.index(f"What {name} does better:") for name in (MADE, "better"))
    assert lines[left + 1].strip() == "Nothing beyond chance."
    assert "is -130.0 nats a digit, against -550.0 nats" in lines[right + 1]


@pytest.mark.usefixtures("two_models", "no_mnist")
def test_compare_as_json_holds_the_cards_figures_and_every_difference():
    code, out, _ = run("compare", "better", MADE, "--json")
    content = json.loads(out)
    assert code == 0
    assert content["models"] == ["better", MADE]
    assert content["metrics"] == [{"elbo": -130.0, **PLANE}, {"elbo": -550.0}]
    assert content["collapse"] == [None, None]
    (difference,) = content["differences"]
    assert (difference["measure"], difference["better"]) == ("elbo", "first")


@pytest.mark.usefixtures("weights")
def test_compare_names_a_collapsed_map(weights):
    for name, active in (("flat", 0.0), ("line", 0.5)):
        metrics = {"elbo": -206.0, "active_dimensions": active}
        with create(name, make_card(-206.0, metrics=metrics)) as path:
            for file in REQUIRED:
                (path / file).write_bytes((weights / MADE / file).read_bytes())
    code, out, _ = run("compare", "flat", "line")
    assert code == 0
    assert "collapsed to one place" in out
    assert "collapsed to a line" in out


# Train and evaluate, end to end


@pytest.mark.usefixtures("root", "small_mnist", "coarse")
def test_from_nothing_to_a_measured_model():
    handler = signal.getsignal(signal.SIGINT)
    code, out, _ = run("train", "tiny", "--seed", "5", "--subset", "250")
    assert code == 0
    first = card("tiny")
    assert first.finished
    assert len(first.history["loss"]) == 2
    assert first.train.seed == 5
    assert first.train.subset == 250
    assert first.train.batch_size == TINY.train.batch_size
    assert f"ELBO {first.metrics['elbo']:.2f} nats" in out
    assert signal.getsignal(signal.SIGINT) is handler
    progress = read_progress()
    assert (progress.phase, progress.epoch, progress.message) == ("done", 2, "")
    assert not is_training()

    code, out, _ = run("evaluate", "tiny", "--json")
    figures = json.loads(out)
    assert code == 0
    assert set(figures) == set(first.metrics) == {*FIGURES, "protocol"}
    for key in set(figures) - {"encode_ms", "decode_ms", "worst_places"}:
        assert figures[key] == pytest.approx(first.metrics[key], rel=1e-6), key
    np.testing.assert_allclose(figures["worst_places"], first.metrics["worst_places"])

    code, out, _ = run("evaluate", "--all", "--json")
    assert (code, list(json.loads(out))) == (0, ["tiny"])

    code, out, _ = run("evaluate", "tiny")
    assert code == 0
    for key, (words, _) in FIGURES.items():
        (line,) = (line for line in out.splitlines() if line.startswith(words + "  "))
        if isinstance(figures[key], list):
            first_number = np.ravel(figures[key])[0]
            assert f"{first_number:.3f} " in line
        elif not key.endswith("_ms"):
            number = str(figures[key]) if key == "lands" else f"{figures[key]:.3f}"
            assert f" {number} " in line


@pytest.mark.usefixtures("weights", "small_mnist", "copied_networks")
def test_a_run_that_reaches_its_target_stops_and_leaves_a_finished_model_alone():
    finished = card(MADE)
    options = ["--name", MADE, "--epochs", "9", "--target-elbo", "-1000000"]
    code, out, _ = run("train", "tiny", *options)
    assert code == 0
    assert "reached the target" in out
    assert card(MADE) == finished
    assert read_progress().phase == "stopped"
    assert "reached the target" in read_progress().message
    stopped = card(f"{MADE}-stopped")
    assert not stopped.finished
    assert len(stopped.history["loss"]) == 1


IN_A_PROCESS = f"""
import sys
from vae import cli, config
from vae.config import ModelConfig, Preset, TrainConfig
config.PRESETS["tiny"] = {TINY!r}
sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to a single process")
@pytest.mark.usefixtures("root", "small_mnist", "coarse", "copied_networks")
def test_ctrl_c_keeps_what_was_learnt_and_resume_finishes_it():
    # One image a step, so that there is time to interrupt.
    options = ["--name", "mine", "--epochs", "3", "--batch-size", "1", "--subset", "200"]
    running = subprocess.Popen(
        [sys.executable, "-u", "-c", IN_A_PROCESS, "train", "tiny", *options],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with running:
        try:
            assert any("val_loss" in line for line in running.stdout), "no epoch was finished"
            running.send_signal(signal.SIGINT)
            out, err = running.communicate(timeout=120)
        finally:
            running.kill()
    assert (running.returncode, "Traceback" in err) == (0, False), err
    assert "--resume" in out
    stopped = card("mine")
    assert not stopped.finished
    done = len(stopped.history["loss"])
    assert 1 <= done < 3

    code, _, err = run("train", "tiny", "--name", "mine", "--resume")
    assert code == 0, err
    finished = card("mine")
    assert finished.finished
    assert finished.train == stopped.train
    assert len(finished.history["loss"]) == 3
    assert finished.history["loss"][:done] == stopped.history["loss"]
    assert set(finished.metrics) == {*FIGURES, "protocol"}


@pytest.mark.usefixtures("root", "small_mnist", "coarse", "copied_networks")
def test_a_trained_run_that_could_not_be_saved_is_saved_on_resuming(monkeypatch):
    def failing(error):
        def fail(*arguments):
            raise error

        return fail

    full = OSError(errno.ENOSPC, "No space left on device")
    for error, expected in ((KeyboardInterrupt(), 130), (full, 2)):
        with monkeypatch.context() as patch:
            patch.setattr("vae.runs.publish.write_networks", failing(error))
            resume = ["--resume"] if expected == 2 else []
            code, _, err = run("train", "tiny", *resume)
        assert (code, err.count("\n")) == (expected, 1)
        assert "resume" in err
        progress = read_progress()
        assert progress.phase == ("stopped" if expected == 130 else "failed")
        assert expected == 130 or "the disk is full" in progress.message
        assert [path.name for path in folder.root().iterdir()] == ["runs"]
    code, out, _ = run("train", "tiny", "--resume")
    assert code == 0
    assert "Epoch" not in out
    assert card("tiny").finished


@pytest.mark.usefixtures("root", "small_mnist", "copied_networks")
def test_a_run_stopped_before_its_first_step_leaves_no_model(monkeypatch):
    @contextlib.contextmanager
    def stopped_at_once():
        yield lambda: True

    monkeypatch.setattr("vae.runs.run._clean_stop", stopped_at_once)
    code, out, _ = run("train", "tiny")
    assert code == 0
    assert "no model was written" in out
    assert read_progress().phase == "stopped"
    assert list_models() == ([], {})
