import base64

import numpy as np
import pytest

from vae.ui import timeline


@pytest.fixture
def paths(tmp_path):
    """Three snapshots of twenty codes, the second damaged, the third far out."""
    paths = [tmp_path / f"{epoch:04d}.npz" for epoch in range(3)]
    picture = np.zeros((10, 28, 28), np.uint8)
    for path in paths:
        code = np.full((20, 2), 1e9 if path.stem == "0002" else 1.5, np.float32)
        np.savez(path, code=code, label=np.arange(20, dtype="u1"), digit=picture, redraw=picture)
    paths[1].write_bytes(b"half a snapshot")
    return paths


def test_a_message_holds_the_valid_snapshots_and_the_last_ones_digits(paths):
    message = timeline.read_snapshots(tuple(paths))
    assert [snapshot["epoch"] for snapshot in message["snapshots"]] == [0, 2]
    assert base64.b64decode(message["labels"]) == bytes(range(20))
    assert len(base64.b64decode(message["digits"])) == 10 * 28 * 28


def test_codes_are_sent_in_thousandths_and_clipped(paths):
    first, last = (
        np.frombuffer(base64.b64decode(snapshot["codes"]), "<i2")
        for snapshot in timeline.read_snapshots(tuple(paths))["snapshots"]
    )
    assert set(first) == {1500}
    assert set(last) == {timeline.FARTHEST * timeline.UNITS}


def test_without_a_valid_snapshot_the_message_is_empty(paths):
    assert timeline.read_snapshots((paths[1],)) == {"labels": "", "digits": "", "snapshots": []}


def test_of_a_long_run_the_first_the_last_and_some_between_are_sent(tmp_path):
    paths = [tmp_path / f"{epoch:04d}.npz" for epoch in range(201)]
    chosen = timeline.thin_out(paths)
    assert len(chosen) == timeline.MAX_SNAPSHOTS
    assert (chosen[0], chosen[-1]) == (paths[0], paths[-1])
    assert timeline.thin_out(paths[:3]) == paths[:3]
    assert timeline.thin_out([]) == []
