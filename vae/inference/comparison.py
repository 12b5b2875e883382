"""What the figures of two models say, in words; and no word for what may be chance.

A difference counts where it is more than SURE standard errors. They are those of measuring these
two models on these test images: another training of the same preset may differ by more.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from vae.inference.measures import MEASURES, Measure

SURE = 3  # a dozen measures are compared at once, and 1 in 370 such differences is chance


@dataclass(frozen=True)
class Difference:
    """What one measure says of two models."""

    measure: str
    first: float
    second: float
    noise: float  # SURE standard errors of their difference, in the same unit
    better: Literal["first", "second"] | None  # None: chance, or order without content
    words: str  # of the better model, about itself, naming both figures; "" where better is None


def compare(first: Mapping, second: Mapping) -> list[Difference]:
    """Return what each of MEASURES that both models have says.

    A model that leaves a dimension of its plane unused is never better in a measure of order: of
    a single place, everything is in one piece, centred and without holes.

    Args:
        first: The metrics of a card, `store.card.Metrics`.
        second: Those of another model, measured on the same images.
    """
    found = (_difference(measure, first, second) for measure in MEASURES)
    return [difference for difference in found if difference]


def describe_collapse(metrics: Mapping) -> str | None:
    """Return in words which dimensions of the plane say nothing; None if both are in use.

    A dimension is active where the variance of the codes' means over the test images is above
    0.01 (Burda, Grosse and Salakhutdinov, 2016).
    """
    active = round(2 * metrics.get("active_dimensions", 1))
    if active == 0:
        return (
            "The map has collapsed to one place, 0 of its 2 dimensions are active: "
            "it draws nearly the same picture everywhere."
        )
    if active == 1:
        return (
            "The map has collapsed to a line, 1 of its 2 dimensions is active: "
            "the digits differ along the line alone."
        )
    return None


def _difference(measure: Measure, first: Mapping, second: Mapping) -> Difference | None:
    a, b = measure.figure(first), measure.figure(second)
    if a is None or b is None:
        return None
    noise = SURE * math.hypot(measure.error(first, a), measure.error(second, b))
    if not math.isfinite(noise):
        return None
    better: Literal["first", "second"] = (
        "first" if (a > b) == measure.higher_is_better else "second"
    )
    is_flat = (first if better == "first" else second).get("active_dimensions", 1) < 1
    if abs(a - b) <= noise or (is_flat and measure.is_of_order):
        return Difference(measure.key, a, b, noise, None, "")
    figures = (a, b) if better == "first" else (b, a)
    good, bad = (measure.form.format(measure.scale * figure) for figure in figures)
    return Difference(
        measure.key, a, b, noise, better, measure.words.format(better=good, worse=bad)
    )
