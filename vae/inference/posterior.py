"""The exact posterior: with two latent dimensions, an integral over z is a sum over a grid."""

from dataclasses import dataclass

import numpy as np

from vae.inference.plane import Decoder

REACH = 6.0  # the prior's mass outside [-6, 6] is 4e-9
SPACING = 0.03  # exact to 0.01 nats, see docs/model.md
EPSILON = 1e-7  # keeps log(0) away, as in keras.losses.binary_crossentropy
CHUNK = 2048  # grid places at a time: bounds the memory at CHUNK x n floats

# One image's posterior is found on a coarse grid first. The posterior's own width is about 0.04,
# so the cells that matter are then divided into smaller ones.
GRID_REACH = 5.0
GRID_SPACING = 0.1
MOST_REFINED = 64  # cells
NEGLIGIBLE = 14.0  # nats below the likeliest cell from which a cell is not worth refining
DIVISIONS = 5  # of a refined cell, both ways
MODE_RADIUS = 0.3  # units of z within which mass belongs to the same mode
LEAST_MODE = 0.03  # share of the mass below which a mode is not worth mentioning


def log_prior(z: np.ndarray) -> np.ndarray:
    """Return log N(z; 0, I) in nats, (n,), at places (n, 2)."""
    return -0.5 * (z**2).sum(axis=-1) - np.log(2 * np.pi)


