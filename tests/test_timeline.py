import base64

import numpy as np
import pytest

from vae.ui import reel


@pytest.fixture
def frames(tmp_path):
    """Three frames of twenty codes, the second damaged, the third out of reach."""
    paths = [tmp_path / f"{epoch:04d}.npz" for epoch in range(3)]
    picture = np.zeros((10, 28, 28), np.uint8)
    for path in paths:
        code = np.full((20, 2), 1e9 if path.stem == "0002" else 1.5, np.float32)
        np.savez(path, code=code, label=np.arange(20, dtype="u1"), digit=picture, redraw=picture)
    paths[1].write_bytes(b"half a frame")
    return paths


def test_a_message_holds_the_sound_frames_and_the_last_ones_digits(frames):
    message = reel.message(tuple(frames))
    assert [frame["epoch"] for frame in message["frames"]] == [0, 2]
    assert base64.b64decode(message["labels"]) == bytes(range(20))
    assert len(base64.b64decode(message["digits"])) == 10 * 28 * 28


def test_codes_are_told_in_thousandths_and_none_is_too_far_out(frames):
    first, last = (
        np.frombuffer(base64.b64decode(frame["code"]), "<i2")
        for frame in reel.message(tuple(frames))["frames"]
    )
    assert set(first) == {1500}
    assert set(last) == {reel.FARTHEST * reel.UNITS}


def test_no_sound_frame_makes_an_empty_film(frames):
    assert reel.message((frames[1],)) == {"labels": "", "digits": "", "frames": []}


def test_of_a_long_film_the_first_the_last_and_some_between_are_sent(tmp_path):
    frames = [tmp_path / f"{epoch:04d}.npz" for epoch in range(201)]
    chosen = reel.thinned(frames)
    assert len(chosen) == reel.MOST
    assert (chosen[0], chosen[-1]) == (frames[0], frames[-1])
    assert reel.thinned(frames[:3]) == frames[:3]
