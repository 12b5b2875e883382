"""The E-step of `em`: which share of every training digit each place of the grid holds.

Shares are sparse matrices, (n, m), for n digits and m places of the grid. Each digit's sum to 1.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf
from scipy import sparse
from scipy.spatial import KDTree

NEGLIGIBLE = 4.6  # nats below a digit's best place from which a place gets nothing: 1 %
Tables = tuple[np.ndarray, np.ndarray, np.ndarray]
CHUNK = 1000  # digits at a time: bounds the memory at CHUNK x m floats


def nearest_place_shares(z: np.ndarray, places: np.ndarray) -> sparse.csr_matrix:
    """Return shares that are 1 at the grid place of `z`, (m, 2), nearest to each of `places`."""
    nearest = KDTree(z).query(places)[1]
    ones = np.ones(len(places), np.float32)
    return sparse.csr_matrix((ones, (np.arange(len(places)), nearest)), (len(places), len(z)))


def posterior_shares(
    tables: Tables,
    z: np.ndarray,
    images: np.ndarray,
    places: np.ndarray,
    pull: float,
    on_chunk: Callable[[], None],
) -> sparse.csr_matrix:
    """Return shares proportional to p(z|x) N(z; place of the digit, pull^2).

    Args:
        tables: Of the decoder at `z`, from `grid_encoder.compute_tables`.
        z: Places of the grid, (m, 2).
        images: uint8, (n, 784).
        places: Of the digits, (n, 2).
        pull: Standard deviation, units of z.
        on_chunk: Called before every CHUNK of digits; it may raise to end this.
    """
    basis, coefficients, constant = tables
    precision = pull**-2
    # x · l(z) and precision * place · z are one matrix product.
    table = tf.constant(np.concatenate([coefficients, precision * z], axis=1), tf.float32)
    constant = tf.constant(constant - 0.5 * precision * (z**2).sum(axis=1), tf.float32)
    basis, parts = tf.constant(basis, tf.float32), []
    for start in range(0, len(images), CHUNK):
        on_chunk()
        some = slice(start, start + CHUNK)
        where, share = _shares(images[some], places[some], basis, table, constant)
        shape = len(images[some]), len(z)
        parts.append(sparse.csr_matrix((share.numpy(), where.numpy().T), shape))
    return sparse.vstack(parts, format="csr")


@tf.function(reduce_retracing=True)
def _shares(images, places, basis, table, constant):
    """Return the indices, (s, 2), of digits and places, and the shares, (s,), worth keeping."""
    weights = tf.matmul(tf.cast(images, tf.float32) / 255, basis)
    weights = tf.concat([weights, places], axis=1)
    log_share = tf.matmul(weights, table, transpose_b=True) + constant
    log_share -= tf.reduce_max(log_share, axis=1, keepdims=True)
    share = tf.where(log_share > -NEGLIGIBLE, tf.exp(log_share), 0)
    share /= tf.reduce_sum(share, axis=1, keepdims=True)
    where = tf.where(share > 0)
    return where, tf.gather_nd(share, where)


def mean_pictures(shares: sparse.csr_matrix, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how many of the digits every place holds, (m,), and their mean pictures, (m, 784).

    Args:
        images: uint8, (n, 784).
    """
    counts = np.asarray(shares.sum(axis=0)).ravel()
    total = shares.T.tocsr() @ images.astype(np.float32)
    return counts, total / (255 * np.maximum(counts, 1e-9)[:, None])
