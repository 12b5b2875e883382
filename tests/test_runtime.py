import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import vae
from tests.conftest import MADE
from vae import data
from vae.config import ModelConfig, TrainConfig
from vae.errors import LatentExplorerError, ModelInvalidError, ModelNotFoundError
from vae.inference.runtime import BATCH, LatentModel
from vae.store import atomic
from vae.store.card import CARD

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def model(made_weights):
    return LatentModel(made_weights / MADE)


@pytest.fixture(scope="module")
def images(digits):
    return data.unit(digits.images)


@pytest.fixture(scope="module")
def places():
    return np.random.default_rng(0).normal(0, 2, (2 * BATCH + 1, 2)).astype(np.float32)


@pytest.mark.parametrize("count", [0, 1, 7, BATCH + 1])
def test_any_number_of_images_becomes_as_many_codes(model, images, count):
    mean, log_var = model.encode(np.resize(images, (count, 28, 28)))
    assert mean.shape == log_var.shape == (count, 2)
    assert mean.dtype == log_var.dtype == np.float32
    assert np.isfinite(mean).all()
    assert np.isfinite(log_var).all()


@pytest.mark.parametrize("count", [0, 1, 7, BATCH + 1])
def test_any_number_of_places_becomes_as_many_images_of_probabilities(model, places, count):
    images = model.decode(places[:count])
    assert images.shape == (count, 28, 28)
    assert images.dtype == np.float32
    assert ((images >= 0) & (images <= 1)).all()


def test_even_far_off_the_map_pixels_are_probabilities(model):
    images = model.decode([[1e6, -1e6], [-1e3, 1e3], [0, 30]])
    assert ((images >= 0) & (images <= 1)).all()


def test_the_answer_to_a_row_does_not_depend_on_the_rows_beside_it(model, images, places):
    together = model.decode(places)
    order = np.random.default_rng(1).permutation(len(places))
    np.testing.assert_allclose(model.decode(places[order]), together[order], atol=1e-6)
    for row in (0, BATCH - 1, BATCH, len(places) - 1):
        np.testing.assert_allclose(model.decode(places[row : row + 1])[0], together[row], atol=1e-6)
    means, log_vars = model.encode(images)
    mean, log_var = model.encode(images[3:5])
    np.testing.assert_allclose(mean, means[3:5], atol=1e-5)
    np.testing.assert_allclose(log_var, log_vars[3:5], atol=1e-5)


def test_different_places_and_images_have_different_answers(model, images):
    there, elsewhere = model.decode([[-1, -1], [1, 1]])
    assert np.abs(there - elsewhere).max() > 0.01
    mean, log_var = model.encode(images)
    assert (mean.std(axis=0) > 0.01).all()
    assert np.abs(mean - log_var).max() > 0.01


def test_it_answers_as_keras_does_with_the_same_weights(model, made_weights, images, places):
    from keras import ops

    from vae.training.model import VAE

    vae = VAE(ModelConfig(width=32, frequencies=8), TrainConfig())
    vae.load_weights(made_weights / MADE / "model.weights.h5")
    expected = vae.encoder(images[..., None])
    mean, log_var = model.encode(images)
    np.testing.assert_allclose(mean, expected["mean"], atol=1e-5)
    np.testing.assert_allclose(log_var, expected["log_var"], atol=1e-5)
    decoded = ops.sigmoid(vae.decoder(places))[..., 0]
    np.testing.assert_allclose(model.decode(places), decoded, atol=1e-5)


@pytest.mark.parametrize("names", [("mean", "log_var"), ("log_var", "mean")])
def test_the_encoders_outputs_are_found_by_name_as_keras_exports_them(
    made_weights, tmp_path, names
):
    import keras

    image = keras.Input((28, 28, 1), name="images")
    flat = keras.layers.Flatten()(image)
    bias = {"mean": 1.0, "log_var": -1.0}
    outputs = {
        name: keras.layers.Dense(2, "linear", True, "zeros", keras.initializers.Constant(value))(
            flat
        )
        for name, value in ((name, bias[name]) for name in names)
    }
    encoder = keras.Model(image, outputs)
    encoder.export(tmp_path / "encoder.tflite", format="litert", verbose=False)
    shutil.copy(made_weights / MADE / "decoder.tflite", tmp_path)
    mean, log_var = LatentModel(tmp_path).encode(np.zeros((3, 28, 28)))
    assert np.unique(mean) == [1]
    assert np.unique(log_var) == [-1]


