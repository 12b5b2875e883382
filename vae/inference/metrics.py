"""How good a model is: ELBO, log-likelihood, digit accuracy, its map and plane, speed."""

import timeit
from collections.abc import Callable

import numpy as np

from vae.inference import plane_metrics, posterior
from vae.inference.map_metrics import measure_map
from vae.inference.plane import NEIGHBOURS
from vae.inference.runtime import LatentModel

SEED = 0
ROUGH_SPACING = 0.05  # of a quadrature that need be no more exact than 0.1 nats
IMPORTANCE_SAMPLES = 100
TRAIN_IMAGES = 10_000  # whose likelihood is set beside that of as many test images
ACTIVE = 0.01  # variance of the mean above which a dimension is in use (Burda et al., 2016)


def summary(
    model: LatentModel,
    images: np.ndarray,
    seed: int = SEED,
    code: tuple[np.ndarray, np.ndarray] | None = None,
) -> dict:
    """Return the ELBO and its two parts on grey images; takes about a second.

    Args:
        model: The model to measure.
        images: (n, 28, 28) float in [0, 1].
        seed: Of the samples of z.
        code: Mean and log_var of the images, if they are known already.

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
    """Return every figure of the model card, with the protocol that it was measured by.

    Args:
        model: The model to measure.
        images: Test images, (n, 28, 28) float in [0, 1].
        labels: Their digits 0 to 9, (n,).
        train_images: Training images, (m, 28, 28) float in [0, 1].
        train_labels: Their digits, (m,).
        seed: Of the samples of z and of the binarisation.
        sampled: Whether to add `log_likelihood_importance`, which takes a million decodes.

    Returns:
        `summary`'s figures, and on images binarised once with `seed`: `elbo_binarized`,
        `log_likelihood_importance` and `log_likelihood` (exact, by quadrature), in nats per
        image; `log_likelihood_train`, the same on the first TRAIN_IMAGES training images: where it
        is much higher, the model has memorised; `accuracy` in [0, 1], of `knn_classifier` on the
        training codes; `measure_map`'s and `measure_plane`'s figures; `encode_ms` and `decode_ms`,
        the median time of one image; `protocol`.

    Raises:
        ModelInvalidError: The model answers with what is no number.
    """
    rng = np.random.default_rng(seed)
    binary = _binarize(images, rng)
    binary_train = _binarize(train_images[:TRAIN_IMAGES], np.random.default_rng(seed))
    reconstruction, kl, _ = _elbo_parts(model, binary, rng)
    code = model.encode(images)
    classify = knn_classifier(model.encode(train_images)[0], train_labels)
    importance = {}
    if sampled:
        log_p = importance_log_likelihood(model, binary, rng)
        importance["log_likelihood_importance"] = float(log_p.mean())
    # Together, for decoding the grid is what takes long where the decoder is convolutional.
    log_p = posterior.log_likelihood(model, np.concatenate([binary, binary_train]))
    return {
        **summary(model, images, seed, code),
        "elbo_binarized": float(-(reconstruction + kl).mean()),
        **importance,
        "log_likelihood": float(log_p[: len(binary)].mean()),
        "log_likelihood_train": float(log_p[len(binary) :].mean()),
        "accuracy": float(np.mean(classify(code[0]) == labels)),
        **measure_map(code[0], labels),
        **plane_metrics.measure_plane(model, code[0], images, labels, seed),
        "encode_ms": _milliseconds(lambda: model.encode(images[:1])),
        "decode_ms": _milliseconds(lambda: model.decode(np.zeros((1, 2)))),
        "protocol": {
            "images": len(images),
            "train_images": len(binary_train),
            "importance_samples": IMPORTANCE_SAMPLES,
            "grid_reach": posterior.REACH,
            "grid_spacing": posterior.SPACING,
            "neighbours": NEIGHBOURS,
            **plane_metrics.protocol(),
            "seed": seed,
        },
    }


def reference_percentiles(
    model: LatentModel, images: np.ndarray, spacing: float = ROUGH_SPACING
) -> dict[str, list[float]]:
    """Return percentiles 0 to 100 over real digits, to compare another digit with.

    Args:
        model: The model to measure.
        images: (n, 28, 28) float in [0, 1], grey.
        spacing: Of the grid over the plane, in units of z.

    Returns:
        `log_likelihood`, log p(x) in nats, and `similarity`, in [0, 1], of each digit and its
        redraw at the posterior's peak: 101 numbers each, rising.
    """
    log_p, peaks = posterior.integrate(model, images, spacing=spacing)
    similarity = posterior.bray_curtis_similarity(images, model.decode(peaks))

    def percentiles(values: np.ndarray) -> list[float]:
        return np.percentile(values, np.arange(101)).round(4).tolist()

    return {"log_likelihood": percentiles(log_p), "similarity": percentiles(similarity)}


def importance_log_likelihood(
    model: LatentModel,
    images: np.ndarray,
    rng: np.random.Generator,
    samples: int = IMPORTANCE_SAMPLES,
) -> np.ndarray:
    """Return a lower bound of log p(x) in nats, (n,).

    It is the log of the mean of p(x|z) p(z) / q(z|x) over samples of z from q(z|x).

    Reference: Burda, Grosse and Salakhutdinov, 2016, equation 8.
    """
    from scipy.special import logsumexp  # slow to import

    mean, log_var = model.encode(images)
    bound = np.empty(len(images))
    for i in range(0, len(images), 100):
        part = slice(i, i + 100)
        z, log_q = _sample(mean[part, None], log_var[part, None], samples, rng)
        decoded = model.decode(z.reshape(-1, 2)).reshape(*z.shape[:2], 28, 28)
        log_joint = posterior.log_bernoulli(images[part, None], decoded) + posterior.log_prior(z)
        bound[part] = logsumexp(log_joint - log_q, axis=1) - np.log(samples)
    return bound


def knn_classifier(codes: np.ndarray, labels: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from places (m, 2) to digits (m,): the commonest of the 15 nearest codes.

    Args:
        codes: (n, 2).
        labels: (n,) digits 0 to 9.
    """
    from scipy.spatial import KDTree  # slow to import, and needed here alone

    tree = KDTree(codes)
    ranks = range(1, min(NEIGHBOURS, len(codes)) + 1)

    def classify(places: np.ndarray) -> np.ndarray:
        _, near = tree.query(places, ranks)
        votes = labels[near][..., None] == np.arange(10)  # (m, 15, 10)
        return votes.sum(axis=1).argmax(axis=1)

    return classify


def _binarize(images, rng) -> np.ndarray:
    return (rng.random(images.shape) < images).astype(np.float32)


def _elbo_parts(model, images, rng, code=None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    mean, log_var = code or model.encode(images)
    z, _ = _sample(mean[:, None], log_var[:, None], 1, rng)
    reconstruction = -posterior.log_bernoulli(images, model.decode(z[:, 0]))
    kl = 0.5 * (np.exp(log_var) + mean**2 - 1 - log_var).sum(axis=1)
    return reconstruction, kl, mean


def _sample(mean, log_var, samples, rng) -> tuple[np.ndarray, np.ndarray]:
    """Return samples of q, (n, samples, 2), and their log q in nats, (n, samples)."""
    noise = rng.standard_normal((len(mean), samples, 2), dtype=np.float32)
    z = mean + np.exp(0.5 * log_var) * noise
    return z, posterior.log_prior(noise) - 0.5 * log_var.sum(axis=-1)


def _milliseconds(call: Callable) -> float:
    return float(np.median(timeit.repeat(call, repeat=51, number=1)[1:]) * 1000)  # first: warm-up
