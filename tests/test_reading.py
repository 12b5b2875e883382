import io
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest
from PIL import Image, ImageDraw

import vae
from tests.conftest import MADE
from tests.support.honesty import calibration_error, caught_share, silent_errors
from tests.support.no_digits import make_kinds
from tests.support.photos import photograph
from tests.test_posterior import DOT, Bumps
from vae import data
from vae.inference import calibration, posterior, reading, runtime
from vae.inference.shapes import load_density
from vae.store.card import UNCALIBRATED

TWO_PLACES = ((-0.5, 0.0), 0.98), ((1.5, 0.0), 0.98)


class Model(Bumps):
    """Draws DOT at two places, where the 4s and the 9s live; the encoder always says (1, 2)."""

    def __init__(self, log_likelihood=(-1000, 0), similarity=(0, 1), worth=UNCALIBRATED):
        super().__init__(*TWO_PLACES)
        mean = np.repeat(np.float32([[-0.5, 0], [1.5, 0]]), 20, axis=0)
        self.latents = {"mean": mean, "label": np.repeat(np.uint8([4, 9]), 20)}
        self.reference_percentiles = SimpleNamespace(
            log_likelihood=np.linspace(*log_likelihood, 101),
            similarity=np.linspace(*similarity, 101),
        )
        self.calibration = worth
        self.decoded = []  # how many places at a time

    def encode(self, images):
        return np.float32([[1, 2]]), np.float32([[0, 2 * np.log(3)]])

    def decode(self, z):
        self.decoded.append(len(z))
        return super().decode(z)


@pytest.fixture(scope="module")
def dot():
    """The model and what it makes of DOT."""
    model = Model()
    return model, vae.read(DOT, model)


def test_the_probabilities_are_those_of_the_posteriors_neighbours(dot):
    model, found = dot
    assert found.probabilities.shape == (10,)
    assert found.probabilities.sum() == pytest.approx(1)
    assert found.digit == 4
    assert set(np.argsort(found.probabilities)[-2:]) == {4, 9}
    votes = calibration.label_places(np.array([found.place]), *model.latents.values())
    assert votes[0].argmax() == 4


def test_the_place_and_the_likelihood_are_the_posteriors(dot):
    _, found = dot
    assert found.place == pytest.approx([-0.5, 0], abs=0.02)
    assert found.place.shape == (2,)
    assert found.log_likelihood == found.posterior.log_likelihood
    assert len(found.posterior.modes) == 2


def test_the_redraws_are_the_decoded_peak_and_the_decoded_encoder_mean(dot):
    model, found = dot
    assert found.encoder_mean.tolist() == [1, 2]
    assert found.encoder_deviation == pytest.approx([1, 3])
    redraws = model.decode(np.stack([found.place, found.encoder_mean]))
    np.testing.assert_array_equal(found.redraw, redraws[0])
    np.testing.assert_array_equal(found.encoder_redraw, redraws[1])
    assert found.similarity == pytest.approx(posterior.bray_curtis_similarity(DOT, found.redraw))


def test_the_ranks_are_among_the_models_reference_percentiles(dot):
    _, found = dot
    assert found.log_likelihood_rank == pytest.approx(1 + found.log_likelihood / 1000)
    assert found.similarity_rank == pytest.approx(found.similarity)


@pytest.mark.parametrize("oddity", [0, 1, 2])
def test_an_image_is_no_digit_if_its_likelihood_its_redraw_or_its_shape_is_odd(dot, oddity):
    _, found = dot
    usual = [-found.log_likelihood, -found.similarity, 1e6]
    usual[2] = float(load_density().energies(DOT[None]).min())
    strict = msgspec.structs.replace(UNCALIBRATED, usual=usual, strangest=1.0)
    assert not vae.read(DOT, Model(worth=strict)).is_no_digit
    usual[oddity] -= 1.1
    found = vae.read(DOT, Model(worth=msgspec.structs.replace(strict, usual=usual)))
    assert found.is_no_digit
    assert found.unfamiliar


def test_without_a_calibration_nothing_is_warned_of(dot):
    _, found = dot
    assert (found.is_no_digit, found.likelier_turn, found.tilt, found.tilted) == (False, 0, 0, None)


def test_a_digit_on_its_side_is_offered_the_turn_that_puts_it_up(explorer):
    for turns in range(4):
        found = vae.read(calibration.turn(SEVEN, turns), explorer)
        assert (found.likelier_turn + turns) % 4 == 0


def test_a_digit_that_leans_is_read_a_second_time_upright():
    sure = msgspec.structs.replace(UNCALIBRATED, tilt_margin=0.0)
    model = Model(worth=sure)
    leaning = calibration.tilt(np.float32(DOT), 30)
    found = vae.read(leaning, model)
    assert found.tilt < 0
    assert found.tilted.log_likelihood > found.log_likelihood
    assert (found.tilted.tilt, found.tilted.tilted) == (0, None)


def test_the_plane_is_decoded_once_a_model():
    model = Model()
    first = vae.read(DOT, model)
    vae.read(np.zeros((28, 28)), model)
    again = vae.read(DOT, model)
    assert sum(count > 10_000 for count in model.decoded) == 1
    np.testing.assert_array_equal(again.probabilities, first.probabilities)


