"""Reading a digit: what a model makes of one image."""

from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import numpy as np

from vae.inference import posterior
from vae.inference.posterior import DecodedGrid, Posterior, decode_plane
from vae.inference.runtime import LatentModel

UNFAMILIAR = 0.0195  # share of real test digits that rank lower than what is called unfamiliar


@dataclass(frozen=True)
class Reading:
    """What a model makes of one image."""

    probabilities: np.ndarray  # (10,) of the digits 0 to 9; they sum to 1
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

    @property
    def digit(self) -> int:
        """The likeliest digit."""
        return int(self.probabilities.argmax())

    @property
    def unfamiliar(self) -> bool:
        """Whether nearly all real digits are likelier, or are redrawn better."""
        return min(self.log_likelihood_rank, self.similarity_rank) < UNFAMILIAR

    @property
    def is_no_digit(self) -> bool:
        """Whether it is no digit from 0 to 9."""
        return self.unfamiliar


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
    result = posterior.compute_posterior(decoded_grid(model), image)
    latents = model.latents
    mean, log_var = (part[0] for part in model.encode(image[None]))
    redraw, encoder_redraw = model.decode(np.stack([result.peak, mean]))
    similarity = float(posterior.bray_curtis_similarity(image, redraw))
    percentiles = model.reference_percentiles
    log_likelihood_rank = posterior.percentile_rank(
        result.log_likelihood, percentiles.log_likelihood
    )
    return Reading(
        probabilities=posterior.label_probabilities(result, latents["mean"], latents["label"]),
        place=result.peak,
        log_likelihood=result.log_likelihood,
        log_likelihood_rank=log_likelihood_rank,
        similarity=similarity,
        similarity_rank=posterior.percentile_rank(similarity, percentiles.similarity),
        posterior=result,
        redraw=redraw,
        encoder_mean=mean,
        encoder_deviation=np.exp(0.5 * log_var),
        encoder_redraw=encoder_redraw,
    )


_lock = Lock()


def decoded_grid(model: LatentModel) -> DecodedGrid:
    with _lock:  # a second reader waits instead of decoding the plane too
        return _cached_grid(model)


# A grid takes 32 MB: two models, as on a page that compares them, and no more.
_cached_grid = lru_cache(maxsize=2)(decode_plane)
