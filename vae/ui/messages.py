"""Every message between Python and the browser, both ways.

Keys are snake_case on both sides. Pictures are base64 of uint8 intensities, 0 to 255, in C order;
places are [z1, z2] in units of z; shares are in [0, 1].
"""

from typing import TypedDict


class Palette(TypedDict):
    """Colours of the ten digits."""

    colours: list[str]  # CSS colours, by digit
    dark: list[int]  # digits whose colour needs white letters on it


class Snapshot(TypedDict):
    """The map of a run after an epoch."""

    epoch: int  # 0: before learning
    codes: str  # base64 of (n, 2) little-endian int16, in thousandths of a unit of z
    redraws: str  # (10, 28, 28): the machine's copies of Snapshots.digits


class Snapshots(TypedDict):
    """Some snapshots of a run, all of the same test digits."""

    labels: str  # base64 of (n,) uint8: which digit each code is of
    digits: str  # (10, 28, 28): a real digit of each kind
    snapshots: list[Snapshot]


class Timeline(Snapshots):
    """To the timeline."""

    run: str  # another value: another run, whose snapshots replace all that came before
    is_live: bool  # the run is under way: what is sent adds to what came before
    epochs_done: int  # whole ones; a snapshot after more is of an epoch that was broken off
    epochs: int  # that the run is to do
    colours: list[str]  # CSS colours, by digit


class Curves(TypedDict):
    """To the curves."""

    plotly_url: str  # relative to the page
    history: dict[str, list[float]]  # a figure for each epoch; all but `loss`, `val_loss` in nats
    loss_unit: str  # in words


class Pad(TypedDict):
    """To the drawing pad."""

    examples: list[str]  # addresses of ten pictures, relative to the page
    sheet: int  # another number: a new sheet of paper, with `strokes` on it
    strokes: list[list[tuple[float, float]]]  # points (x, y) in [0, 1] from the upper left
    verdict: str  # a short sentence about the drawing, or ""


class PadInput(TypedDict, total=False):
    """From the drawing pad: one of the two."""

    strokes: list[list[tuple[float, float]]]  # all that are on the paper; none after Clear
    example: int  # the digit that was chosen
