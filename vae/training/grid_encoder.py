"""An encoder that learns nothing: it looks at every place of the plane and takes the best."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

REACH = 4.5  # the lattice covers [-REACH, REACH] both ways: all but 1 in 100,000 of the prior
SPACING = 0.07  # a posterior's own width is 0.02 to 0.05; 0.05 is worth 0.2 nats and twice the file
RANK = 64  # pictures that span the decoder's logits; as many as there are pixels: 0.2 nats better
CHUNK = 2048  # places decoded at a time
SAMPLED = 5  # every fifth place tells as well which pictures matter
FARTHEST = 1.5  # spacings from the best place to the parabola's summit


def _pairs(axis) -> np.ndarray:
    """All pairs (n^2, 2) of the values of an axis (n,), the first the slower."""
    return np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)


AROUND = _pairs([-1, 0, 1])
STEPS = 2**15 - 1  # the heights are whole numbers to this: the exporter halves their bytes


def logits_of(decoder: keras.Model) -> Callable:
    """What a survey asks: a function of places `(n, 2)` to logits `(n, 784)` and -log p of black.

    The latter, `(n,)`, is in nats. Keras's `predict` would take two to three times as long.
    """

    @tf.function(input_signature=[tf.TensorSpec((None, 2), tf.float32)])
    def look(places):
        logits = ops.reshape(decoder(places, training=False), (-1, 28 * 28))
        return logits, ops.sum(ops.softplus(logits), axis=1)

    return look


def encoder() -> keras.Model:
    """A network like `networks.encoder`'s, of one layer, Survey; it must be updated before use."""
    images = keras.Input((28, 28, 1), name="images")
    mean, log_var = Survey(name="survey")(images)
    return keras.Model(images, {"mean": mean, "log_var": log_var}, name="encoder")


class Survey(layers.Layer):
    """q(z|x) found by search, which two dimensions allow, instead of guessed by a network.

    log p(x, z) = x . l(z) - sum softplus(l(z)) + log p(z), where l(z) are the decoder's logits, is
    computed at every place of a lattice. The parabola through the 3x3 places around the highest
    gives the Gaussian: its summit the mean, its curvatures the inverse variances. On MNIST its ELBO
    is 0.3 to 1 nat below the exact log-likelihood. To make it cheap, l(z) is projected on the
    RANK pictures that span most of it (a principal component analysis weighted by the prior).

    Takes images, `(n, 28, 28, 1)`, in [0, 1]; gives mean and log_var (in nats), `(n, 2)` each.

    Reference: Bishop, Svensén and Williams, 1998, "GTM: the generative topographic mapping", also
    fits its decoder to posteriors on a lattice.
    """

    def __init__(self, **kwargs):
        super().__init__(trainable=False, **kwargs)
        self.side = side = 2 * round(REACH / SPACING) + 1  # places in a row of the lattice
        self.places = ((_pairs(np.arange(side)) - side // 2) * SPACING).astype("float32")
        self.log_prior = -0.5 * (self.places**2).sum(1) - np.float32(np.log(2 * np.pi))

    def build(self, shape):
        def table(name, *shape):
            return self.add_weight(shape=shape, initializer="zeros", trainable=False, name=name)

        self.pictures = table("pictures", 28 * 28, RANK)
        self.heights = table("heights", len(self.places), RANK)
        self.constant = table("constant", len(self.places))

    def update(self, look: Callable, beta: float) -> None:
        """Survey the plane anew, after the decoder of `look` (see `logits_of`) has learnt.

        Where the KL weighs `beta` the likelihood counts a beta-th part: q is the best for that.
        """
        chunks = range(0, len(self.places), CHUNK)
        found = [look(self.places[start : start + CHUNK]) for start in chunks]
        logits, dark = (np.concatenate(parts) for parts in zip(*found, strict=True))
        if not np.isfinite(logits).all():
            return  # training has come apart, and the loss will say so
        some, prior = logits[::SAMPLED], np.exp(self.log_prior[::SAMPLED])
        mean = np.average(some, axis=0, weights=prior)  # x . mean is the same at every place
        weighted = (some - mean) * np.sqrt(prior)[:, None]
        pictures = np.linalg.eigh(weighted.T @ weighted)[1][:, -RANK:]  # rising eigenvalues
        heights = (logits @ pictures - mean @ pictures) / beta
        step = np.maximum(np.abs(heights).max(axis=0), 1e-9) / STEPS
        self.heights.assign(np.round(heights / step))
        self.pictures.assign(pictures * step)
        self.constant.assign(self.log_prior - dark / beta)

    def call(self, images):
        shares = ops.matmul(ops.reshape(images, (-1, 28 * 28)), self.pictures)  # (n, RANK)
        joint = ops.matmul(shares, ops.transpose(self.heights)) + self.constant
        best = tf.argmax(joint, axis=1, output_type=tf.int32)  # Keras's own cannot be exported
        side = self.side
        best = ops.clip(ops.stack([best // side, best % side], axis=1), 1, side - 2)  # (n, 2)
        around = best[:, :1] * side + best[:, 1:] + AROUND @ (side, 1)  # (n, 9)
        # The parabola is fitted to the table before it is weighed: its terms are small there, and
        # sums of hundreds of nats would be rounded.
        table, constant = (
            ops.take(t, around, axis=0) for t in (self.heights, self.constant[:, None])
        )
        terms = ops.sum(_fitted(table) * shares[:, None], axis=-1, keepdims=True)  # (n, 5, 1)
        step, curvature = _summit(*ops.unstack(terms + _fitted(constant), 5, axis=1))
        mean = SPACING * (ops.cast(best - side // 2, "float32") + step)
        return mean, 2 * np.log(SPACING) - ops.log(curvature)

    # The tables follow from the decoder: they are made anew, not saved.
    def save_own_variables(self, store):
        pass

    def load_own_variables(self, store):
        pass


_A, _B = AROUND.T
_TERMS = np.stack([_A**0, _A, _B, _A**2 / 2, _B**2 / 2, _A * _B], axis=1)
LEAST_SQUARES = np.linalg.pinv(_TERMS)[1:].astype("float32")  # (5, 9): slopes, then bends


def _fitted(heights):
    """The terms of the parabolas through heights `(n, 9, k)` at AROUND: `(n, 5, k)`."""
    return ops.matmul(LEAST_SQUARES, heights - heights[:, 4:5])


def _summit(slope_a, slope_b, bend_a, bend_b, twist):
    """A parabola's summit, in steps of AROUND, and minus its bends, `(n, 2)` each."""
    flattest = SPACING**2  # nats: the prior's own bend, so that no q is wider than the prior
    a, b = ops.maximum(-bend_a, flattest), ops.maximum(-bend_b, flattest)
    most = 0.9 * ops.sqrt(a * b)  # more would be a saddle
    twist = ops.clip(twist, -most, most)
    summit = ops.concatenate([b * slope_a + twist * slope_b, a * slope_b + twist * slope_a], axis=1)
    summit = summit / (a * b - twist**2)
    return ops.clip(summit, -FARTHEST, FARTHEST), ops.concatenate([a, b], axis=1)
