"""Every message between Python and the browser, both ways.

Keys are snake_case on both sides. Pictures are base64 of uint8 intensities, 0 to 255, in C order;
places are [z1, z2] in units of z; shares are in [0, 1].
"""

from typing import TypedDict


class Palette(TypedDict):
    """Colours of the ten digits."""

    colours: list[str]  # CSS colours, by digit
    dark: list[int]  # digits whose colour needs white letters on it


class Pin(TypedDict):
    """Browser to Python: the pin rests at a place."""

    sequence: int  # counts the pins of a visit
    place: list[float]


class PinAnswer(TypedDict):
    """Python to browser: what is known about the pin's place."""

    sequence: int  # the pin's number; answers to earlier pins are ignored
    place: tuple[float, float]
    image: str  # picture (28, 28): exactly what is decoded there
    sentence: str
    fractions: list[tuple[int, float]]  # digits of the 15 nearest codes, shares; none if far
    crowding: str
    neighbours: str  # pictures (n, 28, 28): the nearest test digits
    neighbour_labels: list[int]
    neighbours_caption: str


class MapData(TypedDict):
    """Python to browser: a model's map. Addresses are relative to the page's."""

    model: str
    bounds: dict[str, float]  # left, right, bottom, top, in units of z
    centers: dict[int, tuple[float, float]]  # by digit, where its name stands
    palette: Palette
    label: str  # the map's name for assistive technology
    plotly: str  # address of the library
    codes: str  # address of the packed codes
    atlas: str  # address of the packed atlas


class ExploreData(MapData):
    """Python to browser: all of the Explore page."""

    notice: str  # a sentence about the link that was followed, or ""
    label_map: str  # address of the packed label map, or "" where the model has none
    far: float  # units of z: with the 15th code farther, a place has few real digits around
    answer: PinAnswer


class CompareSide(MapData):
    """Python to browser: one of two maps next to each other."""

    title: str
    label_map: str  # address of the packed label map, or "" where the model has none
    far: float  # units of z: as in ExploreData
    centre: list[float]  # mean of the codes, in units of z
    range: dict[str, float]  # left, right, bottom, top: 99 of 100 codes each way


class ComparePin(TypedDict):
    """Browser to Python: the pin rests at a place of one map, which the other map follows."""

    sequence: int  # counts the pins of a visit
    side: int  # 0: the left map, 1: the right one
    place: list[float]  # on that map
    image: int | None  # number of the test digit that links the maps, None for the same place
    link: str  # "place" or "digit"


class CompareAnswer(TypedDict):
    """Python to browser: what both models draw at the pin."""

    sequence: int  # the pin's number
    places: list[tuple[float, float]]  # where it stands on each map, or the nearest place there
    pictures: list[str]  # (28, 28): exactly what is decoded there
    image: int | None  # number of the test digit at the pin
    real: str  # picture (28, 28), or "" where the test digits are not at hand


class CompareData(TypedDict):
    """Python to browser: two maps next to each other."""

    sides: list[CompareSide]  # the left, the right
    link: str  # as in ComparePin, at first
    side: int  # as in ComparePin, at first
    has_same_digits: bool  # both models have encoded the same test digits in the same order
    notice: str  # a sentence about the link that was followed, or ""
    answer: CompareAnswer


class TableColumn(TypedDict):
    """A column of figures."""

    title: str
    about: str  # what the figure is, with its unit
    digits: int  # after the point
    better: int  # 1: more is better, -1: less is, 0: neither


class TableRow(TypedDict):
    """A model's figures."""

    name: str
    is_shown: bool  # it stands on one of the maps
    note: str  # a sentence, or ""
    values: list[float | None]  # by column; None: not measured


class Table(TypedDict):
    """Python to browser: the table of all models."""

    columns: list[TableColumn]
    rows: list[TableRow]


class Mode(TypedDict):
    """A further place that a digit could have."""

    place: tuple[float, float]
    share: float  # of the posterior's mass


class Encoder(TypedDict):
    """The encoder's Gaussian q(z|x)."""

    mean: list[float]
    deviation: list[float]  # in units of z


class Step(TypedDict):
    """A step from the visitor's picture to what the machine sees."""

    name: str
    jpeg: str  # base64


class Boxes(TypedDict):
    """Where the digits of a picture are."""

    boxes: list[tuple[float, float, float, float]]  # left, top, right, bottom: shares of it
    chosen: int  # the one that is read


class DigitAnswer(Boxes):
    """Python to browser: what the model makes of the visitor's digit."""

    id: str  # changes with the digit and with the model, in other visits too
    number: int  # counts the digits of a visit
    seen: str  # picture (28, 28)
    redraw: str  # picture (28, 28), decoded at `place`
    guess: str  # picture (28, 28), decoded at the encoder's mean
    place: list[float]  # the posterior's peak
    encoder: Encoder
    modes: list[Mode]  # all but the first
    glow: str  # (side, side) uint8, bottom row first: brightness of the posterior on the map
    reach: float  # the glow covers [-reach, reach] both ways, in units of z
    fractions: list[tuple[int, float]]  # digits and their probabilities, the largest first
    target: int  # the digit that it turns into at first
    sentence: str
    no_digit: str  # a sentence, or ""
    tilted: str  # a sentence about what it is when turned upright, or ""
    several: str  # a sentence about the other digits of the picture, or ""
    turn_offer: str  # a sentence about `likelier_turn`, or ""
    likelier_turn: int  # quarter turns clockwise, after which it would be clearly likelier; or 0
    similarity: str
    where: str
    steps: list[Step]


class DigitData(MapData):
    """Python to browser: all of the page Your digit."""

    withheld: bool  # `digit` is an earlier one: the last input could not be read, or was cleared
    is_cleared: bool  # the latter: there is nothing to answer
    can_turn: bool  # `digit` is from a picture of the visitor's own
    digit: DigitAnswer


class DigitChange(TypedDict, total=False):
    """Browser to Python: what to do with the picture of the digit; one of the last three."""

    number: int  # of the digit
    chosen: int  # read this one of its digits
    turns: int  # quarter turns clockwise, 1 to 3
    mirror: bool


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
    """Python to browser: the timeline of a run."""

    run: str  # another value: another run, whose snapshots replace all that came before
    is_live: bool  # the run is under way: what is sent adds to what came before
    epochs_done: int  # whole ones; a snapshot after more is of an epoch that was broken off
    epochs: int  # that the run is to do
    colours: list[str]  # CSS colours, by digit


class Curves(TypedDict):
    """Python to browser: the curves of a run."""

    plotly_url: str  # relative to the page
    history: dict[str, list[float]]  # a figure for each epoch; all but `loss`, `val_loss` in nats
    loss_unit: str  # in words


class Pad(Boxes):
    """Python to browser: the drawing pad. The boxes are those of the drawing, [] for one digit."""

    examples: list[str]  # addresses of ten pictures, relative to the page
    number: int  # counts the digits of a visit: fewer than before, and the session is another
    sheet: int  # another number: a new sheet of paper, with `strokes` on it
    strokes: list[list[tuple[float, float]]]  # points (x, y) in [0, 1] from the upper left
    verdict: str  # a short sentence about the drawing, or ""


class PadInput(DigitChange, total=False):
    """Browser to Python: what was done on the pad, one of the two, or a change."""

    strokes: list[list[tuple[float, float]]]  # all that are on the paper; none after Clear
    example: int  # the digit that was chosen
