"""The measures by which one model can be better than another, and the noise of each."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

PRIOR_LIMIT = 2.576  # units of z: the 99.5th percentile of the standard normal
BOUNDS = "bounds"  # a measure made of range_z1 and range_z2, see `bounds_distance`


@dataclass(frozen=True)
class Measure:
    """A figure by which one model can be better than another."""

    key: str  # of a card's metrics, or BOUNDS
    higher_is_better: bool
    error: Callable[[Mapping, float], float]  # the figure's standard error, from metrics and figure
    source: str  # of that error
    words: str  # of the better model, about itself: {better} and {worse} are the figures
    form: str = "{:.2f}"  # of a figure in the words
    scale: float = 1  # from a figure to the one in the words
    is_of_order: bool = False  # a plane on which nothing is told apart is in perfect order

    def figure(self, metrics: Mapping) -> float | None:
        """Return the figure; None where it is not on the card, or no number."""
        try:
            value = bounds_distance(metrics) if self.key == BOUNDS else metrics[self.key]
        except KeyError:
            return None
        return value if math.isfinite(value) else None


def bounds_distance(metrics: Mapping) -> float:
    """Return how far the codes' limits are from the prior's, the mean of four, in units of z.

    The limits are the 0.5th and 99.5th percentiles of either coordinate; those of the prior are
    -PRIOR_LIMIT and PRIOR_LIMIT. Raises KeyError where the range is not known.
    """
    low, high = zip(metrics["range_z1"], metrics["range_z2"], strict=True)
    return sum(abs(x + PRIOR_LIMIT) for x in low) / 4 + sum(abs(x - PRIOR_LIMIT) for x in high) / 4


def _count(metrics: Mapping, key: str, default: int) -> float:
    return metrics.get("protocol", {}).get(key, default)


def _images(metrics: Mapping) -> float:
    return _count(metrics, "images", 10_000)


def _nats(metrics: Mapping, figure: float) -> float:
    """Return the error of a mean of nats; two of them make that of a difference, 45 / sqrt(n).

    On the same images, the difference of two shipped models has a standard deviation of 17 to 45.
    """
    return 32 / math.sqrt(_images(metrics))


def _share(share: float, count: float) -> float:
    """Return the standard error of a share of `count` draws; above 0 for none and for all."""
    p = (share * count + 1) / (count + 2)
    return math.sqrt(p * (1 - p) / count)


def _accuracy(metrics: Mapping, figure: float) -> float:
    return _share(figure, _images(metrics))


def _holes(metrics: Mapping, figure: float) -> float:
    return _share(figure, _count(metrics, "plane_draws", 1000))


def _unclear(metrics: Mapping, figure: float) -> float:
    """Return the error of the draws and of the judges: by half of the digits, it is 0.01 off."""
    return math.hypot(_holes(metrics, figure), 0.01)


def _deviation(metrics: Mapping) -> float:
    """Return the larger coordinate's deviation, as of a normal distribution with its limits."""
    ranges = (metrics.get(key, [-math.inf, math.inf]) for key in ("range_z1", "range_z2"))
    return max(high - low for low, high in ranges) / (2 * PRIOR_LIMIT)


def _centre(metrics: Mapping, figure: float) -> float:
    """Return the error of a mean of n codes along one coordinate."""
    return _deviation(metrics) / math.sqrt(_images(metrics))


def _bounds(metrics: Mapping, figure: float) -> float:
    """Return the error of a percentile of n codes, sqrt(p (1 - p) / n) / density at it."""
    density = math.exp(-(PRIOR_LIMIT**2) / 2) / math.sqrt(2 * math.pi)  # 1 / deviation
    error = math.sqrt(0.005 * 0.995 / _images(metrics)) / density  # in deviations
    return _deviation(metrics) * error


def _main_land(metrics: Mapping, figure: float) -> float:
    """Return about the jackknife's error on the shipped models: one link moves a whole piece."""
    return math.hypot(0.005, 0.15 * (1 - figure))


