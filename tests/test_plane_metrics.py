import json

import numpy as np
import pytest
from scipy.special import ndtri

from tests.conftest import MADE
from tests.test_label_map import LEFT, RIGHT
from vae import data
from vae.errors import ModelInvalidError
from vae.inference import label_map, plane_metrics
from vae.inference.plane_metrics import DRAWS, evenness, measure_plane
from vae.inference.runtime import LatentModel
from vae.runs import evaluate
from vae.store.folder import read_model, update_card

HALF = (LEFT + RIGHT) / 2


@pytest.fixture(autouse=True)
def few_places(monkeypatch):
    """A coarser grid of places: shares are right to a hundredth, and there are fewer to decode."""
    monkeypatch.setattr(plane_metrics, "SIDE", 50)


@pytest.fixture(scope="module")
def real():
    """20 noisy 3s that are LEFT, and 20 noisy 7s that are RIGHT."""
    random = np.random.default_rng(0)
    clean = np.stack([LEFT] * 20 + [RIGHT] * 20)
    noisy = np.clip(clean + random.normal(0, 0.02, clean.shape), 0, 1).astype(np.float32)
    return noisy, np.array([3] * 20 + [7] * 20, np.uint8)


class Decoder:
    """Draws a 3 left of z1 = `border` and a 7 right of it, and above `top` what is no digit."""

    def __init__(self, border=0.0, top=np.inf, strange=1 - LEFT):
        self.border, self.top, self.strange = border, top, strange

    def decode(self, z):
        pictures = np.where((z[:, 0] < self.border)[:, None, None], LEFT, RIGHT)
        return np.where((z[:, 1] > self.top)[:, None, None], self.strange, pictures)


def box(low, high, steps=401):
    """Codes in an even grid over a square, whose LIMITS are 1 % of the square inside it."""
    line = np.linspace(low, high, steps)
    return np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)


def test_centre_and_limits_are_those_of_the_codes(real):
    found = measure_plane(Decoder(), box(2, 4) + np.array([0, 1]), *real)
    assert found["centre_distance"] == pytest.approx(5)  # of (3, 4)
    assert found["range_z1"] == pytest.approx([2.01, 3.99])
    assert found["range_z2"] == pytest.approx([3.01, 4.99])


def test_limits_leave_one_code_in_a_hundred_out(real):
    codes = np.random.default_rng(0).standard_normal((100_000, 2))
    found = measure_plane(Decoder(), codes, *real)
    assert found["range_z1"] == pytest.approx([-2.576, 2.576], abs=0.05)
    assert found["centre_distance"] == pytest.approx(0, abs=0.01)


def test_shares_of_the_range_are_areas(real):
    found = measure_plane(Decoder(border=-1.0), box(-2, 2), *real)
    shares = np.zeros(10)
    shares[[3, 7]] = 0.25, 0.75
    np.testing.assert_allclose(found["area_shares"], shares, atol=0.01)
    expected = -(0.25 * np.log10(0.25) + 0.75 * np.log10(0.75))
    assert found["area_evenness"] == pytest.approx(expected, abs=0.01)


def test_shares_of_the_prior_are_probabilities_wherever_the_codes_lie(real):
    border = ndtri(0.1)  # a tenth of the prior lies left of it
    for codes in (box(-2, 2), box(90, 95)):
        found = measure_plane(Decoder(border=border), codes, *real)
        assert found["prior_shares"][3] == pytest.approx(0.1, abs=0.006)
        assert found["prior_shares"][7] == pytest.approx(0.9, abs=0.006)
        assert sum(found["prior_shares"]) == pytest.approx(1)


def test_holes_are_the_share_of_places_that_are_like_no_digit(real):
    found = measure_plane(Decoder(top=ndtri(0.7)), box(0, 1), *real)
    assert found["holes_prior"] == pytest.approx(0.3, abs=0.04)  # 2.8 standard errors of 1000 draws
    assert found["holes_range"] == pytest.approx(1 - ndtri(0.7), abs=0.04)
    assert measure_plane(Decoder(), box(0, 1), *real)["holes_prior"] == 0


def test_a_blend_of_two_digits_is_unclear(real):
    # Of noise as strong as the digits every picture is far from every other: so none is a hole.
    random = np.random.default_rng(1)
    images = np.clip(real[0] + random.normal(0, 0.5, real[0].shape), 0, 1)
    decoder = Decoder(top=ndtri(0.8), strange=HALF)
    found = measure_plane(decoder, box(0, 1), images, real[1])
    assert found["holes_prior"] == 0
    digits, votes, _ = label_map.judge(HALF[None], images, real[1])
    is_unclear = votes[0] < label_map.LIKELY
    assert digits[0] in (3, 7)
    assert is_unclear
    assert found["unclear_prior"] == pytest.approx(0.2, abs=0.04)
    assert found["unclear_range"] == pytest.approx(1 - ndtri(0.8), abs=0.04)


