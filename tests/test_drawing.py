import io

import numpy as np
import pytest
from PIL import Image

from vae.preprocessing.digit import prepare
from vae.ui.drawing import INK, MAX_POINTS, PEN, SIDE, draw_strokes, parse_strokes


def pixels(strokes):
    return np.asarray(Image.open(io.BytesIO(draw_strokes(strokes))))


def test_a_stroke_is_as_wide_as_the_pen_with_round_ends():
    image = pixels([[(0.2, 0.5), (0.8, 0.5)]])
    assert image.shape == (SIDE, SIDE)
    dark = image < 128
    assert dark[:, SIDE // 2].sum() == pytest.approx(PEN * SIDE, abs=2)
    assert dark[SIDE // 2].sum() == pytest.approx((0.6 + PEN) * SIDE, abs=2)
    assert image.min() == INK
    assert 0 < dark[:, round(0.2 * SIDE - PEN * SIDE / 2) + 3].sum() < 0.7 * PEN * SIDE


def test_a_tap_is_a_dot_and_what_leaves_the_paper_is_cut_off():
    dot = pixels([[(0.5, 0.5)]]) < 128
    assert dot.sum() == pytest.approx(np.pi * (PEN * SIDE / 2) ** 2, rel=0.05)
    assert (pixels([[(0.5, 0.5), (1.8, 0.5)]])[SIDE // 2, SIDE // 2 :] == INK).all()


def test_a_drawing_is_read_as_a_digit():
    bar = prepare(draw_strokes([[(0.5, 0.2), (0.5, 0.8)]])).image
    assert bar[:, 12:16].sum() > 0.8 * bar.sum()


@pytest.mark.parametrize(
    ("value", "strokes"),
    [
        ([[[0.1, 0.2], [0.3, 0.4]], [[1, 0]]], [[(0.1, 0.2), (0.3, 0.4)], [(1.0, 0.0)]]),
        ([], []),
        ([[]], []),
        (None, None),
        ("png", None),
        (7, None),
        ([[[0.1]]], None),
        ([[[0.1, "x"]]], None),
        ([[[0.1, float("nan")]]], None),
        ([[[0.1, 10**400]]], None),
        ([[[0.1, 3.0]]], None),
        ([[[0.5, 0.5]] * (MAX_POINTS + 1)], None),
    ],
)
def test_only_points_on_or_near_the_paper_are_strokes(value, strokes):
    assert parse_strokes(value) == strokes
