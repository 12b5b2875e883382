"""The grid encoder: q(z|x) by a grid search of the posterior with a Laplace fit.

A plane has few enough places to compute the posterior at all of them, so no network has to guess
q(z|x) from the image. On a grid of places z this encoder computes

    log p(x, z) = x · l(z) - sum softplus(l(z)) + log p(z)        in nats,

where l(z) are the decoder's 784 logits, and takes the highest place. The parabola through the 3x3
places around it gives the Gaussian: its peak is the mean, its curvatures are the inverse variances.
With a decoder that learns from these posteriors this is the E-step of a generative topographic
mapping. On MNIST its ELBO is 0.3 to 1 nat below the exact log-likelihood.

References:
    Bishop, Svensén and Williams, 1998, "GTM: the generative topographic mapping".
    Laplace's approximation: Bishop, 2006, "Pattern recognition and machine learning", section 4.4.
"""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

REACH = 4.5  # the grid covers [-REACH, REACH] both ways: all but 1 in 100,000 of the prior
SPACING = 0.07  # a posterior's own width is 0.02 to 0.05; 0.05 is worth 0.2 nats and twice the file
RANK = 64  # basis pictures of the decoder's logits; as many as there are pixels: 0.2 nats better
# Where the plane ends at a rim, the grid is a disc inside it. Such a decoder is sharper: a spacing
# of 0.07 would cost 2 nats.
DISC_SPACING = 0.05
DISC_RANK = 96
BARRED = -1e9  # nats, outside the disc
CHUNK = 2048  # places decoded at a time
PCA_STRIDE = 5  # every fifth place finds the same basis
MAX_OFFSET = 1.5  # spacings from the highest place to the parabola's peak


def _pairs(axis) -> np.ndarray:
    """Return all pairs of the values of an axis, (n,) -> (n^2, 2), the first the slower."""
    return np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)


NEIGHBORS = _pairs([-1, 0, 1])  # (9, 2): the 3x3 places around one, in spacings


def build_decode_logits(decoder: keras.Model) -> Callable:
    """Return a compiled function of places to logits; Keras's `predict` takes two to three times
    as long.

    The function takes places z, shape `(n, 2)`, and returns the logits l(z), shape `(n, 784)`, and
    sum softplus(l(z)), shape `(n,)`, in nats: -log p of a black image.
    """

    @tf.function(input_signature=[tf.TensorSpec((None, 2), tf.float32)])
    def decode_logits(z):
        logits = ops.reshape(decoder(z, training=False), (-1, 28 * 28))
        return logits, ops.sum(ops.softplus(logits), axis=1)

    return decode_logits


