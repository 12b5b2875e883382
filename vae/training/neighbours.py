"""Places on the plane from neighbours alone: digits that look alike get places side by side.

1. Every digit is sheared upright and centred by its moments, and described by its first principal
   components. Of its 10 nearest others, 97 in 100 then show the same digit; unsheared, 95.
2. A neighbour embedding: neighbours attract each other, chance pairs repel each other, and pairs
   of middling likeness, which fade out, arrange the plane at large. The loss is PaCMAP's.
3. The cloud is brought to the standard normal: it is turned by chance, and either coordinate is
   replaced by the normal quantile of its rank. Thirty times over, neighbours stay neighbours.

No labels are seen.

References:
    Wang, Huang, Rudin and Shaposhnik, 2021, "Understanding how dimension reduction tools work".
    Laparra, Camps-Valls and Malo, 2011, "Iterative Gaussianization: from ICA to random rotations".
"""

from collections.abc import Callable, Iterator

import numpy as np
import tensorflow as tf
from scipy.special import ndtri

COMPONENTS = 50
NEIGHBOURS = 10
MIDDLING = 5  # middling pairs a digit: the second nearest of six by chance
CHANCE = 15  # chance pairs a digit, drawn anew at every step
STEPS = (100, 100, 250)  # with a falling, a constant, and no attraction of middling pairs
RATE = 1.0  # Adam's
TURNS = 30  # fewer leave the corners of a square
ANCHORS = 5  # neighbours that place another image
CHUNK = 2000  # images at a time


def find_places(
    images: np.ndarray, others: np.ndarray, seed: int, on_step: Callable[[], None] = lambda: None
) -> tuple[np.ndarray, np.ndarray]:
    """Return places for images by their neighbours, and for other images among them.

    Args:
        images: uint8, shape `(n, 28, 28)`.
        others: uint8, shape `(m, 28, 28)`; each gets the median place of its ANCHORS nearest
            images, and has no part in theirs.
        seed: Of all chance; the same seed and machine give the same places.
        on_step: Called `count_steps(n)` times, at least once a second; it may raise to end this.

    Returns:
        Places, shapes `(n, 2)` and `(m, 2)`, float32: the former standard normal.
    """
    pixels = np.concatenate([_straighten(chunk) for chunk in _chunks(images, on_step)])
    mean, components = _principal_components(pixels)
    features = (pixels - mean) @ components
    del pixels
    near = np.concatenate(
        [_nearest(features, chunk, NEIGHBOURS + 1)[:, 1:] for chunk in _chunks(features, on_step)]
    )  # a digit is its own nearest
    places = to_normal(_embed(features, near, seed, on_step), seed)
    if not len(others):
        return places, np.zeros((0, 2), np.float32)
    anchors = _nearest(features, (_straighten(others) - mean) @ components, ANCHORS)
    return places, np.median(places[anchors], axis=1)


