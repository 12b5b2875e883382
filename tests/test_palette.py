import numpy as np
import pytest

from vae.ui import palette


def luminance(colour):
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    ]
    return np.dot(linear, (0.2126, 0.7152, 0.0722))


def test_every_digit_has_a_colour_of_its_own():
    assert len(set(palette.COLOURS)) == 10


@pytest.mark.parametrize("digit", range(10))
def test_letters_on_a_digits_colour_can_be_read(digit):
    ink = 1.0 if digit in palette.DARK else 0.0
    light, dark = sorted((ink, luminance(palette.COLOURS[digit])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2, level AA
