"""A figure: what was measured, the bound asked for, and the reference beside it, as a table row."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

COLUMNS = {"what": 46, "median": 11, "spread": 28, "bound": 36, "reference, same run": 0}


@dataclass(frozen=True)
class Figure:
    """Measurements of one thing, all in one unit, and what they are held against."""

    what: str
    unit: str
    values: Sequence[float]
    most: float | None = None  # the bound, where less is better
    least: float | None = None  # the bound, where more is better
    quantile: float = 0.5  # the one that the bound speaks of: 0.5 is the median
    bound_is: str = ""  # how the bound follows from the reference, if it does
    reference: str = ""  # what the reference is
    reference_values: Sequence[float] = ()

    def missed(self) -> bool:
        """Whether the bound is not kept."""
        value = float(np.quantile(self.values, self.quantile))
        too_much = self.most is not None and value > self.most
        return too_much or (self.least is not None and value < self.least)

    def row(self) -> str:
        """The figure as one row of the table."""
        middle = f"{_number(median(self.values))} {self.unit}"
        return _row(self.what, middle, self._spread(), self._bound(), self._reference())

    def _spread(self) -> str:
        if len(self.values) < 2:
            return "measured once"
        low, high = _number(min(self.values)), _number(max(self.values))
        if self.quantile == 0.5:
            return f"{low} to {high} (n={len(self.values)})"
        quantile = _number(float(np.quantile(self.values, self.quantile)))
        return f"p{100 * self.quantile:.0f} {quantile}, max {high} (n={len(self.values)})"

    def _bound(self) -> str:
        bound = self.least if self.most is None else self.most
        if bound is None:
            return "none"
        words = "at least" if self.most is None else "at most"
        subject = "" if self.quantile == 0.5 else f"p{100 * self.quantile:.0f} "
        how = f" ({self.bound_is})" if self.bound_is else ""
        mark = "**MISSED** " if self.missed() else ""
        return f"{mark}{subject}{words} {_number(bound)}{how}"

    def _reference(self) -> str:
        if not self.reference_values:
            return self.reference or "none"
        return f"{self.reference}: {_number(median(self.reference_values))} {self.unit}"


def header() -> str:
    """The table's first two lines."""
    return "\n".join((_row(*COLUMNS), _row(*("-" * max(width, 3) for width in COLUMNS.values()))))


def failure(what: str, reason: object) -> str:
    """The row of a part that could not be measured."""
    words = str(reason).strip().splitlines() or [type(reason).__name__]
    return _row(what, "not measured", words[0], "", "")


def _row(*cells: str) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, COLUMNS.values(), strict=True))
    return f"| {' | '.join(padded)} |"


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