def log_bernoulli(images: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return log p(x|z) in nats: x log p + (1 - x) log(1 - p), summed over the last two axes."""
    p = np.clip(probabilities, EPSILON, 1 - EPSILON)
    return (images * np.log(p) + (1 - images) * np.log1p(-p)).sum(axis=(-2, -1))


def log_likelihood(
    model: Decoder, images: np.ndarray, reach: float = REACH, spacing: float = SPACING
) -> np.ndarray:
    """Return log p(x) in nats, (n,), by quadrature over the whole plane; see `integrate`."""
    return integrate(model, images, reach, spacing)[0]


def integrate(
    model: Decoder, images: np.ndarray, reach: float = REACH, spacing: float = SPACING
) -> tuple[np.ndarray, np.ndarray]:
    """Return log p(x) in nats, (n,), and the place of the posterior's peak, (n, 2).

    log p(x) = log of the sum over a square grid of p(x|z) p(z) spacing^2. At every grid place
    log p(x|z) = x . logit p + sum log(1 - p), so a chunk of the grid is one matrix product.

    Args:
        model: Decodes places.
        images: (n, 28, 28) in [0, 1].
        reach: The grid covers [-reach, reach] both ways.
        spacing: Between neighbouring places, in units of z.
    """
    places = _square(reach, spacing)
    pixels = images.reshape(len(images), -1).astype(np.float32)
    highest = np.full(len(images), -np.inf, np.float32)
    total = np.zeros(len(images))
    argmax = np.zeros((len(images), 2), np.float32)
    for i in range(0, len(places), CHUNK):
        logits, constant = _affine(model, places[i : i + CHUNK])
        log_joint = pixels @ logits.T + constant  # (n, chunk)
        best = log_joint.argmax(axis=1)
        peak = np.maximum(highest, log_joint.max(axis=1))
        argmax[peak > highest] = places[i + best][peak > highest]
        # By hand and in place: scipy's logsumexp takes 15 times as long here.
        log_joint -= peak[:, None]
        chunk_total = np.exp(log_joint, out=log_joint).sum(axis=1)
        total = total * np.exp(highest - peak) + chunk_total
        highest = peak
    return highest + np.log(total) + 2 * np.log(spacing), argmax


@dataclass(frozen=True)
class DecodedGrid:
    """A model's coarse grid over the plane, decoded once: what every posterior begins with.

    log p(x, z) of an image, flattened, at every place is `logits @ x + constant`.
    """

    model: Decoder
    places: np.ndarray  # (m, 2) float32, row by row, the lowest z2 first
    logits: np.ndarray  # (m, 784) float32
    constant: np.ndarray  # (m,) float32, nats

    def log_joint(self, images: np.ndarray) -> np.ndarray:
        """Return log p(x, z) in nats, (n, m) float32, of images (n, 28, 28) in [0, 1]."""
        pixels = images.reshape(len(images), -1).astype(np.float32)
        return pixels @ self.logits.T + self.constant


def decode_plane(model: Decoder) -> DecodedGrid:
    """Return the decoded grid of a model, 32 MB."""
    places = _square(GRID_REACH, GRID_SPACING)
    return DecodedGrid(model, places, *_affine(model, places))


@dataclass(frozen=True)
class Mode:
    """A part of the plane where the posterior is concentrated."""

    place: tuple[float, float]  # its highest density
    share: float  # of the posterior's mass, in [0, 1]


@dataclass(frozen=True)
class Posterior:
    """p(z|x) of one image: where on the plane it may come from, and how likely it is at all."""

    log_likelihood: float  # log p(x), nats
    peak: np.ndarray  # (2,) float32, the likeliest place
    places: np.ndarray  # (k, 2) the cells that hold 99.9 % of the mass, by density
    weights: np.ndarray  # (k,) their shares of the mass; they sum to 1
    modes: list[Mode]  # by their density: the first holds the peak
    log_joint: np.ndarray  # (rows, columns) log p(x, z) on the grid in nats, less its maximum


def compute_posterior(grid: DecodedGrid, image: np.ndarray) -> Posterior:
    """Return the posterior of one image (28, 28) in [0, 1], to about 0.05 nats."""
    from scipy.special import logsumexp  # slow to import

    pixels = image.reshape(-1).astype(np.float32)
    coarse = grid.logits @ pixels + grid.constant
    cells = np.argsort(coarse)[-MOST_REFINED:]
    cells = cells[coarse[cells] > coarse.max() - NEGLIGIBLE]
    side = GRID_SPACING / DIVISIONS  # of a part of a refined cell
    offsets = _square((GRID_SPACING - side) / 2, side)
    fine_places = (grid.places[cells][:, None] + offsets).reshape(-1, 2)
    logits, constant = _affine(grid.model, fine_places)
    fine = logits @ pixels + constant
    rest = np.delete(np.arange(len(coarse)), cells)
    places = np.concatenate([fine_places, grid.places[rest]])
    log_joint = np.concatenate([fine, coarse[rest]], dtype=np.float64)
    sides = np.repeat([side, GRID_SPACING], [len(fine), len(rest)])
    log_mass = log_joint + 2 * np.log(sides)
    log_p = logsumexp(log_mass)
    weights = np.exp(log_mass - log_p)
    order = np.argsort(-weights)
    order = order[: 1 + np.searchsorted(np.cumsum(weights[order]), 0.999)]
    order = order[np.argsort(-log_joint[order])]
    places, weights = places[order], weights[order] / weights[order].sum()
    rows = round(len(coarse) ** 0.5)
    return Posterior(
        log_likelihood=float(log_p),
        peak=places[0],
        places=places,
        weights=weights,
        modes=_modes(places, weights),
        log_joint=(coarse - coarse.max()).reshape(rows, rows),
    )


def bray_curtis_similarity(images: np.ndarray, redraws: np.ndarray) -> np.ndarray:
    """Return how similar pictures (n, 28, 28) in [0, 1] are, (n,) in [0, 1].

    1 - sum |x - y| / sum (x + y): 1 for the same picture, 0 where no ink is shared. It does not
    favour thin digits over bold ones.

    Reference: Bray and Curtis, 1957.
    """
    difference = np.abs(images - redraws).sum(axis=(-2, -1))
    return 1 - difference / np.maximum((images + redraws).sum(axis=(-2, -1)), EPSILON)


def percentile_rank(value: float, percentiles: list[float]) -> float:
    """Return the share in [0, 1] of values below `value`, given their percentiles 0 to 100."""
    return float(np.interp(value, percentiles, np.linspace(0, 1, len(percentiles))))


def _modes(places: np.ndarray, weights: np.ndarray) -> list[Mode]:
    """Return the densest place and the mass around it, then the same of what is left."""
    modes, left = [], np.ones(len(weights), bool)
    while left.any():
        peak = places[np.flatnonzero(left)[0]]
        near = left & (((places - peak) ** 2).sum(axis=1) < MODE_RADIUS**2)
        modes.append(Mode((float(peak[0]), float(peak[1])), float(weights[near].sum())))
        left &= ~near
    return [modes[0], *(mode for mode in modes[1:] if mode.share >= LEAST_MODE)]


def _square(reach: float, spacing: float) -> np.ndarray:
    """Return the places (m, 2) of a square grid over [-reach, reach] both ways."""
    axis = np.arange(-reach, reach + spacing / 2, spacing, dtype=np.float32)
    return np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)


def _affine(model: Decoder, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return logits (m, 784), constants (m,): log p(x, z) = logits @ x + constant, in nats."""
    p = np.clip(model.decode(places).reshape(len(places), -1), EPSILON, 1 - EPSILON)
    log_dark = np.log1p(-p)
    logits = np.log(p) - log_dark
    return logits, (log_dark.sum(axis=1) + log_prior(places)).astype(np.float32)
