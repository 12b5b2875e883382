import numpy as np
import pytest

from vae.inference import atlas, plane
from vae.inference.plane import Bounds

pytestmark = pytest.mark.browser
DENOISE = """async ({ createDenoiser, addNoise, frameMean }, [packed, picture, noise]) => {
  const { unpackAtlas } = await import("./shared/atlas.js");
  const denoise = createDenoiser(await unpackAtlas(Uint8Array.from(packed)));
  const noisy = addNoise(Uint8Array.from(picture), noise, 0.3);
  return { place: denoise(noisy), floor: frameMean(noisy) };
}"""


def test_a_noisy_digit_is_put_where_the_clean_one_lies(module_page):
    area = Bounds(-2, 2, -2, 2)
    z1, z2 = plane.grid(area, 1).transpose(2, 0, 1)[..., None, None]
    row, column = np.indices((28, 28)) - 13.5
    spots = np.exp(-((column - 3 * z1) ** 2 + (row + 3 * z2) ** 2) / 8)  # a spot moves with z
    tiles = plane.to_bytes(spots)
    packed = list(atlas.pack(tiles, area, "v1"))
    noise = np.random.default_rng(0).normal(size=784).tolist()
    picture = tiles[1, 3].ravel().tolist()  # row 1 from the top, column 3: z = (1, 1)
    found = module_page("digit/denoise.js")(DENOISE, [packed, picture, noise])
    assert found["place"] == pytest.approx([1, 1], abs=0.1)
    assert 10 < found["floor"] < 60  # black cannot get blacker: noise brightens the empty frame
