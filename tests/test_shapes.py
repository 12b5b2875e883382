import numpy as np
import pytest

from tests.support.digits import make_digits
from vae import data
from vae.inference import shapes
from vae.inference.shapes import edge_directions, load_density


def test_a_level_edge_is_all_in_the_bins_of_up_and_down():
    image = np.zeros((1, 28, 28))
    image[:, 10:18] = 1
    shares = (edge_directions(image)[0] ** 2).reshape(shapes.BINS, -1).sum(axis=1)
    assert shares[[2, 6]].sum() == pytest.approx(1, abs=0.01)
    assert shares[2] == pytest.approx(shares[6], abs=0.05)


@pytest.mark.parametrize("value", [0, 1])
def test_an_image_without_an_edge_has_no_directions(value):
    assert not edge_directions(np.full((1, 28, 28), value)).any()


def test_a_fitted_density_comes_back_from_its_file_and_tells_digits_apart(tmp_path):
    digits = make_digits(4000, seed=0)
    images = np.clip(
        data.unit(digits.images) + np.random.default_rng(0).normal(0, 0.1, 784).reshape(28, 28),
        0,
        1,
    )
    density = shapes.fit_density(images, digits.labels)
    shapes.write_density(density, tmp_path / "shapes.npz")
    with np.load(tmp_path / "shapes.npz") as archive:
        again = shapes.ShapeDensity(**archive)
    energies = again.energies(images[:200])
    np.testing.assert_array_equal(energies, density.energies(images[:200]))
    assert np.mean(energies.argmin(axis=1) == digits.labels[:200]) > 0.95


@pytest.mark.mnist
def test_the_shipped_density_knows_new_digits_and_finds_noise_unlike_any():
    test = data.test_set()
    energies = load_density().energies(data.unit(test.images[:1000]))
    assert np.mean(energies.argmin(axis=1) == test.labels[:1000]) > 0.96
    noise = np.random.default_rng(0).random((1, 28, 28))
    assert load_density().energies(noise).min() > np.quantile(energies.min(axis=1), 0.99)