def _constant(error: float) -> Callable[[Mapping, float], float]:
    return lambda metrics, figure: error


def _time(metrics: Mapping, figure: float) -> float:
    return figure / 4


NATS = "45 nats, by which the difference of two models varies from digit to digit, / sqrt(10,000)"
DRAWN = "sqrt(p (1 - p) / 1,000), of the share p of 1,000 places"
JUDGED = "measured with either half of the test digits as judges"
MEASURES = (
    Measure(
        "reconstruction",
        False,
        _nats,
        NATS,
        "Copies digits more closely: a copy loses {better} nats a digit, against {worse} nats.",
        "{:.1f}",
    ),
    Measure(
        "elbo",
        True,
        _nats,
        NATS,
        "Describes new digits better, copies and order together: the bound on their "
        "log-likelihood (ELBO) is {better} nats a digit, against {worse} nats.",
        "{:.1f}",
    ),
    Measure(
        "accuracy",
        True,
        _accuracy,
        "sqrt(p (1 - p) / 10,000), of the share p of 10,000 codes",
        "Tells digits apart better: the places around say rightly what {better} % of new digits "
        "are, against {worse} %.",
        "{:.1f}",
        100,
    ),
    Measure(
        "main_land",
        True,
        _main_land,
        "measured with a tenth of the codes left out, ten times",
        "Keeps each digit in one piece: {better} % lie in their digit's largest land, "
        "against {worse} %.",
        "{:.1f}",
        100,
        is_of_order=True,
    ),
    Measure(
        "centre_distance",
        False,
        _centre,
        "the standard deviation of the codes / sqrt(10,000)",
        "Is centred better: the middle of its codes is {better} units from the origin, "
        "against {worse} units.",
        is_of_order=True,
    ),
    Measure(
        BOUNDS,
        False,
        _bounds,
        "that of the 0.5th percentile of 10,000 normal codes, 0.049 deviations",
        "Ends more nearly where random draws end: the limits of its codes are off by {better} "
        "units, against {worse} units.",
        is_of_order=True,
    ),
    Measure(
        "unevenness",
        False,
        _constant(0.006),
        "measured with a tenth of the codes left out, ten times",
        "Spreads its codes more like random draws: {better} % of them are out of place, "
        "against {worse} %.",
        "{:.0f}",
        100,
    ),
    Measure(
        "area_evenness",
        True,
        _constant(0.01),
        JUDGED,
        "Gives the ten digits more equal areas: their evenness is {better} of 1, against {worse}.",
        "{:.3f}",
    ),
    Measure(
        "prior_evenness",
        True,
        _constant(0.01),
        JUDGED,
        "Invents the ten digits more equally often: their evenness is {better} of 1, "
        "against {worse}.",
        "{:.3f}",
    ),
    Measure(
        "holes_prior",
        False,
        _holes,
        DRAWN,
        "Has fewer holes: {better} % of random draws are like no real digit, against {worse} %.",
        "{:.1f}",
        100,
        is_of_order=True,
    ),
    Measure(
        "holes_range",
        False,
        _holes,
        DRAWN,
        "Has fewer holes between its codes: {better} % of places there are like no real digit, "
        "against {worse} %.",
        "{:.1f}",
        100,
        is_of_order=True,
    ),
    Measure(
        "unclear_prior",
        False,
        _unclear,
        f"{DRAWN}, and {JUDGED}",
        "Invents clearer digits: {better} % of random draws are between digits, against {worse} %.",
        "{:.1f}",
        100,
        is_of_order=True,
    ),
    Measure(
        "unclear_range",
        False,
        _unclear,
        f"{DRAWN}, and {JUDGED}",
        "Is clearer all over the range of its codes: {better} % of places there are between "
        "digits, against {worse} %.",
        "{:.1f}",
        100,
        is_of_order=True,
    ),
    Measure(
        "decode_ms",
        False,
        _time,
        "a quarter of the time, for machines are not equally busy",
        "Draws faster: one digit takes {better} milliseconds, against {worse} milliseconds.",
    ),
)
