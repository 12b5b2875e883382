"""How good a model is: ELBO, log-likelihood, digit accuracy, speed."""

import time
from collections.abc import Callable

import numpy as np

from vae.inference.plane import NEIGHBOURS
from vae.inference.posterior import (
    REACH,
    SPACING,
    integrate,
    likeness,
    log_bernoulli,
    log_likelihood,
    log_prior,
)
from vae.inference.runtime import LatentModel

SEED = 0
ROUGH = 0.05  # the spacing of a quadrature that need be no more exact than 0.1 nats
IMPORTANCE_SAMPLES = 100
PATCH = 0.1  # share of a digit's mass that a patch of its land must hold to count
LAND = 3.5  # cohesion is judged on [-LAND, LAND] both ways
LAND_SIDE = 141  # places each way
ACTIVE = 0.01  # variance of the mean above which a dimension is in use (Burda et al., 2016)


def summary(
    model: LatentModel,
    images: np.ndarray,
    seed: int = SEED,
    code: tuple[np.ndarray, np.ndarray] | None = None,
) -> dict:
    """The ELBO and its two parts, on grey images: the figures of a second's work.

    Args:
        images: (n, 28, 28) float in [0, 1].
        code: mean and log_var of theirs, where they are known already.

    Returns:
        `elbo`, `reconstruction` (log p(x|z) negated) and `kl`, in nats per image, one sample of z
        each; `active_dimensions`, the share in [0, 1] of dimensions that carry information.
    """
    reconstruction, kl, mean = _elbo_parts(model, images, np.random.default_rng(seed), code)
    return {
        "elbo": float(-(reconstruction + kl).mean()),
        "reconstruction": float(reconstruction.mean()),
        "kl": float(kl.mean()),
        "active_dimensions": float((mean.var(axis=0) > ACTIVE).mean()),
    }


def evaluate(
    model: LatentModel,
    images: np.ndarray,
    labels: np.ndarray,
    train_images: np.ndarray,
    train_labels: np.ndarray,
    seed: int = SEED,
    sampled: bool = True,
) -> dict:
    """Every figure of the model card, with the protocol that it was measured by.

    Args:
        images, train_images: (n, 28, 28) float in [0, 1].
        labels, train_labels: (n,) digits 0 to 9.
        seed: of the samples of z and of the dynamic binarisation.
        sampled: with `log_likelihood_importance`, which takes a million decodes.

    Returns:
        `summary`'s figures, and on images binarised once with `seed`: `elbo_binarized`,
        `log_likelihood_importance` and `log_likelihood` (exact, by quadrature), in nats per
        image; `accuracy` in [0, 1], digits read off by the 15 nearest training codes; `cohesion`;
        `encode_ms` and `decode_ms`, the median time of one image; `protocol`.
    """
    rng = np.random.default_rng(seed)
    binary = (rng.random(images.shape) < images).astype(np.float32)
    reconstruction, kl, _ = _elbo_parts(model, binary, rng)
    code = model.encode(images)
    read = reader(model.encode(train_images)[0], train_labels)
    importance = {}
    if sampled:
        log_p = importance_log_likelihood(model, binary, rng)
        importance["log_likelihood_importance"] = float(log_p.mean())
    return {
        **summary(model, images, seed, code),
        "elbo_binarized": float(-(reconstruction + kl).mean()),
        **importance,
        "log_likelihood": float(log_likelihood(model, binary).mean()),
        "accuracy": float(np.mean(read(code[0]) == labels)),
        "cohesion": cohesion(read),
        "encode_ms": _milliseconds(lambda: model.encode(images[:1])),
        "decode_ms": _milliseconds(lambda: model.decode(np.zeros((1, 2)))),
        "protocol": {
            "images": len(images),
            "importance_samples": IMPORTANCE_SAMPLES,
            "grid_reach": REACH,
            "grid_spacing": SPACING,
            "neighbours": NEIGHBOURS,
            "seed": seed,
        },
    }