def test_eight_readers_at_once_decode_the_plane_once():
    model = Model()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: vae.read(DOT, model).log_likelihood, range(8)))
    assert len(set(found)) == 1
    assert sum(count > 10_000 for count in model.decoded) == 1


def test_no_more_than_two_planes_are_held():
    for _ in range(4):
        vae.read(DOT, Model())
    assert reading._cached_scene.cache_info().currsize == 2


@pytest.mark.parametrize("shape", [(1, 28, 28), (784,), (28, 27), ()])
def test_an_image_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"must be \(28, 28\), got"):
        vae.read(np.zeros(shape), Model())


@pytest.mark.parametrize("value", [-0.1, 1.1, 255, np.nan, np.inf])
def test_an_image_beyond_0_to_1_is_refused(value):
    with pytest.raises(ValueError, match=r"must be in \[0, 1\], got"):
        vae.read(np.full((28, 28), value), Model())


def drawing(draw):
    """An image (28, 28) in [0, 1] of what `draw` puts on a canvas of 280 by 280, white on black."""
    image = Image.new("L", (280, 280))
    draw(ImageDraw.Draw(image))
    return np.asarray(image.resize((28, 28), Image.Resampling.BOX)) / 255


def cross(pen):
    pen.line((45, 45, 235, 235), fill=255, width=28)
    pen.line((235, 45, 45, 235), fill=255, width=28)


def letter_a(pen):
    pen.line((50, 235, 140, 45, 230, 235), fill=255, width=26, joint="curve")
    pen.line((80, 165, 200, 165), fill=255, width=26)


def heart(pen):
    t = np.linspace(0, 2 * np.pi, 200)
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    pen.line([*zip(140 + 6 * x, 135 - 6 * y, strict=True)], fill=255, width=26, joint="curve")


def seven(pen):
    pen.line((60, 60, 215, 60, 125, 235), fill=255, width=26, joint="curve")


SEVEN = drawing(seven).astype(np.float32)
NO_DIGITS = {
    "a checkerboard": (np.indices((28, 28)) // 4).sum(axis=0) % 2,
    "noise": np.random.default_rng(0).random((28, 28)),
    "a dot": drawing(lambda pen: pen.ellipse((120, 120, 160, 160), fill=255)),
    "a large X": drawing(cross),
    "a heart": drawing(heart),
    "an A": drawing(letter_a),
    "nothing": np.zeros((28, 28)),
}


@pytest.fixture(scope="module")
def explorer():
    return vae.load("explorer")


@pytest.mark.parametrize("name", NO_DIGITS)
def test_what_is_no_digit_is_no_digit_to_the_explorer(name, explorer):
    assert vae.read(NO_DIGITS[name], explorer).is_no_digit


def test_most_of_what_is_no_digit_is_refused_or_flagged(explorer):
    kinds = make_kinds(20, np.random.default_rng(0))
    caught = {kind: caught_share(pictures, explorer) for kind, pictures in kinds.items()}
    assert np.mean([*caught.values()]) >= 0.9
    assert {kind: share for kind, share in caught.items() if share < 0.8} == {}  # 20 err by 0.1


@pytest.mark.mnist
def test_at_most_1_in_50_real_digits_is_flagged_and_the_percentages_can_be_trusted(explorer):
    test = data.test_set()
    found = [vae.read(image, explorer) for image in data.unit(test.images[:600])]
    assert np.mean([reading.is_no_digit for reading in found]) <= 0.025  # the first half is harder
    assert np.mean([bool(reading.likelier_turn or reading.tilt) for reading in found]) <= 0.03
    assert calibration_error(found, test.labels[:600]) <= 0.03
    assert silent_errors(found, test.labels[:600]) <= 0.005
    assert np.mean([r.digit == label for r, label in zip(found, test.labels, strict=False)]) > 0.93


@pytest.mark.mnist
def test_the_percentages_of_photographs_can_be_trusted_too(explorer):
    test, random = data.test_set(), np.random.default_rng(1)
    chosen = random.permutation(len(test))[:100]
    found = [vae.read(vae.prepare(photograph(test.images[i], random)), explorer) for i in chosen]
    assert calibration_error(found, test.labels[chosen]) <= 0.05  # 100 alone err by 0.03
    assert silent_errors(found, test.labels[chosen]) <= 0.02


@pytest.mark.mnist
def test_a_prepared_file_is_read_as_its_image_is(explorer):
    png = io.BytesIO()
    Image.fromarray(data.test_set().images[0]).resize((280, 280)).save(png, "PNG")
    digit = vae.prepare(png.getvalue())
    found = vae.read(digit, explorer)
    assert found.digit == 7
    assert found.log_likelihood == vae.read(digit.image, explorer).log_likelihood


@pytest.mark.usefixtures("weights")
def test_a_loaded_model_reads_its_latents_once_and_only_when_needed(monkeypatch):
    calls, read_latents = [], runtime.read_latents
    monkeypatch.setattr(runtime, "read_latents", lambda f: calls.append(f) or read_latents(f))
    model = vae.load(MADE)
    model.decode([[0, 0]])
    assert calls == []
    assert set(model.latents) == {"mean", "log_var", "label"}
    assert model.latents is model.latents
    assert calls == [model.folder]


def test_a_model_without_a_verified_folder_has_no_latents(made_weights):
    with pytest.raises(ValueError, match=r"vae\.load"):
        _ = runtime.LatentModel(made_weights / MADE).latents