def count_steps(images: int) -> int:
    """Return how often `find_places` calls `on_step`."""
    return 2 * -(-images // CHUNK) + sum(STEPS)


def to_normal(places: np.ndarray, seed: int) -> np.ndarray:
    """Bring a cloud of places, (n, 2), to the standard normal by turning and ranking."""
    random = np.random.default_rng(seed)
    normal = ndtri((np.arange(len(places)) + 0.5) / len(places))
    places = places.astype(float)
    for _ in range(TURNS):
        angle = random.uniform(0, np.pi)
        cosine, sine = np.cos(angle), np.sin(angle)
        places = places @ [[cosine, -sine], [sine, cosine]]
        for coordinate in places.T:
            coordinate[np.argsort(coordinate, kind="stable")] = normal
    return places.astype(np.float32)


def _chunks(array: np.ndarray, on_step: Callable[[], None]) -> Iterator[np.ndarray]:
    for start in range(0, len(array), CHUNK):
        on_step()
        yield array[start : start + CHUNK]


def _straighten(images: np.ndarray) -> np.ndarray:
    """Shear digits upright and centre them, by their moments: uint8 (n, 28, 28) -> (n, 784)."""
    pixels = images.astype(np.float32) / 255
    axis = np.arange(28, dtype=np.float32)
    rows, columns = pixels.sum(2), pixels.sum(1)  # ink in each, (n, 28)
    ink = rows.sum(1) + 1e-6
    y, x = rows @ axis / ink, columns @ axis / ink  # the centre, (n,)
    down, right = axis - y[:, None], axis - x[:, None]  # (n, 28)
    height = (rows * down**2).sum(1)
    slant = np.einsum("nij,ni,nj->n", pixels, down, right, optimize=True)
    shear = (slant / np.maximum(height, 1e-6))[:, None, None]
    middle = axis - 13.5
    source_rows = (middle + y[:, None])[:, :, None]  # (n, 28, 1)
    source_columns = middle + x[:, None, None] + shear * middle[:, None]  # (n, 28, 28)
    return _bilinear(pixels, source_rows, source_columns).reshape(-1, 784)


def _bilinear(images: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return images, (n, 28, 28), read at fractional rows and columns; black outside."""
    padded = np.pad(images, ((0, 0), (1, 2), (1, 2)))
    rows, columns = np.clip(rows + 1, 0, 29), np.clip(columns + 1, 0, 29)
    r, c = rows.astype(int), columns.astype(int)
    v, u = rows - r, columns - c
    n = np.arange(len(images))[:, None, None]
    above = (1 - u) * padded[n, r, c] + u * padded[n, r, c + 1]
    below = (1 - u) * padded[n, r + 1, c] + u * padded[n, r + 1, c + 1]
    return ((1 - v) * above + v * below).astype(np.float32)


def _principal_components(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean, (784,), and the first components, (784, COMPONENTS), of pixels (n, 784)."""
    mean = pixels.mean(0)
    sample = pixels[:: max(1, len(pixels) // 20_000)] - mean
    vectors = np.linalg.eigh(sample.T @ sample)[1]  # eigenvalues ascend
    return mean, vectors[:, : -COMPONENTS - 1 : -1].astype(np.float32)


@tf.function(reduce_retracing=True)
def _top(features, squares, queries, count):
    likeness = 2 * tf.matmul(queries, features, transpose_b=True) - squares
    return tf.math.top_k(likeness, count)[1]


def _nearest(features: np.ndarray, queries: np.ndarray, count: int) -> np.ndarray:
    """Return the indices, (m, count), of the features (n, d) nearest to queries (m, d), in order.

    Where there are fewer than `count`, all of them.
    """
    squares = (features**2).sum(1)
    return _top(features, squares, queries, tf.constant(min(count, len(features)))).numpy()


def _middling_pairs(features: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return for each digit MIDDLING others, (n, MIDDLING): the second nearest of six by chance."""
    n = len(features)
    six = random.integers(0, n, (n, MIDDLING, 6))
    pairs = np.empty((n, MIDDLING), np.int32)
    for start in range(0, n, CHUNK):
        some = slice(start, start + CHUNK)
        distance = ((features[six[some]] - features[some, None, None]) ** 2).sum(-1)
        second = np.argsort(distance, axis=-1)[..., 1:2]
        pairs[some] = np.take_along_axis(six[some], second, axis=-1)[..., 0]
    return pairs


def _embed(
    features: np.ndarray, near: np.ndarray, seed: int, on_step: Callable[[], None]
) -> np.ndarray:
    """Return places, (n, 2), by the neighbour embedding, from the first two components on.

    With d = 1 + squared distance of a pair, the loss is the sum of w d / (10 + d) over neighbours,
    of w d / (10,000 + d) over middling pairs and of 1 / (1 + d) over chance pairs. Adam follows
    its gradient over all pairs at once.

    Args:
        features: (n, d).
        near: Indices of each digit's neighbours, (n, k).
    """
    n = len(features)
    middling = tf.constant(_middling_pairs(features, np.random.default_rng(seed)))
    near = tf.constant(near, tf.int32)
    first = features[:, :2] / max(features[:, 0].std(), 1e-6) * 0.01
    places = tf.Variable(first.astype(np.float32))
    momentum, scale = (tf.Variable(tf.zeros((n, 2))) for _ in range(2))

    def gradient(pairs, weight, softness):  # of weight * d / (softness + d); (n, k) -> (n, 2)
        difference = places[:, None] - tf.gather(places, pairs)
        d = 1 + tf.reduce_sum(difference**2, axis=-1, keepdims=True)
        pull = 2 * weight * softness / (softness + d) ** 2 * difference
        ends = tf.reshape(pairs, [-1])
        back = tf.math.unsorted_segment_sum(tf.reshape(pull, (-1, 2)), ends, n)
        return tf.reduce_sum(pull, axis=1) - back

    @tf.function
    def step(t, near_weight, middling_weight):
        pairs = tf.random.stateless_uniform((n, CHANCE), (seed, t), 0, n, tf.int32)
        g = gradient(pairs, -1.0, 1.0)  # 1 / (1 + d) is 1 - d / (1 + d)
        g += gradient(near, near_weight, 10.0)
        if middling_weight > 0:
            g += gradient(middling, middling_weight, 10_000.0)
        momentum.assign(0.9 * momentum + 0.1 * g)
        scale.assign(0.999 * scale + 0.001 * g**2)
        count = tf.cast(t + 1, tf.float32)
        mean, square = momentum / (1 - 0.9**count), scale / (1 - 0.999**count)
        places.assign_sub(RATE * mean / (tf.sqrt(square) + 1e-7))

    for t in range(sum(STEPS)):
        on_step()
        step(tf.constant(t), *map(tf.constant, _weights(t)))
    return places.numpy()


def _weights(t: int) -> tuple[float, float]:
    """Return the weights of neighbours and of middling pairs at step `t`."""
    falling, constant, _ = STEPS
    if t < falling:
        return 2.0, 1000 + (3 - 1000) * t / falling
    return (3.0, 3.0) if t < falling + constant else (1.0, 0.0)
