"""What the plane says exactly: with two latent dimensions, an integral over z is a sum."""

from dataclasses import dataclass

import numpy as np

from vae.inference import plane
from vae.inference.runtime import LatentModel

REACH = 6.0  # the prior's mass outside [-6, 6] is 4e-9
SPACING = 0.03  # exact to 0.01 nats, see docs/model.md
EPSILON = 1e-7  # keeps log(0) away, as in keras.losses.binary_crossentropy
CHUNK = 2048  # grid places at a time: bounds the memory at CHUNK x n floats

# One image's posterior is found on a coarse lattice first. Its own width is about 0.04, so the
# cells that matter are then cut into smaller ones.
COARSE_REACH = 5.0
COARSE = 0.1
REFINED = 64  # cells at most
DEEP = 14.0  # nats below the likeliest cell at which a cell is past cutting
CUTS = 5  # both ways
HILL = 0.3  # radius in units of z within which mass belongs to the same hill
LEAST_HILL = 0.03  # share of the mass below which a hill is not worth a word


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
    """log p(x) in nats, (n,), by quadrature over the whole plane; see `integrate`."""
    return integrate(model, images, reach, spacing)[0]


def integrate(
    model: LatentModel, images: np.ndarray, reach: float = REACH, spacing: float = SPACING
) -> tuple[np.ndarray, np.ndarray]:
    """log p(x) in nats, (n,), and the place of the posterior's peak, (n, 2).

    log p(x) = log of the sum over a square grid of p(x|z) p(z) spacing^2. For every grid place
    log p(x|z) = x . logit p + sum log(1 - p), so a chunk of the grid is one matrix product.

    Args:
        images: (n, 28, 28) in [0, 1].
        reach: the grid covers [-reach, reach] both ways.
        spacing: between neighbouring places.
    """
    places = _square(reach, spacing)
    pixels = images.reshape(len(images), -1).astype(np.float32)
    top = np.full(len(images), -np.inf, np.float32)
    total = np.zeros(len(images))
    summit = np.zeros((len(images), 2), np.float32)
    for i in range(0, len(places), CHUNK):
        joint = _log_joint(model, pixels, places[i : i + CHUNK])
        best = joint.argmax(axis=1)
        peak = np.maximum(top, joint.max(axis=1))
        summit[peak > top] = places[i + best][peak > top]
        joint -= peak[:, None]
        total = total * np.exp(top - peak) + np.exp(joint, out=joint).sum(axis=1)
        top = peak
    return top + np.log(total) + 2 * np.log(spacing), summit


@dataclass(frozen=True)
class Lattice:
    """A model's coarse grid over the plane, decoded once: all that a posterior begins with.

    log p(x, z) of an image, flattened, at every place is `logits @ x + constant`.
    """

    model: LatentModel
    places: np.ndarray  # (m, 2) float32, row by row, the lowest z2 first
    logits: np.ndarray  # (m, 784) float32
    constant: np.ndarray  # (m,) float32, nats


def lattice(model: LatentModel) -> Lattice:
    """The lattice of a model; 32 MB."""
    places = _square(COARSE_REACH, COARSE)
    return Lattice(model, places, *_affine(model, places))


@dataclass(frozen=True)
class Hill:
    """A part of the plane where the posterior is concentrated."""

    place: tuple[float, float]
    share: float  # of the posterior's mass, in [0, 1]


@dataclass(frozen=True)
class Posterior:
    """p(z|x) of one image: where on the plane it may come from, and how likely it is at all."""

    log_likelihood: float  # log p(x), nats
    peak: np.ndarray  # (2,) the likeliest place
    places: np.ndarray  # (k, 2) the cells that hold all but a thousandth of the mass, by density
    shares: np.ndarray  # (k,) of the mass; they sum to 1
    hills: list[Hill]  # by their height: the first holds the peak
    relief: np.ndarray  # (rows, columns) log p(x, z) over the lattice, nats, 0 at its highest


