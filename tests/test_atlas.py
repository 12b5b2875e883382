import json
import zlib

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vae.inference import atlas
from vae.inference.plane import Bounds

AREA = Bounds(left=-2.5, right=3.0, bottom=-1.0, top=1.5)


def unpack(packed: bytes) -> tuple[dict, np.ndarray]:
    """The header and the tiles (rows, columns, 28, 28) uint8: the inverse of `pack`."""
    line, deflated = packed.split(b"\n", 1)
    header = json.loads(line)
    steps = np.frombuffer(zlib.decompress(deflated), np.uint8)
    steps = steps.reshape(28, 28, header["rows"], header["columns"])
    maps = steps.cumsum(axis=2, dtype=np.uint8).cumsum(axis=3, dtype=np.uint8)
    return header, maps.transpose(2, 3, 0, 1)


@given(rows=st.integers(1, 9), columns=st.integers(1, 9), seed=st.integers(0, 2**32))
@settings(max_examples=40)
def test_unpacking_gives_back_every_byte_whatever_the_tiles(rows, columns, seed):
    exact = np.random.default_rng(seed).integers(0, 256, (rows, columns, 28, 28), np.uint8)
    header, tiles = unpack(atlas.pack(exact, AREA, "v"))
    np.testing.assert_array_equal(tiles, exact)
    assert tiles.dtype == np.uint8
    assert (header["rows"], header["columns"]) == (rows, columns)


def test_black_and_white_beside_each_other_survive():
    exact = (np.indices((4, 5, 28, 28)).sum(axis=0) % 2 * 255).astype(np.uint8)
    _, tiles = unpack(atlas.pack(exact, AREA, "v"))
    np.testing.assert_array_equal(tiles, exact)


def test_the_header_says_where_the_tiles_lie_and_whose_they_are():
    packed = atlas.pack(np.zeros((3, 4, 28, 28), np.uint8), AREA, "abc")
    assert json.loads(packed.split(b"\n")[0]) == {
        "version": "abc",
        "rows": 3,
        "columns": 4,
        "left": -2.5,
        "right": 3.0,
        "bottom": -1.0,
        "top": 1.5,
    }


def test_a_smooth_plane_takes_a_fraction_of_its_raw_size():
    z2, z1, y, x = np.meshgrid(*(np.linspace(-2, 2, n) for n in (41, 41, 28, 28)), indexing="ij")
    shades = 1 / (1 + np.exp(-8 * (np.sin(x * z1 + y) * np.cos(y * z2))))
    tiles = (shades * 255).astype(np.uint8)
    assert len(atlas.pack(tiles, AREA, "v")) < tiles.size / 3