def test_the_worst_places_are_those_of_the_draws_that_are_farthest_from_a_digit(real):
    class Fading:
        def decode(self, z):
            return LEFT + np.maximum(z[:, 0], 0)[:, None, None] * (1 - LEFT) / 10

    found = measure_plane(Fading(), box(0, 1), *real, seed=5)
    drawn = np.random.default_rng(5).standard_normal((DRAWS, 2))
    farthest = drawn[np.argsort(-drawn[:, 0])][:10]
    np.testing.assert_allclose(found["worst_places"], farthest, atol=1e-4)


def test_the_same_seed_gives_the_same_figures_and_another_seed_other_draws(real):
    first, again = (measure_plane(Decoder(top=1), box(-1, 2), *real, seed=3) for _ in range(2))
    other = measure_plane(Decoder(top=1), box(-1, 2), *real, seed=4)
    assert first == again
    assert first["worst_places"] != other["worst_places"]
    assert first["area_shares"] == other["area_shares"]


def test_evenness_is_0_for_one_digit_and_1_for_ten_alike():
    assert evenness(np.eye(10)[4]) == 0
    assert evenness(np.full(10, 0.1)) == pytest.approx(1)
    assert evenness(np.array([0.5, 0.5, *[0] * 8])) == pytest.approx(np.log10(2))


LINE = np.stack([np.linspace(-2, 2, 401), np.zeros(401)], axis=1)
ODD = {
    "one place": np.full((50, 2), 0.5),
    "one code": np.array([[0.5, 0.5]]),
    "one dimension": LINE,
    "a million away": box(-1, 1, 11) + 1e6,
    "a million wide": box(-1e6, 1e6, 11),
    "twenty codes": box(-1, 1)[:20],
}


@pytest.mark.parametrize("codes", ODD.values(), ids=ODD)
def test_odd_codes_have_figures_too(codes, real):
    found = measure_plane(Decoder(), codes, *real)
    json.dumps(found, allow_nan=False)
    for key in ("area_shares", "prior_shares"):
        assert sum(found[key]) == pytest.approx(1)
    assert found["range_z1"][0] <= found["range_z1"][1]
    assert np.shape(found["worst_places"]) == (10, 2)


def test_codes_in_one_place_cover_one_digit(real):
    found = measure_plane(Decoder(), np.full((50, 2), 0.5), *real)
    assert found["area_shares"][7] == 1
    assert found["area_evenness"] == 0
    assert found["range_z1"] == [0.5, 0.5]


def test_codes_on_a_line_are_measured_along_it(real):
    assert measure_plane(Decoder(border=1), LINE, *real)["area_shares"][3] == pytest.approx(
        0.75, abs=0.02
    )


def test_twenty_digits_are_enough_to_judge_by(real):
    images, labels = real[0][10:30], real[1][10:30]
    found = measure_plane(Decoder(), box(-1, 1)[:20], images, labels)
    assert found["prior_shares"][3] == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    "codes", [np.full((3, 2), np.nan), np.array([[0, np.inf]]), np.empty((0, 2))]
)
def test_codes_that_are_no_numbers_are_refused_in_a_sentence(codes, real):
    with pytest.raises(ModelInvalidError, match="a code of a test digit is missing or no number"):
        measure_plane(Decoder(), codes, *real)


def test_a_decoder_that_fails_is_named(real):
    with pytest.raises(ModelInvalidError, match="a pixel that the model draws"):
        measure_plane(Decoder(top=1, strange=np.nan), box(-1, 1), *real)


def evaluated_earlier(**changes):
    """The model that is called MADE, with the card of an earlier version."""
    update_card(read_model(MADE), metrics={"elbo": -550.0, "protocol": {"seed": 0.0}, **changes})
    return read_model(MADE).card.metrics


@pytest.mark.usefixtures("weights", "small_mnist")
def test_an_earlier_card_gets_the_measures_and_keeps_its_own(other_digits, capsys):
    earlier = evaluated_earlier()
    evaluate.main()
    assert capsys.readouterr().out == f"{MADE}\n"
    metrics, model = read_model(MADE).card.metrics, LatentModel(read_model(MADE).path)
    images = data.unit(other_digits.images)
    found = measure_plane(model, model.encode(images)[0], images, other_digits.labels)
    assert {key: metrics[key] for key in found} == found
    assert metrics["elbo"] == earlier["elbo"]
    assert metrics["protocol"] == {"seed": 0, "plane_places": 2500, "plane_draws": 1000}


@pytest.mark.usefixtures("weights", "small_mnist")
def test_a_card_that_has_them_or_was_never_evaluated_stays(capsys):
    for metrics in (evaluated_earlier(area_shares=[0.1] * 10), {"elbo": -550.0}):
        update_card(read_model(MADE), metrics=metrics)
        evaluate.main()
        assert read_model(MADE).card.metrics == metrics
    assert capsys.readouterr().out == ""
