"""What the plane says exactly: with two latent dimensions, an integral over z is a sum."""

import numpy as np

from vae.inference.runtime import LatentModel

REACH = 6.0  # the prior's mass outside [-6, 6] is 4e-9
SPACING = 0.05  # exact to 0.05 nats, see docs/model.md
EPSILON = 1e-7  # keeps log(0) away, as in keras.losses.binary_crossentropy
CHUNK = 2048  # grid places at a time: bounds the memory at CHUNK x n floats


def log_prior(z: np.ndarray) -> np.ndarray:
    """log N(z; 0, I) in nats, (n,), of places (n, 2)."""
    return -0.5 * (z**2).sum(axis=-1) - np.log(2 * np.pi)


def log_bernoulli(images: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """log p(x|z) in nats, pixels summed: x log p + (1 - x) log(1 - p), over the last two axes."""
    p = np.clip(probabilities, EPSILON, 1 - EPSILON)
    return (images * np.log(p) + (1 - images) * np.log1p(-p)).sum(axis=(-2, -1))


def log_likelihood(
    model: LatentModel, images: np.ndarray, reach: float = REACH, spacing: float = SPACING
) -> np.ndarray:
    """log p(x) in nats, (n,), by quadrature over the whole plane.

    log p(x) = log of the sum over a square grid of p(x|z) p(z) spacing^2. For every grid place
    log p(x|z) = x . logit p + sum log(1 - p), so a chunk of the grid is one matrix product.

    Args:
        images: (n, 28, 28), 0 or 1.
        reach: the grid covers [-reach, reach] both ways.
        spacing: between neighbouring places.
    """
    axis = np.arange(-reach, reach + spacing / 2, spacing, dtype=np.float32)
    places = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    pixels = images.reshape(len(images), -1).astype(np.float32)
    top = np.full(len(images), -np.inf, np.float32)
    total = np.zeros(len(images))
    for i in range(0, len(places), CHUNK):
        joint = _log_joint(model, pixels, places[i : i + CHUNK])
        peak = np.maximum(top, joint.max(axis=1))
        joint -= peak[:, None]
        total = total * np.exp(top - peak) + np.exp(joint, out=joint).sum(axis=1)
        top = peak
    return top + np.log(total) + 2 * np.log(spacing)


def _log_joint(model: LatentModel, pixels: np.ndarray, places: np.ndarray) -> np.ndarray:
    """log p(x, z) in nats, (n, m), of pixels (n, 784) at places (m, 2)."""
    p = np.clip(model.decode(places).reshape(len(places), -1), EPSILON, 1 - EPSILON)
    dark = np.log1p(-p)
    logits = np.log(p) - dark
    return pixels @ logits.T + (dark.sum(axis=1) + log_prior(places)).astype(np.float32)