def reference_percentiles(model: LatentModel, images: np.ndarray, spacing: float = ROUGH) -> dict:
    """What is usual: percentiles 0 to 100 over real digits, that a stranger's can be held against.

    Args:
        images: (n, 28, 28) float in [0, 1], grey.
        spacing: of the grid over the plane.

    Returns:
        `log_likelihood`, log p(x) in nats, and `similarity`, in [0, 1], of each digit and its
        redraw at the posterior's peak: 101 numbers each, rising.
    """
    log_p, peaks = integrate(model, images, spacing=spacing)
    alike = likeness(images, model.decode(peaks))
    figures = {"log_likelihood": log_p, "similarity": alike}
    return {
        name: [round(float(value), 4) for value in np.percentile(values, np.arange(101))]
        for name, values in figures.items()
    }


def importance_log_likelihood(
    model: LatentModel,
    images: np.ndarray,
    rng: np.random.Generator,
    samples: int = IMPORTANCE_SAMPLES,
) -> np.ndarray:
    """A lower bound of log p(x) in nats, (n,): log of the mean of p(x|z) p(z) / q(z|x), z from q.

    Reference: Burda, Grosse and Salakhutdinov, 2016, equation 8.
    """
    mean, log_var = model.encode(images)
    found = np.empty(len(images))
    for i in range(0, len(images), 100):
        part = slice(i, i + 100)
        z, log_q = _sample(mean[part, None], log_var[part, None], samples, rng)
        decoded = model.decode(z.reshape(-1, 2)).reshape(*z.shape[:2], 28, 28)
        weights = log_bernoulli(images[part, None], decoded) + log_prior(z) - log_q
        peak = weights.max(axis=1)
        found[part] = peak + np.log(np.exp(weights - peak[:, None]).mean(axis=1))
    return found


def reader(codes: np.ndarray, labels: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """What reads places (m, 2) as digits (m,): the commonest among the 15 nearest codes (n, 2)."""
    from scipy.spatial import KDTree  # slow to import, and needed here alone

    tree = KDTree(codes)
    ranks = range(1, min(NEIGHBOURS, len(codes)) + 1)

    def read(places: np.ndarray) -> np.ndarray:
        _, near = tree.query(places, ranks)
        votes = labels[near][..., None] == np.arange(10)  # (m, 15, 10)
        return votes.sum(axis=1).argmax(axis=1)

    return read


def cohesion(read: Callable[[np.ndarray], np.ndarray]) -> float:
    """How many lands a digit has, on average; 1 is a map where each has one of its own.

    The plane is cut into cells, each belongs to the digit that `read` gives for it, and weighs as
    much as the prior there. Cells that share an edge are one patch, and a patch with less than a
    tenth of its digit's weight is not counted; a digit in small pieces alone counts as one.
    """
    from scipy import ndimage  # slow to import, and needed here alone

    axis = np.linspace(-LAND, LAND, LAND_SIDE)
    places = np.stack(np.meshgrid(axis, axis), axis=-1)
    digits = read(places.reshape(-1, 2)).reshape(LAND_SIDE, LAND_SIDE)
    prior = np.exp(log_prior(places))
    counts = []
    for digit in np.unique(digits):
        patches, count = ndimage.label(digits == digit)
        mass = ndimage.sum(prior, patches, range(1, count + 1))
        counts.append(max(1, np.sum(mass > PATCH * mass.sum())))
    return float(np.mean(counts))


def _elbo_parts(model, images, rng, code=None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    mean, log_var = code or model.encode(images)
    z, _ = _sample(mean[:, None], log_var[:, None], 1, rng)
    reconstruction = -log_bernoulli(images, model.decode(z[:, 0]))
    kl = 0.5 * (np.exp(log_var) + mean**2 - 1 - log_var).sum(axis=1)
    return reconstruction, kl, mean


def _sample(mean, log_var, samples, rng) -> tuple[np.ndarray, np.ndarray]:
    """Draws from q (n, samples, 2) and their log q in nats (n, samples)."""
    noise = rng.standard_normal((len(mean), samples, 2), dtype=np.float32)
    z = mean + np.exp(0.5 * log_var) * noise
    return z, log_prior(noise) - 0.5 * log_var.sum(axis=-1)


def _milliseconds(call, times: int = 50) -> float:
    call()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return float(np.median(taken) * 1000)
