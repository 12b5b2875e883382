"""Images -> batches, as TensorFlow's own threads make them while the model learns."""

import numpy as np
import tensorflow as tf

from vae.config import TrainConfig

IN_ORDER = 1000  # images a batch where nothing is learnt


def batches(images: np.ndarray, config: TrainConfig, first_epoch: int) -> tf.data.Dataset:
    """Every batch from `first_epoch` to the last, one epoch after another.

    Takes images, `(n, 28, 28)` uint8; yields `(batch, 28, 28, 1)` float32 in [0, 1]. The order
    within an epoch depends on (seed, epoch) alone; the last batch of an epoch may be smaller.
    """
    pixels = tf.constant(images)  # one copy, in bytes, for all of these epochs
    total, size = len(images), config.batch_size

    def epoch_of(epoch):
        seed = tf.stack([tf.constant(config.seed, tf.int64), epoch])
        order = tf.random.experimental.stateless_shuffle(tf.range(total), seed)
        starts = tf.data.Dataset.range(0, total, size)
        return starts.map(lambda start: grey(tf.gather(pixels, order[start : start + size])))

    return tf.data.Dataset.range(first_epoch, config.epochs).flat_map(epoch_of).prefetch(4)


def in_order(images: np.ndarray) -> tf.data.Dataset:
    """The images `(n, 28, 28)` uint8, as `batches` gives them, but in order and once."""
    return tf.data.Dataset.from_tensor_slices(images).batch(IN_ORDER).map(grey)


def grey(images):
    """Images `(n, 28, 28)` uint8 as the networks take them: `(n, 28, 28, 1)` float32 in [0, 1]."""
    return tf.cast(images, tf.float32)[..., tf.newaxis] / 255.0
