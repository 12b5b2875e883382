import numpy as np

from vae.config import TrainConfig
from vae.training.pipeline import batches, ordered_batches

TRAIN = TrainConfig(epochs=4, batch_size=64, seed=3)


def test_every_image_is_seen_once_an_epoch_in_an_order_of_its_own(digits):
    order = [batch.numpy() for batch in batches(digits.images, TRAIN, first_epoch=0)]
    assert [len(batch) for batch in order] == [64, 64, 64, 64, 44] * 4
    first, second = np.concatenate(order[:5]), np.concatenate(order[5:10])
    assert np.any(first != second)
    grey = digits.images[..., None] / np.float32(255)
    for epoch in (first, second):
        assert sorted(map(np.ndarray.tobytes, epoch)) == sorted(map(np.ndarray.tobytes, grey))
    (resumed, *_) = batches(digits.images, TRAIN, first_epoch=1)
    np.testing.assert_array_equal(resumed, order[5])


def test_ordered_batches_hold_every_image_once_in_order(digits):
    images = np.concatenate([batch.numpy() for batch in ordered_batches(digits.images)])
    np.testing.assert_array_equal(images[..., 0], digits.images / np.float32(255))
