"""Which strokes are taken for the digit: small ones, bold ones, broken ones, and shades."""

import numpy as np
import pytest

import vae
from tests.test_digit import FIVE, ONE, SEVEN, add_noise, difference, draw, image_of, png
from vae.errors import DigitError
from vae.inference.choice import choose
from vae.preprocessing import pen
from vae.preprocessing.digit import prepare
from vae.preprocessing.region import common_share

ZERO = [[(0.5 + 0.18 * np.sin(a), 0.5 - 0.25 * np.cos(a)) for a in np.linspace(0, 6.3, 40)]]
HALVES = [ZERO[0][2:18], ZERO[0][22:38]]  # by a pen that skips at the top and at the foot


@pytest.fixture(scope="module")
def explorer():
    return vae.load("explorer")


@pytest.mark.parametrize("deviation", [0, 3])
def test_a_small_digit_is_cut_out_of_the_larger_picture(deviation):
    page = add_noise(draw(FIVE, size=2400, shift=(0.6, 0.3), scale=0.05), deviation)
    digit = prepare(png(page))
    assert "A closer look" in [name for name, _ in digit.steps]
    assert difference(digit.image, image_of(draw(FIVE))) < 0.04
    box = (0.6 + 0.05 * 0.27, 0.3 + 0.05 * 0.17, 0.6 + 0.05 * 0.7, 0.3 + 0.05 * 0.84)
    assert common_share(digit.box, box) > 0.8


def test_a_large_digit_takes_no_closer_look():
    digit = prepare(png(draw(FIVE, size=2400)))
    assert "A closer look" not in [name for name, _ in digit.steps]


@pytest.mark.parametrize("deviation", [0, 3])
def test_of_a_bold_digit_that_fills_its_picture_neither_holes_nor_pieces_are_read(deviation):
    picture = add_noise(draw(ZERO, width=0.18, scale=1.5, shift=(-0.25, -0.25)), deviation)
    digit = prepare(png(picture[:, 30:370]))
    for way in (digit, *digit.candidates):
        left, top, right, bottom = way.box
        assert right - left > 0.9
        assert bottom - top > 0.9
    assert digit.image[14, 14] < 0.2 < digit.image.max()


def test_a_shade_without_an_edge_is_refused():
    across = np.linspace(60, 200, 300)[None, :].repeat(240, axis=0)
    with pytest.raises(DigitError, match="No digit"):
        prepare(png(add_noise(across, 2)))


def test_ink_that_fades_slowly_is_less_like_a_pen_s():
    y, x = np.mgrid[-100:100, -100:100]
    strength = np.clip(1.5 - np.abs(x) / 10, 0, 1) * (np.abs(y) < 70)
    soft = np.clip(1.5 - np.abs(x) / 10, 0, 1) * np.clip(1 - np.abs(x) / 70, 0, 1)
    soft = np.where(np.abs(y) < 70, np.maximum(soft, 1 - np.abs(x) / 70), 0).clip(0)
    mask = strength > 0.5
    scores = [pen.pen_score(s.astype(np.float32), mask) for s in (strength, soft)]
    assert scores[0] > 2 * scores[1]


def test_a_bold_digit_beside_a_thin_one_is_not_lost(explorer):
    bold = draw(ZERO, width=0.16, scale=0.8, shift=(-0.1, 0.1))
    thin = draw(SEVEN, width=0.03, scale=0.7, shift=(0.4, 0.15))
    digit = choose(prepare(png(add_noise(np.minimum(bold, thin)))), explorer)
    assert len(digit.others) == 1


def test_the_pieces_of_a_broken_digit_are_put_together(explorer):
    digit = prepare(png(draw(HALVES, width=0.04)))
    assert common_share(digit.box, prepare(png(draw(ZERO, width=0.04))).box) > 0.9
    assert digit.others == []
    (apart,) = (way for way in digit.candidates if way.others)
    assert len(apart.others) == 1
    assert choose(digit, explorer) is digit


def test_two_digits_that_stand_close_together_are_two(explorer):
    pair = np.minimum(draw(ONE, shift=(-0.07, 0)), draw(ONE, shift=(0.1, 0)))
    digit = choose(prepare(png(pair)), explorer)
    assert len(digit.others) == 1
    assert vae.read(digit.image, explorer).digit == 1