def posterior(grid: Lattice, image: np.ndarray) -> Posterior:
    """The posterior of one image (28, 28) in [0, 1], to about 0.05 nats."""
    pixels = image.reshape(-1).astype(np.float32)
    coarse = grid.logits @ pixels + grid.constant
    refined = np.argsort(coarse)[-REFINED:]
    refined = refined[coarse[refined] > coarse.max() - DEEP]
    fine_places = (grid.places[refined][:, None] + _cuts()).reshape(-1, 2)
    logits, constant = _affine(grid.model, fine_places)
    fine = logits @ pixels + constant
    rest = np.delete(np.arange(len(coarse)), refined)
    places = np.concatenate([fine_places, grid.places[rest]])
    joint = np.concatenate([fine, coarse[rest]], dtype=np.float64)
    sides = np.concatenate([np.full(len(fine), COARSE / CUTS), np.full(len(rest), COARSE)])
    top = joint.max()
    shares = np.exp(joint - top) * sides**2
    total = shares.sum()
    kept = np.argsort(-shares)
    kept = kept[: 1 + np.searchsorted(np.cumsum(shares[kept]), 0.999 * total)]
    kept = kept[np.argsort(-joint[kept])]
    places, shares = places[kept], shares[kept] / shares[kept].sum()
    side = round(len(coarse) ** 0.5)
    return Posterior(
        log_likelihood=float(top + np.log(total)),
        peak=places[0],
        places=places,
        shares=shares,
        hills=_hills(places, shares),
        relief=(coarse - coarse.max()).reshape(side, side),
    )


def reading(found: Posterior, latents: np.ndarray, labels: np.ndarray) -> list[tuple[int, float]]:
    """The digits that an image may show and their shares in [0, 1], the largest first.

    Each place's neighbours among the codes (n, 2) vote, weighted by the posterior there.
    """
    from scipy.spatial import KDTree  # slow to import, and needed here alone

    neighbours = min(plane.NEIGHBOURS, len(latents))
    _, near = KDTree(latents).query(found.places, range(1, neighbours + 1))  # (k, 15)
    weights = np.repeat(found.shares, neighbours)
    votes = np.bincount(labels[near].ravel(), weights, minlength=10)
    votes /= votes.sum()
    return [(int(digit), float(votes[digit])) for digit in np.argsort(-votes) if votes[digit]]


def likeness(images: np.ndarray, redraws: np.ndarray) -> np.ndarray:
    """How alike pictures (n, 28, 28) in [0, 1] are, (n,) in [0, 1]; 1 is the same, 0 no ink shared.

    1 - sum |x - y| / sum (x + y), which does not favour thin digits over bold ones.

    Reference: Bray and Curtis, 1957.
    """
    apart = np.abs(images - redraws).sum(axis=(-2, -1))
    return 1 - apart / np.maximum((images + redraws).sum(axis=(-2, -1)), EPSILON)


def rank(value: float, percentiles: list[float]) -> float:
    """The share in [0, 1] of real digits with less, from their 0th to 100th percentile."""
    return float(np.interp(value, percentiles, np.linspace(0, 1, len(percentiles))))


def _hills(places: np.ndarray, shares: np.ndarray) -> list[Hill]:
    """The densest place and the mass around it, then the same of what is left."""
    found, left = [], np.ones(len(shares), bool)
    while left.any():
        summit = places[np.flatnonzero(left)[0]]
        near = left & (((places - summit) ** 2).sum(axis=1) < HILL**2)
        found.append(Hill((float(summit[0]), float(summit[1])), float(shares[near].sum())))
        left &= ~near
    return [found[0], *(hill for hill in found[1:] if hill.share >= LEAST_HILL)]


def _square(reach: float, spacing: float) -> np.ndarray:
    """Places (m, 2) on a square grid over [-reach, reach] both ways."""
    axis = np.arange(-reach, reach + spacing / 2, spacing, dtype=np.float32)
    return np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)


def _cuts() -> np.ndarray:
    """Where the parts of a cut cell lie, (CUTS^2, 2), relative to its middle."""
    axis = ((np.arange(CUTS) + 0.5) / CUTS - 0.5) * COARSE
    return np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2).astype(np.float32)


def _affine(model: LatentModel, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logits (m, 784) and constants (m,): log p(x, z) = logits @ x + constant, in nats."""
    p = np.clip(model.decode(places).reshape(len(places), -1), EPSILON, 1 - EPSILON)
    dark = np.log1p(-p)
    logits = np.log(p) - dark
    return logits, (dark.sum(axis=1) + log_prior(places)).astype(np.float32)


def _log_joint(model: LatentModel, pixels: np.ndarray, places: np.ndarray) -> np.ndarray:
    """log p(x, z) in nats, (n, m), of pixels (n, 784) at places (m, 2)."""
    logits, constant = _affine(model, places)
    return pixels @ logits.T + constant
