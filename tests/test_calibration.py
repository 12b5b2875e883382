import numpy as np
import pytest

from tests.test_posterior import DOT, Bumps
from vae.inference import calibration
from vae.inference.calibration import Facts
from vae.inference.posterior import decode_plane

PLACES = np.float32([[-1, 0], [1, 0]])
CODES = np.repeat(PLACES, 20, axis=0)
LABELS = np.repeat(np.uint8([4, 9]), 20)


def facts(votes, energies, log_likelihood=-100.0, similarity=0.8):
    shares, energy = np.zeros((1, 10)), np.full((1, 10), 400.0)
    for digit, share in votes.items():
        shares[0, digit] = share
    for digit, value in energies.items():
        energy[0, digit] = value
    return Facts(shares, energy, np.array([log_likelihood]), np.array([similarity]))


def test_every_place_votes_with_the_digits_around_it():
    votes = calibration.label_places(PLACES, CODES, LABELS)
    np.testing.assert_array_equal(votes, np.eye(10)[[4, 9]])
    assert calibration.label_places(PLACES, CODES[:1], LABELS[:1])[:, 4].tolist() == [1, 1]


def test_a_higher_temperature_hears_the_second_likeliest_place():
    log_joint = np.float32([[0, -8]])
    votes = calibration.label_places(PLACES, CODES, LABELS)
    for temperature in (1, 8):
        found = calibration.count_votes(log_joint, votes, temperature)[0]
        assert found[9] == pytest.approx(1 / (1 + np.exp(8 / temperature)))
        assert found.sum() == pytest.approx(1)


def test_the_probabilities_sum_to_1_and_grow_with_votes_and_shape():
    weights = [1.0, 0.2]
    cases = [
        facts({4: 1}, {4: 0, 9: 100}),
        facts({4: 0.6, 9: 0.4}, {4: 0, 9: 100}),
        facts({4: 0.6, 9: 0.4}, {4: 50, 9: 50}),
        facts({4: 0.6, 9: 0.4}, {4: 100, 9: 0}),
        facts({4: 0.6, 9: 0.4}, {4: 9000, 9: 0}),
    ]
    found = [calibration.digit_probabilities(case, weights)[0] for case in cases]
    assert [p.sum() for p in found] == pytest.approx([1] * 5)
    assert all((p >= 0).all() for p in found)
    assert np.all(np.diff([p[4] for p in found]) < 0)
    assert [p.argmax() for p in found] == [4, 4, 4, 9, 9]  # a clear shape outweighs the map


def test_strangeness_is_the_length_of_what_exceeds_the_usual():
    usual, spread = [100, -0.8, 400], [50, 0.1, 10]
    plain = facts({4: 1}, {4: 300})
    odd = facts({4: 1}, dict.fromkeys(range(10), 440), log_likelihood=-250)
    assert calibration.strangeness(plain, usual, spread).tolist() == [0]
    assert calibration.strangeness(odd, usual, spread) == pytest.approx([5])


def test_four_quarter_turns_give_the_image_back_and_keep_the_centre_of_mass():
    image = np.zeros((28, 28), np.float32)
    image[6:22, 10:18] = 1
    image[14, 14] = 0.5
    turned = calibration.turn(image, 1)
    np.testing.assert_array_equal(calibration.turn(turned, 3), image)
    rows, columns = np.indices(image.shape)
    middle = [(image * axis).sum() / image.sum() for axis in (rows, columns)]
    after = [(turned * axis).sum() / turned.sum() for axis in (rows, columns)]
    assert after == pytest.approx([middle[1], 28 - middle[0]])


def test_a_tilt_is_clockwise_and_keeps_the_longer_side():
    image = np.zeros((28, 28), np.float32)
    image[4:24, 13:16] = 1
    tilted = calibration.tilt(image, 30)
    rows, columns = np.nonzero(tilted > 0.5)
    assert columns[rows.argmin()] > columns[rows.argmax()]  # the top leans to the right
    assert np.ptp(rows) + 1 == pytest.approx(20, abs=1)
    assert 0 <= tilted.min() <= tilted.max() <= 1


def test_an_empty_image_can_be_turned_and_tilted():
    empty = np.zeros((28, 28), np.float32)
    assert not calibration.turn(empty, 1).any()
    assert not calibration.tilt(empty, 20).any()


def test_the_ways_up_are_compared_with_the_image_as_it_is():
    grid = decode_plane(Bumps(((-0.5, 0.0), 0.98)))
    turns, tilts = calibration.compare_ways_up(grid, np.float32(DOT))
    assert (turns.shape, tilts.shape) == ((4,), (len(calibration.TILTS),))
    assert turns[0] == 0
    alone = calibration.plausibility(grid, np.float32([DOT]))
    turned = calibration.plausibility(grid, calibration.turn(np.float32(DOT), 1)[None])
    assert turns[1] == pytest.approx((turned - alone)[0], abs=0.01)
