"""Every message between Python and the browser, both ways.

Keys are snake_case on both sides. Pictures are base64 of uint8 intensities, 0 to 255, in C order;
places are [z1, z2] in units of z; shares are in [0, 1].
"""

from typing import TypedDict


class Palette(TypedDict):
    """Colours of the ten digits."""

    colours: list[str]  # CSS colours, by digit
    dark: list[int]  # digits whose colour needs white letters on it
