import numpy as np
import pytest

from vae.inference.map_metrics import group_sizes, measure_map, unevenness

PRIOR = np.random.default_rng(0).standard_normal((10_000, 2))


def spot(place, count, rng=0):
    """`count` codes within 0.1 of `place`."""
    return np.random.default_rng(rng).uniform(-0.05, 0.05, (count, 2)) + place


def one_digit(codes):
    return measure_map(codes, np.zeros(len(codes), np.uint8))


def sectors(codes):
    """Labels that cut the plane into ten sectors, as likely as each other under the prior."""
    turn = np.arctan2(codes[:, 1], codes[:, 0]) / (2 * np.pi) % 1  # in [0, 1)
    return (10 * turn).astype(np.uint8)


def test_ten_sectors_of_the_prior_are_ten_whole_lands():
    found = measure_map(PRIOR, sectors(PRIOR))
    assert found["main_land"] == pytest.approx(0.993, abs=0.003)
    assert found["lands"] == 10


def test_digits_that_lie_elsewhere_are_not_in_their_main_land():
    labels = sectors(PRIOR)
    labels[::20] = np.random.default_rng(1).integers(0, 10, len(labels[::20]))
    found = measure_map(PRIOR, labels)
    assert found["main_land"] == pytest.approx(0.956, abs=0.01)
    assert found["lands"] == 10


def test_draws_from_the_prior_are_its_own_outskirts_and_as_uneven_as_chance():
    found = one_digit(PRIOR)
    assert found["beyond_3"] == pytest.approx(np.exp(-4.5), abs=0.003)
    assert found["unevenness"] == pytest.approx(0.04, abs=0.006)


def test_the_figures_are_plain_numbers_that_json_can_hold():
    kinds = {"main_land": float, "lands": int, "beyond_3": float, "unevenness": float}
    assert {key: type(value) for key, value in measure_map(PRIOR, sectors(PRIOR)).items()} == kinds


def test_one_spot_is_one_land_and_as_uneven_as_can_be():
    found = one_digit(spot((0.05, 0.05), 100))
    assert found == {
        "main_land": 1,
        "lands": 1,
        "beyond_3": 0,
        "unevenness": pytest.approx(0.99),
    }


def test_two_islands_of_one_digit_are_two_lands_of_which_the_larger_is_the_main_one():
    codes = np.concatenate([spot((0, 0), 70), spot((3.5, 0), 30)])
    found = one_digit(codes)
    assert (found["main_land"], found["lands"], found["beyond_3"]) == (0.7, 2, 0.3)
    assert sorted(group_sizes(codes)) == [30, 70]


def test_codes_of_two_digits_in_one_place_are_a_land_of_each():
    labels = np.repeat(np.array([2, 7], np.uint8), 50)
    found = measure_map(spot((0, 0), 100), labels)  # eight digits are missing
    assert (found["main_land"], found["lands"]) == (1, 2)


@pytest.mark.parametrize(("count", "lands"), [(20, 0), (21, 1)])
def test_a_land_has_more_than_twenty_codes(count, lands):
    found = one_digit(spot((0, 0), count))
    assert (found["main_land"], found["lands"]) == (1, lands)


@pytest.mark.parametrize(("step", "groups"), [(0.2499, [10]), (0.25, [1] * 10)])
def test_a_chain_of_codes_nearer_than_a_quarter_is_one_group(step, groups):
    chain = np.stack([np.arange(10) * step, np.zeros(10)], axis=1)
    assert group_sizes(chain).tolist() == groups


def test_a_single_code_is_a_main_land():
    assert one_digit(np.zeros((1, 2))) == {
        "main_land": 1,
        "lands": 0,
        "beyond_3": 0,
        "unevenness": pytest.approx(0.99),
    }


def test_codes_that_fill_every_cell_alike_are_even_and_those_that_fill_half_of_them_half():
    from scipy.special import ndtri

    middles = ndtri((np.arange(10) + 0.5) / 10)
    every = np.stack(np.meshgrid(middles, middles), axis=-1).reshape(-1, 2)
    assert unevenness(every) == pytest.approx(0)
    assert unevenness(every[every[:, 0] > 0]) == pytest.approx(0.5)


def test_codes_far_out_belong_to_the_outermost_cells():
    corners = np.array([[-50.0, -50], [-50, 50], [50, -50], [50, 50]])
    assert unevenness(corners) == pytest.approx(0.96)
