import numpy as np
import pytest

from vae.inference.codes import pack_codes


@pytest.mark.parametrize("count", [0, 1, 7, 10_000])
def test_codes_and_labels_can_be_read_back_from_the_bytes(count):
    random = np.random.default_rng(0)
    latents = random.normal(0, 2, (count, 2)).astype(np.float32)
    labels = random.integers(0, 10, count).astype(np.uint8)
    packed = pack_codes(latents, labels)
    assert len(packed) == 4 + 9 * count
    assert int.from_bytes(packed[:4], "little") == count
    np.testing.assert_array_equal(np.frombuffer(packed, "<f4", count, 4), latents[:, 0])
    np.testing.assert_array_equal(np.frombuffer(packed, "<f4", count, 4 + 4 * count), latents[:, 1])
    np.testing.assert_array_equal(np.frombuffer(packed, "u1", count, 4 + 8 * count), labels)


def test_other_types_of_codes_and_labels_are_converted():
    packed = pack_codes(np.array([(0.5, -1.5)]), np.array([7]))
    assert packed == pack_codes(np.array([(0.5, -1.5)], np.float32), np.array([7], np.uint8))
