import json
import math
from dataclasses import asdict

import pytest

from vae.inference.comparison import SURE, compare, describe_collapse
from vae.inference.measures import MEASURES, bounds_distance

PLAIN = {
    "elbo": -120.0,
    "reconstruction": 112.0,
    "kl": 8.0,
    "active_dimensions": 1.0,
    "accuracy": 0.9,
    "main_land": 0.97,
    "unevenness": 0.2,
    "centre_distance": 0.1,
    "range_z1": [-2.6, 2.6],
    "range_z2": [-2.6, 2.6],
    "area_evenness": 0.9,
    "prior_evenness": 0.9,
    "holes_prior": 0.02,
    "holes_range": 0.03,
    "unclear_prior": 0.2,
    "unclear_range": 0.2,
    "decode_ms": 0.1,
    "protocol": {"images": 10_000, "plane_draws": 1000},
}
# Of each measure: a figure that is clearly better than PLAIN's, and one that may be chance.
CHANGES = {
    "reconstruction": (100.0, 111.5),
    "elbo": (-110.0, -119.5),
    "accuracy": (0.95, 0.905),
    "main_land": (1.0, 0.975),
    "unevenness": (0.1, 0.19),
    "centre_distance": (0.0, 0.09),
    "area_evenness": (0.99, 0.92),
    "prior_evenness": (0.99, 0.92),
    "holes_prior": (0.0, 0.015),
    "holes_range": (0.0, 0.02),
    "unclear_prior": (0.05, 0.18),
    "unclear_range": (0.05, 0.18),
    "decode_ms": (0.01, 0.08),
}


def by_measure(first, second):
    return {difference.measure: difference for difference in compare(first, second)}


def test_every_measure_is_compared_once():
    found = compare(PLAIN, PLAIN)
    assert [difference.measure for difference in found] == [measure.key for measure in MEASURES]
    assert {*CHANGES, "bounds"} == {measure.key for measure in MEASURES}


def test_a_model_is_no_better_than_itself():
    assert all(d.better is None and d.words == "" for d in compare(PLAIN, PLAIN))


@pytest.mark.parametrize("key", CHANGES)
def test_the_better_side_is_named_with_both_figures(key):
    better = {**PLAIN, key: CHANGES[key][0]}
    left, right = by_measure(better, PLAIN), by_measure(PLAIN, better)
    assert (left[key].first, left[key].second) == (better[key], PLAIN[key])
    assert (left[key].better, right[key].better) == ("first", "second")
    assert left[key].words == right[key].words != ""
    assert "\n" not in left[key].words
    (measure,) = (measure for measure in MEASURES if measure.key == key)
    for figure in (better[key], PLAIN[key]):
        assert measure.form.format(measure.scale * figure) in left[key].words
    others = [difference.better for name, difference in left.items() if name != key]
    assert others == [None] * len(others)


@pytest.mark.parametrize("key", CHANGES)
def test_there_is_no_sentence_for_what_may_be_chance(key):
    difference = by_measure({**PLAIN, key: CHANGES[key][1]}, PLAIN)[key]
    assert (difference.better, difference.words) == (None, "")
    assert difference.noise > abs(difference.first - difference.second) > 0


def test_the_noise_of_a_share_is_that_of_its_draws():
    first = {**PLAIN, "holes_prior": 0.5}
    noise = by_measure(first, first)["holes_prior"].noise
    assert noise == pytest.approx(SURE * math.sqrt(2 * 0.25 / 1000), rel=1e-3)


def test_nothing_of_a_thousand_is_not_surely_nothing():
    noise = by_measure(*[{**PLAIN, "holes_prior": 0.0}] * 2)["holes_prior"].noise
    assert 0.001 < noise < 0.01


def test_fewer_images_make_more_noise():
    few = {**PLAIN, "protocol": {"images": 100, "plane_draws": 1000}}
    assert by_measure(few, few)["elbo"].noise == pytest.approx(
        10 * by_measure(PLAIN, PLAIN)["elbo"].noise
    )


def test_bounds_are_measured_from_those_of_the_prior():
    assert bounds_distance({"range_z1": [-2.576, 2.576], "range_z2": [-2.576, 2.576]}) == 0
    assert bounds_distance({"range_z1": [-3.576, 3.576], "range_z2": [-2.576, 2.576]}) == 0.5
    assert bounds_distance({"range_z1": [0, 0], "range_z2": [0, 0]}) == pytest.approx(2.576)
    assert bounds_distance({"range_z1": [10, 12.576], "range_z2": [-2.576, 2.576]}) == (
        pytest.approx((12.576 + 10) / 4)
    )


def test_bounds_far_out_are_worse():
    far = {**PLAIN, "range_z1": [-8.0, 12.0]}
    difference = by_measure(far, PLAIN)["bounds"]
    assert difference.better == "second"
    assert "0.02 units, against 3.72 units" in difference.words


def test_a_collapsed_model_is_never_praised_for_its_order():
    collapsed = {
        **PLAIN,
        "active_dimensions": 0.0,
        "main_land": 1.0,
        "centre_distance": 0.0,
        "holes_prior": 0.0,
        "holes_range": 0.0,
        "unclear_prior": 0.0,
        "unclear_range": 0.0,
        "prior_evenness": 0.0,
    }
    messy = {**PLAIN, "main_land": 0.7, "centre_distance": 2.0, "range_z1": [-9.0, 9.0]}
    assert all(d.better != "first" for d in compare(collapsed, messy))
    assert by_measure(collapsed, messy)["prior_evenness"].better == "second"
    assert by_measure({**collapsed, "active_dimensions": 1.0}, messy)["main_land"].better == "first"


def test_a_collapse_is_described():
    assert describe_collapse(PLAIN) is None
    assert describe_collapse({"elbo": -120.0}) is None
    assert "to one place" in describe_collapse({"active_dimensions": 0.0})
    assert "to a line" in describe_collapse({"active_dimensions": 0.5})


def test_what_a_card_does_not_say_is_not_compared():
    early = {"elbo": -150.0}
    assert [difference.measure for difference in compare(early, PLAIN)] == ["elbo"]
    assert compare({}, PLAIN) == []


@pytest.mark.parametrize("impossible", [math.nan, math.inf])
def test_what_is_no_number_is_not_compared(impossible):
    assert "elbo" not in by_measure({**PLAIN, "elbo": impossible}, PLAIN)
    wide = {**PLAIN, "range_z1": [-impossible, impossible]}
    assert "bounds" not in by_measure(wide, PLAIN)
    assert "centre_distance" not in by_measure(wide, PLAIN)  # its noise comes from the range


def test_codes_a_million_away_are_compared():
    far = {**PLAIN, "range_z1": [1e6 - 1, 1e6 + 1], "centre_distance": 1e6}
    found = by_measure(far, PLAIN)
    assert (found["centre_distance"].better, found["bounds"].better) == ("second", "second")
    json.dumps([asdict(difference) for difference in compare(far, PLAIN)], allow_nan=False)