def test_earlier_answers_do_not_change(model):
    first = model.decode([[0, 0]])
    copy = first.copy()
    model.decode([[2, 2]])
    np.testing.assert_array_equal(first, copy)


def test_eight_threads_at_once_get_the_answers_that_one_gets(model, images, places):
    jobs = [(images[i : i + 1 + i % 9], places[i : i + 1 + i % 13]) for i in range(64)]
    alone = [(model.encode(i)[0], model.decode(p)) for i, p in jobs]
    with ThreadPoolExecutor(8) as pool:
        at_once = list(pool.map(lambda job: (model.encode(job[0])[0], model.decode(job[1])), jobs))
    for ours, theirs in zip(at_once, alone, strict=True):
        np.testing.assert_allclose(ours[0], theirs[0], atol=1e-5)
        np.testing.assert_allclose(ours[1], theirs[1], atol=1e-6)


@pytest.mark.parametrize("shape", [(28, 28), (1, 784), (1, 28, 28, 1), (1, 28, 27), (0,), ()])
def test_images_of_another_shape_are_refused(model, shape):
    with pytest.raises(ValueError, match=r"must be \(n, 28, 28\), got"):
        model.encode(np.zeros(shape))


@pytest.mark.parametrize("shape", [(2,), (1, 3), (1, 1, 2), (2, 1), (0,), ()])
def test_places_of_another_shape_are_refused(model, shape):
    with pytest.raises(ValueError, match=r"must be \(n, 2\), got"):
        model.decode(np.zeros(shape))


def swap(folder):
    (folder / "encoder.tflite").rename(folder / "other")
    (folder / "decoder.tflite").rename(folder / "encoder.tflite")
    (folder / "other").rename(folder / "decoder.tflite")


DAMAGE = {
    "garbage": lambda f: (f / "encoder.tflite").write_bytes(b"garbage" * 100),
    "nothing": lambda f: (f / "decoder.tflite").write_bytes(b""),
    "no file": lambda f: (f / "decoder.tflite").unlink(),
    "two encoders": lambda f: shutil.copy(f / "encoder.tflite", f / "decoder.tflite"),
    "swapped": swap,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_network_that_is_not_what_it_should_be_is_refused_in_one_line(weights, damage):
    damage(weights / MADE)
    with pytest.raises(ModelInvalidError, match=r"coder\.tflite") as caught:
        LatentModel(weights / MADE)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("damage", ["garbage", "swapped"])
def test_a_model_whose_card_vouches_for_a_wrong_network_is_refused_by_name(weights, damage):
    folder = weights / MADE
    DAMAGE[damage](folder)
    card = json.loads((folder / CARD).read_text())
    card["files"] = {name: atomic.sha256(folder / name) for name in card["files"]}
    (folder / CARD).write_text(json.dumps(card))
    with pytest.raises(ModelInvalidError, match=repr(MADE)):
        vae.load(MADE)


def test_load_verifies_the_folder_first(weights):
    assert vae.models() == [MADE]
    with (weights / MADE / "decoder.tflite").open("ab") as file:
        file.write(b"X")
    assert vae.models() == []
    with pytest.raises(ModelInvalidError, match="altered"):
        vae.load(MADE)


@pytest.mark.usefixtures("weights")
def test_a_model_that_does_not_exist_is_refused_with_the_names_there_are():
    with pytest.raises(ModelNotFoundError, match=f"no model 'nope'. The models are: {MADE}"):
        vae.load("nope")
    assert issubclass(ModelNotFoundError, LatentExplorerError)


LIGHT = """
import sys
import vae
model = vae.load(vae.models()[0])
model.decode([[0, 0]])
heavy = {"tensorflow", "keras", "streamlit", "plotly"}
print(sorted(heavy & {name.split(".")[0] for name in sys.modules}))
"""


@pytest.mark.usefixtures("weights")
def test_using_a_model_loads_no_training_library_and_no_interface():
    command = [sys.executable, "-c", LIGHT]
    ran = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60)
    assert ran.stdout.splitlines()[-1:] == ["[]"], ran.stderr
