import json

import numpy as np
import pytest

from vae.inference.plane import Bounds
from vae.ui import charts

AREA = Bounds(left=-2.0, right=3.5, bottom=-1.5, top=1.0)


@pytest.fixture
def codes():
    return np.random.default_rng(0).normal(0, 1, (200, 2)).astype(np.float32)


@pytest.fixture
def labels():
    return (np.arange(200) % 10).astype(np.uint8)


def test_every_digit_is_one_scattergl_trace_with_its_own_codes(codes, labels):
    figure = charts.latent_map(codes, labels, AREA)
    assert [trace.type for trace in figure.data] == ["scattergl"] * 10
    assert [trace.name for trace in figure.data] == [str(digit) for digit in range(10)]
    for digit, trace in enumerate(figure.data):
        places = np.stack([trace.x, trace.y], axis=1)
        np.testing.assert_allclose(places, codes[labels == digit], atol=0.0005)


def test_every_digit_has_a_colour_of_its_own(codes, labels):
    figure = charts.latent_map(codes, labels, AREA)
    assert len({trace.marker.color for trace in figure.data}) == 10
    assert len(set(charts.COLOURS)) == 10


def test_a_digit_keeps_its_colour_where_others_are_missing(codes):
    figure = charts.latent_map(codes, np.resize(np.array([7, 2], np.uint8), 200), AREA)
    assert [trace.name for trace in figure.data] == ["2", "7"]
    assert [trace.marker.color for trace in figure.data] == [charts.COLOURS[2], charts.COLOURS[7]]


def test_the_figure_is_the_same_to_the_byte_every_time(codes, labels):
    # Streamlit mounts the chart anew, and zoom is lost, as soon as one byte differs.
    first = charts.latent_map(codes, labels, AREA).to_json()
    assert charts.latent_map(codes.copy(), labels.copy(), AREA).to_json() == first


def test_the_figure_holds_nothing_that_plotly_cannot_compare(codes, labels):
    figure = json.loads(charts.latent_map(codes, labels, AREA).to_json())
    assert all(isinstance(trace[axis], list) for trace in figure["data"] for axis in "xy")
    assert "template" not in figure["layout"]


def test_the_axes_show_the_area_in_equal_units(codes, labels):
    layout = charts.latent_map(codes, labels, AREA).layout
    assert layout.xaxis.range == (AREA.left, AREA.right)
    assert layout.yaxis.range == (AREA.bottom, AREA.top)
    assert layout.yaxis.scaleanchor == "x"


def luminance(colour):
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    ]
    return np.dot(linear, (0.2126, 0.7152, 0.0722))


@pytest.mark.parametrize("digit", range(10))
def test_letters_on_a_digits_colour_can_be_read(digit):
    ink = 1.0 if digit in charts.DEEP else 0.0
    light, dark = sorted((ink, luminance(charts.COLOURS[digit])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2, level AA
