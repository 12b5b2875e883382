import base64
import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

from vae.ui import exports


@pytest.fixture
def frames():
    """Six pictures, each a shade lighter than the one before."""
    return np.stack([np.full((28, 28), 40 * i, np.uint8) for i in range(6)])


def test_the_gif_plays_every_frame_in_order_for_ever_and_rests_at_both_ends(frames):
    animation = Image.open(io.BytesIO(exports.gif(frames)))
    assert animation.format == "GIF"
    assert animation.size == (224, 224)
    assert animation.info["loop"] == 0
    seen = [
        (int(np.asarray(frame.convert("L")).mean()), frame.info["duration"])
        for frame in ImageSequence.Iterator(animation)
    ]
    assert [shade for shade, _ in seen] == sorted(shade for shade, _ in seen)
    assert len(seen) == 6
    # Pillow joins frames that are the same into one that stays longer.
    assert seen[0][1] == seen[-1][1] == exports.FRAME_MS * (1 + exports.REST)


def test_the_strip_holds_the_first_and_the_last_frame_and_ten_at_most(frames):
    few = np.asarray(Image.open(io.BytesIO(exports.strip(frames))))
    assert few.shape == (224, 6 * 224)
    many = np.arange(24, dtype=np.uint8)[:, None, None] * np.ones((1, 28, 28), np.uint8)
    strip = np.asarray(Image.open(io.BytesIO(exports.strip(many))))
    assert strip.shape == (224, 10 * 224)
    assert (strip[0, 0], strip[0, -1]) == (0, 23)


@pytest.mark.parametrize("shape", [(160, 120), (120, 160, 3), (28, 28)])
def test_a_jpeg_keeps_the_shape_and_the_light_and_is_small(shape):
    picture = np.full(shape, 30, np.uint8)
    picture[: shape[0] // 2] = 200
    jpeg = base64.b64decode(exports.jpeg(picture))
    seen = Image.open(io.BytesIO(jpeg))
    assert len(jpeg) < 4000
    assert seen.size == shape[1::-1]
    shades = np.asarray(seen.convert("L"))
    assert (abs(int(shades[2, 2]) - 200), abs(int(shades[-3, -3]) - 30)) < (4, 4)
