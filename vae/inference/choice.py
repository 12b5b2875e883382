"""The best of the ways to see a digit, as the model judges them."""

import math
from collections.abc import Sequence
from typing import Protocol, Self, TypeVar

import numpy as np

from vae.inference.reading import measure_strangeness
from vae.inference.runtime import LatentModel

MOST_STRANGE = 3.0  # the oddest of real digits are 1
BY_STRANGENESS = 0.4  # worth of strangeness, beside the logarithm of the pen score


class Candidate(Protocol):
    """What is asked of a digit of vae.preprocessing, which this layer does not import."""

    @property
    def image(self) -> np.ndarray:
        """(28, 28) float32 in [0, 1], bright ink on black."""

    @property
    def pen_score(self) -> float:
        """How much it is like a digit written with a pen, in (0, 1]."""

    @property
    def others(self) -> Sequence[Self]:
        """Further digits on the picture."""

    @property
    def candidates(self) -> Sequence[Self]:
        """Other ways to see it."""


Way = TypeVar("Way", bound=Candidate)


def choose(digit: Way, model: LatentModel) -> Way:
    """Return the best of a digit and its candidates, by their pen scores and by the model.

    Args:
        digit: From `vae.preprocessing`, with pen_score in (0, 1], image and candidates.
        model: Says how unlike a digit each of them is.
    """
    ways: list[Way] = [digit, *digit.candidates]
    if len(ways) == 1:
        return ways[0]

    def worth(way: Way) -> float:
        strangeness = min(measure_strangeness(way.image, model), MOST_STRANGE)
        score = max(digit.pen_score for digit in (way, *way.others))
        return math.log(score) - BY_STRANGENESS * strangeness

    return max(ways, key=worth)
