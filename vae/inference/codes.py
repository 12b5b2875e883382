"""The codes as the page sends them to the browser."""

import numpy as np


def pack_codes(latents: np.ndarray, labels: np.ndarray) -> bytes:
    """Return codes and labels as bytes, little-endian and without padding.

    They are uint32 n, float32 z1[n], float32 z2[n], uint8 label[n].

    Args:
        latents: (n, 2), in units of z.
        labels: (n,) digits 0 to 9.
    """
    parts = (np.uint32(len(labels)).astype("<u4"), latents.T.astype("<f4"), labels.astype("u1"))
    return b"".join(part.tobytes() for part in parts)
