"""Choosing among the ways to see a digit: by the pen, and by how well the model explains it."""

import numpy as np

from vae.inference import posterior
from vae.inference.reading import decoded_grid
from vae.inference.runtime import LatentModel
from vae.preprocessing.digit import Digit


def choose(digit: Digit, model: LatentModel) -> Digit:
    """Return the best of `digit` and its candidates under `model`."""
    ways = [digit, *digit.candidates]
    if len(ways) == 1:
        return digit
    return max(ways, key=lambda way: score(way, model))
def score(way, model):
    result = posterior.compute_posterior(decoded_grid(model), way.image)
    rank = posterior.percentile_rank(result.log_likelihood, model.reference_percentiles.log_likelihood)
    redraw = model.decode(result.peak[None])[0]
    sim=float(posterior.bray_curtis_similarity(way.image, redraw[None])[0])
    sr = posterior.percentile_rank(sim, model.reference_percentiles.similarity)
    return np.log(way.pen_score) + 0.2*np.log(min(rank,sr)+0.03)