def compute_tables(
    decode_logits: Callable, places: np.ndarray, rank: int, beta: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what makes log p(x, z) one small matrix product: basis, coefficients and constant.

    Up to a term that is the same at every place, it is (x · basis) · coefficients + constant. The
    basis is a principal component analysis of the logits, weighted by the prior.

    Args:
        decode_logits: The decoder, as `build_decode_logits` returns it.
        places: z, shape `(m, 2)`.
        rank: Pictures in the basis.
        beta: Weight of the KL term; the likelihood counts 1 / beta.

    Returns:
        Arrays, shapes `(784, rank)`, `(m, rank)` and `(m,)`; not finite where the decoder is not.
    """
    chunks = range(0, len(places), CHUNK)
    parts = [decode_logits(places[start : start + CHUNK]) for start in chunks]
    logits, softplus_sum = (np.concatenate(part) for part in zip(*parts, strict=True))
    log_prior = -0.5 * (places**2).sum(1) - np.float32(np.log(2 * np.pi))
    constant = log_prior - softplus_sum / beta
    if not np.isfinite(constant).all():
        return np.zeros((28 * 28, rank)), np.zeros((len(places), rank)), constant
    sample, prior = logits[::PCA_STRIDE], np.exp(log_prior[::PCA_STRIDE])
    mean = np.average(sample, axis=0, weights=prior)  # x · mean is the same at every place
    weighted = (sample - mean) * np.sqrt(prior)[:, None]
    basis = np.linalg.eigh(weighted.T @ weighted)[1][:, -rank:]  # eigenvalues ascend
    return basis, (logits @ basis - mean @ basis) / beta, constant


def build_encoder(rim: float = 0.0) -> keras.Model:
    """Return a model with the inputs and outputs of `networks.encoder`, made of a `GridEncoder`.

    Its tables are empty: `GridEncoder.update` must run before use.

    Args:
        rim: Where the decoder's plane ends, as in ModelConfig.
    """
    images = keras.Input((28, 28, 1), name="images")
    mean, log_var = GridEncoder(rim, name="grid_encoder")(images)
    return keras.Model(images, {"mean": mean, "log_var": log_var}, name="encoder")


class GridEncoder(layers.Layer):
    """Maps images to the Gaussian q(z|x) around the highest place of a grid; see the module.

    Takes images, shape `(n, 28, 28, 1)`, in [0, 1]. Returns mean (units of z) and log_var (log of
    units of z squared), shape `(n, 2)` each.

    To make the search cheap, l(z) is projected on the RANK basis pictures that span most of it (a
    principal component analysis weighted by the prior): x · l(z) = (x · basis) · coefficients(z),
    up to a term that is the same at every place. Nothing in it is trained.
    """

    def __init__(self, rim: float = 0.0, **kwargs):
        super().__init__(trainable=False, **kwargs)
        self.spacing = DISC_SPACING if rim else SPACING
        self.rank = DISC_RANK if rim else RANK
        self.side = side = 2 * round((rim or REACH) / self.spacing) + 1  # places in a row
        self.places = ((_pairs(np.arange(side)) - side // 2) * self.spacing).astype("float32")
        square = (self.places**2).sum(1)
        # A parabola's peak is a little farther out than the highest place, but not beyond the rim.
        self.inside = square <= (rim - 2 * self.spacing) ** 2 if rim else square < np.inf
        self.bar = np.where(self.inside, 0, BARRED).astype("float32")

    def build(self, shape):
        def table(name, *shape):
            return self.add_weight(shape=shape, initializer="zeros", trainable=False, name=name)

        self.basis = table("basis", 28 * 28, self.rank)
        self.coefficients = table("coefficients", len(self.places), self.rank)
        self.constant = table("constant", len(self.places))  # what does not depend on the image

    def update(self, decode_logits: Callable, beta: float) -> None:
        """Compute the tables from the decoder as it is now.

        Args:
            decode_logits: The decoder, as `build_decode_logits` returns it.
            beta: Weight of the KL term. The likelihood counts 1 / beta: the q that is best for
                reconstruction + beta * KL is the posterior of that tempered likelihood.
        """
        tables = compute_tables(decode_logits, self.places, self.rank, beta)
        if not np.isfinite(tables[-1]).all():
            return  # training has diverged, and the loss will say so
        for variable, table in zip(
            (self.basis, self.coefficients, self.constant), tables, strict=True
        ):
            variable.assign(table)

    def call(self, images):
        weights = ops.matmul(ops.reshape(images, (-1, 28 * 28)), self.basis)  # (n, RANK)
        log_joint = ops.matmul(weights, ops.transpose(self.coefficients))
        log_joint += self.constant + self.bar
        best = tf.argmax(log_joint, axis=1, output_type=tf.int32)  # Keras's cannot be exported
        side = self.side
        best = ops.clip(ops.stack([best // side, best % side], axis=1), 1, side - 2)  # (n, 2)
        around = best[:, :1] * side + best[:, 1:] + NEIGHBORS @ (side, 1)  # (n, 9)
        # The parabola is fitted to the tables before they are weighted: its terms are small there,
        # and sums of hundreds of nats would be rounded.
        coefficients, constant = (
            ops.take(table, around, axis=0) for table in (self.coefficients, self.constant[:, None])
        )
        terms = ops.sum(_fit_parabola(coefficients) * weights[:, None], axis=-1, keepdims=True)
        terms = ops.unstack(terms + _fit_parabola(constant), 5, axis=1)  # five of (n, 1)
        # The prior's own curvature is the least, so that no q is wider than the prior.
        offset, curvature = _parabola_peak(self.spacing**2, *terms)
        mean = self.spacing * (ops.cast(best - side // 2, "float32") + offset)
        return mean, 2 * np.log(self.spacing) - ops.log(curvature)

    # The tables follow from the decoder: they are computed, not saved.
    def save_own_variables(self, store):
        pass

    def load_own_variables(self, store):
        pass


_A, _B = NEIGHBORS.T
_TERMS = np.stack([_A**0, _A, _B, _A**2 / 2, _B**2 / 2, _A * _B], axis=1)
LEAST_SQUARES = np.linalg.pinv(_TERMS)[1:].astype("float32")  # (5, 9): slopes, then curvatures


def _fit_parabola(values):
    """Return the least-squares parabolas through values at NEIGHBORS, `(n, 9, k)` -> `(n, 5, k)`.

    The five terms are the slopes along both axes, the second derivatives along both, and the mixed
    one, per spacing and spacing squared.
    """
    return ops.matmul(LEAST_SQUARES, values - values[:, 4:5])


def _parabola_peak(least, slope_a, slope_b, second_a, second_b, cross_term):
    """Return a parabola's peak, `(n, 2)` in spacings, and its curvatures, `(n, 2)`.

    Takes the five terms, `(n, 1)` each, in nats per spacing (squared). A curvature is minus the
    second derivative, and at least `least`.
    """
    a, b = ops.maximum(-second_a, least), ops.maximum(-second_b, least)
    limit = 0.9 * ops.sqrt(a * b)  # beyond that it would be a saddle
    cross = ops.clip(cross_term, -limit, limit)
    peak = ops.concatenate([b * slope_a + cross * slope_b, a * slope_b + cross * slope_a], axis=1)
    peak = peak / (a * b - cross**2)
    return ops.clip(peak, -MAX_OFFSET, MAX_OFFSET), ops.concatenate([a, b], axis=1)
