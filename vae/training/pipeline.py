"""Images to batches, made by TensorFlow's threads while the model trains."""

import numpy as np
import tensorflow as tf

from vae.config import TrainConfig

ORDERED_BATCH = 1000  # images a batch where nothing is trained


def batches(images: np.ndarray, config: TrainConfig, first_epoch: int) -> tf.data.Dataset:
    """Return every batch from `first_epoch` to the last, one epoch after another.

    The order within an epoch depends on (seed, epoch) alone; an epoch's last batch may be smaller.

    Args:
        images: uint8, shape `(n, 28, 28)`.

    Returns:
        Dataset of float32 tensors, shape `(batch, 28, 28, 1)`, in [0, 1].
    """
    pixels = tf.constant(images)  # one copy, in bytes, for all of these epochs
    total, size = len(images), config.batch_size

    def epoch_of(epoch):
        seed = tf.stack([tf.constant(config.seed, tf.int64), epoch])
        order = tf.random.experimental.stateless_shuffle(tf.range(total), seed)
        starts = tf.data.Dataset.range(0, total, size)
        return starts.map(lambda start: to_float(tf.gather(pixels, order[start : start + size])))

    return tf.data.Dataset.range(first_epoch, config.epochs).flat_map(epoch_of).prefetch(4)


def ordered_batches(images: np.ndarray) -> tf.data.Dataset:
    """Return batches like those of `batches`, but in the images' order and once."""
    return tf.data.Dataset.from_tensor_slices(images).batch(ORDERED_BATCH).map(to_float)


def to_float(images):
    """Convert uint8 `(n, 28, 28)` to what the networks take: float32 `(n, 28, 28, 1)` in [0, 1]."""
    return tf.cast(images, tf.float32)[..., tf.newaxis] / 255.0
