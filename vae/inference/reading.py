"""Reading a digit: what a model makes of one image."""

from dataclasses import dataclass, replace
from functools import lru_cache
from threading import Lock

import numpy as np

from vae.inference import calibration, posterior
from vae.inference.calibration import TILTS, Facts
from vae.inference.posterior import DecodedGrid, Posterior, decode_plane
from vae.inference.runtime import LatentModel
from vae.inference.shapes import load_density


@dataclass(frozen=True)
class Reading:
    """What a model makes of one image."""

    probabilities: np.ndarray  # (10,) of the digits 0 to 9, calibrated; they sum to 1
    strangeness: float  # how unlike a digit it is: 0 for a usual one, 1 for the oddest of real ones
    map_digit: int  # the digit whose land the posterior lies in
    place: np.ndarray  # (2,) float32, the peak of the posterior
    log_likelihood: float  # log p(x), nats
    log_likelihood_rank: float  # share in [0, 1] of real digits that are less likely
    similarity: float  # of the image and its redraw, in [0, 1], Bray-Curtis
    similarity_rank: float  # share in [0, 1] of real digits that are redrawn less well
    posterior: Posterior
    redraw: np.ndarray  # (28, 28) float32 in [0, 1], the decoded place
    encoder_mean: np.ndarray  # (2,) float32, the encoder network's own guess
    encoder_deviation: np.ndarray  # (2,) float32, its standard deviation, in units of z
    encoder_redraw: np.ndarray  # (28, 28) float32 in [0, 1], the decoded guess
    likelier_turn: int = 0  # quarter turns clockwise, 0 to 3, after which it is clearly likelier
    tilt: int = 0  # degrees clockwise, -30 to 30 in tens, after which it is; 0 where a turn is
    tilted: "Reading | None" = None  # of the image turned by `tilt`, if that is not 0

    @property
    def digit(self) -> int:
        """The likeliest digit."""
        return int(self.probabilities.argmax())

    @property
    def is_no_digit(self) -> bool:
        """Whether it is odder than nearly all real digits."""
        return self.strangeness > 1

    @property
    def unfamiliar(self) -> bool:
        """The same as `is_no_digit`: its name in the public contract."""
        return self.is_no_digit


def read(image: np.ndarray, model: LatentModel) -> Reading:
    """Return what `model` makes of an image (28, 28) in [0, 1], bright ink on black.

    Raises:
        ValueError: The image has another shape or values outside [0, 1].
        ModelInvalidError: The model's codes are damaged.
    """
    image = np.asarray(image, np.float32)
    if image.shape != (28, 28):
        raise ValueError(f"The image must be (28, 28), got {image.shape}.")
    if not ((image >= 0) & (image <= 1)).all():
        raise ValueError(
            f"The image must be in [0, 1], got values from {image.min()} to {image.max()}."
        )
    upright = _read_as_is(image, model)
    turns, tilts = calibration.compare_ways_up(_scene(model).grid, image)
    if turns.max() > model.calibration.turn_margin:
        return replace(upright, likelier_turn=int(turns.argmax()))
    if tilts.max() > model.calibration.tilt_margin:
        degrees = TILTS[int(tilts.argmax())]
        tilted = _read_as_is(calibration.tilt(image, degrees), model)
        return replace(upright, tilt=degrees, tilted=tilted)
    return upright


def _read_as_is(image: np.ndarray, model: LatentModel) -> Reading:
    """Return the reading of an image, this way up."""
    scene, worth, percentiles = _scene(model), model.calibration, model.reference_percentiles
    result = posterior.compute_posterior(scene.grid, image)
    mean, log_var = (part[0] for part in model.encode(image[None]))
    redraw, encoder_redraw = model.decode(np.stack([result.peak, mean]))
    similarity = float(posterior.bray_curtis_similarity(image, redraw))
    facts = Facts(
        calibration.count_votes(result.log_joint.reshape(1, -1), scene.votes, worth.temperature),
        load_density().energies(image[None]),
        np.array([result.log_likelihood]),
        np.array([similarity]),
    )
    strange = calibration.strangeness(facts, worth.usual, worth.spread)
    return Reading(
        probabilities=calibration.digit_probabilities(facts, worth.weights)[0],
        strangeness=float(strange[0] / worth.strangest),
        map_digit=int(facts.votes[0].argmax()),
        place=result.peak,
        log_likelihood=result.log_likelihood,
        log_likelihood_rank=posterior.percentile_rank(
            result.log_likelihood, percentiles.log_likelihood
        ),
        similarity=similarity,
        similarity_rank=posterior.percentile_rank(similarity, percentiles.similarity),
        posterior=result,
        redraw=redraw,
        encoder_mean=mean,
        encoder_deviation=np.exp(0.5 * log_var),
        encoder_redraw=encoder_redraw,
    )


@dataclass(frozen=True)
class _Scene:
    """What every reading on a model begins with."""

    grid: DecodedGrid
    votes: np.ndarray  # (m, 10), the digits around every place of the grid


def _make_scene(model: LatentModel) -> _Scene:
    grid, latents = decode_plane(model), model.latents
    return _Scene(grid, calibration.label_places(grid.places, latents["mean"], latents["label"]))


def measure_strangeness(image: np.ndarray, model: LatentModel) -> float:
    """Return the strangeness of an image (28, 28) in [0, 1], as in a Reading."""
    return _read_as_is(image, model).strangeness


_lock = Lock()


def _scene(model: LatentModel) -> _Scene:
    with _lock:  # a second reader waits instead of decoding the plane too
        return _cached_scene(model)


# A grid takes 32 MB: two models, as on a page that compares them, and no more.
_cached_scene = lru_cache(maxsize=2)(_make_scene)
