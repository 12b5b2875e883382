"""The best of the ways to see a digit, as the model judges them."""

from vae.inference.runtime import LatentModel
from vae.preprocessing.digit import Digit


def choose(digit: Digit, model: LatentModel) -> Digit:
    """Return the best of a digit and its candidates."""
    return digit
