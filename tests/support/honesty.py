"""Measures of how honest readings are: percentages, silent errors, flags, offers of a turn."""

from collections.abc import Iterable, Sequence

import numpy as np

import vae
from vae.errors import DigitError
from vae.inference import calibration
from vae.inference.reading import Reading
from vae.inference.runtime import LatentModel

BINS = 15
SURE = 0.85  # from which the page names a digit without a doubt


def calibration_error(readings: Sequence[Reading], labels: np.ndarray) -> float:
    """Return the expected calibration error in [0, 1], over 15 bins of equal width.

    Reference: Naeini, Cooper and Hauskrecht, 2015.
    """
    sure = np.array([reading.probabilities.max() for reading in readings])
    right = np.array([reading.digit for reading in readings]) == labels
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [abs((sure - right)[bins == i].sum()) for i in range(BINS)]
    return float(sum(gaps) / len(readings))


def silent_errors(readings: Sequence[Reading], labels: np.ndarray) -> float:
    """Return the share in [0, 1] that is wrong, at least 85 % sure, and not flagged."""
    silent = [
        reading.digit != label and reading.probabilities.max() >= SURE and not reading.is_no_digit
        for reading, label in zip(readings, labels, strict=True)
    ]
    return float(np.mean(silent))


def answer(picture: bytes, model: LatentModel) -> Reading | None:
    """Return what the page makes of a picture file, or None where it refuses it."""
    try:
        return vae.read(vae.prepare(picture), model)
    except DigitError:
        return None


def caught_share(pictures: Iterable[bytes], model: LatentModel) -> float:
    """Return the share in [0, 1] of pictures that `vae.prepare` refuses or the model flags."""
    readings = [answer(picture, model) for picture in pictures]
    return float(np.mean([reading is None or reading.is_no_digit for reading in readings]))


def offered_turns(images: np.ndarray, turns: int, model: LatentModel) -> float:
    """Return the share in [0, 1] of images, turned, that are offered the turn that undoes it."""
    undo = -turns % 4
    found = [vae.read(calibration.turn(image, turns), model).likelier_turn for image in images]
    return float(np.mean(np.array(found) == undo))
