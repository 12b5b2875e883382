"""What the app remembers of one visitor, under the session key `visitor`."""

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:  # only Your digit needs what reads pictures
    from vae.inference.reading import Reading
    from vae.preprocessing.digit import Digit
    from vae.ui.drawing import Strokes
    from vae.ui.messages import ComparePin, DigitAnswer

Place = tuple[float, float]  # z1, z2


@dataclass(frozen=True)
class DigitInput:
    """A visitor's digit; replaced as a whole, so that a rerun never sees half of it."""

    digit: "Digit"  # the last readable one, with the ways to see it
    chosen: int | None = None  # which of Answer.digits the visitor wants to be read
    number: int = 0  # how many were read so far: it differs whenever `digit` or `chosen` does
    error: str = ""  # what is wrong with the input after `digit`
    is_cleared: bool = False  # the visitor has cleared the pad since
    strokes: "Strokes" = field(default_factory=list)  # what is on the pad
    sheet: int = 0  # how often the pad was emptied for another input
    file: bytes = b""  # the visitor's own picture that `digit` is from, or none
    turns: int = 0  # quarter turns clockwise of `file`, then mirrored
    is_mirrored: bool = False

    @property
    def is_current(self) -> bool:
        """Whether `digit` is what the visitor gave last, so that an answer is about that."""
        return not (self.error or self.is_cleared)


@dataclass(frozen=True)
class Answer:
    """What a model makes of a visitor's digit, composed once for each."""

    about: tuple[str, str, int]  # the model, its version, and the number of the input
    digits: "list[Digit]"  # all on the picture, from left to right, as the model sees them
    chosen: int  # which of them is read
    reading: "Reading"
    message: "DigitAnswer"

    @property
    def digit(self) -> "Digit":
        """The digit that is read."""
        return self.digits[self.chosen]


@dataclass
class Visitor:
    """What the app remembers of one visitor, from rerun to rerun and from page to page."""

    model: str = ""  # name of the chosen model, or "" before the first choice
    pins: dict[str, Place] = field(default_factory=dict)  # where the pin stands, by model
    digit_input: DigitInput | None = None
    answer: "Answer | None" = None  # about the last digit on Your digit
    pair: tuple[str, str] | None = None  # the models that Compare shows, once chosen
    compare_pin: "ComparePin | None" = None  # where the pin of Compare stands
    watched: str = ""  # name of the run or model that Train shows, or ""
    stopping: int = 0  # process id of the run that this visitor has asked to stop
    settings: dict[str, dict[str, float]] = field(default_factory=dict)  # last trained, by preset
    uploads: Counter[str] = field(default_factory=Counter)  # files so far, by the box's label
    toasts: list[str] = field(default_factory=list)  # to be shown once
    upload_error: str = ""  # why the last uploaded model was refused


def visitor() -> Visitor:
    """Return this visitor's state, a new one at first."""
    return st.session_state.setdefault("visitor", Visitor())
