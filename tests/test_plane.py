import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.conftest import MADE
from vae.inference import plane
from vae.inference.plane import Bounds
from vae.inference.runtime import LatentModel

AREA = Bounds(left=-1.0, right=1.5, bottom=0.0, top=1.0)


class Smooth:
    """A decoder whose every pixel is a sine of the place: the sharper, the higher its pitch."""

    def __init__(self, pitch):
        self.pitch = pitch

    def decode(self, z):
        phase = np.linspace(0, 3, 784).reshape(28, 28)
        waves = np.sin(self.pitch * z[:, 0, None, None] + phase)
        return 0.5 + 0.25 * (waves + np.sin(self.pitch * z[:, 1, None, None]))


class Plane:
    """A decoder that is linear in the place, so that blending is exact everywhere."""

    def decode(self, z):
        shade = 0.5 + 0.1 * z[:, 0] - 0.2 * z[:, 1]
        return np.broadcast_to(shade[:, None, None], (len(z), 28, 28)).astype(np.float32)


def codes(count=400, seed=0):
    return np.random.default_rng(seed).normal(0, 1, (count, 2)).astype(np.float32)


# The grid and its bounds


def test_an_atlas_of_a_wide_plane_stays_small_whatever_its_error():
    class Rough:
        def decode(self, z):
            return np.random.default_rng(0).random((len(z), 28, 28)).astype("f4")

    codes = np.random.default_rng(0).uniform(-25, 25, (500, 2)).astype("f4")
    spacing = plane.choose_spacing(Rough(), codes, samples=50)
    assert plane.count_tiles(plane.bounds(codes), spacing) <= plane.MOST_TILES
    assert spacing == 0.25


def test_the_grid_runs_from_top_left_to_bottom_right_with_both_edges():
    places = plane.grid(AREA, 0.25)
    assert places.shape == (5, 11, 2)
    np.testing.assert_allclose(places[0, 0], (-1.0, 1.0))
    np.testing.assert_allclose(places[0, -1], (1.5, 1.0))
    np.testing.assert_allclose(places[-1, 0], (-1.0, 0.0))
    np.testing.assert_allclose(places[-1, -1], (1.5, 0.0))
    np.testing.assert_allclose(places[0, 1] - places[0, 0], (0.25, 0), atol=1e-6)
    np.testing.assert_allclose(places[1, 0] - places[0, 0], (0, -0.25), atol=1e-6)


@pytest.mark.parametrize("spacing", plane.SPACINGS)
def test_every_spacing_divides_every_area_that_bounds_can_give(spacing):
    for half_units in range(1, 30):
        places = plane.grid(Bounds(-0.5, -0.5 + half_units / 2, 0.0, 0.5), spacing)
        np.testing.assert_allclose(np.diff(places[0, :, 0]), spacing, rtol=1e-3)


def edges(area):
    return np.array([area.left, area.right, area.bottom, area.top])


@pytest.mark.parametrize("scale", [0.7, 1, 3])
def test_bounds_hold_all_codes_with_a_margin_and_end_at_the_next_half_units(scale):
    latents = scale * codes(2000)
    found = edges(plane.bounds(latents))
    np.testing.assert_array_equal(found, np.round(found * 2) / 2)
    outermost = np.array([latents.min(axis=0), latents.max(axis=0)]).T.ravel()
    room = (found - outermost) * [-1, 1, -1, 1]
    assert (room >= plane.MARGIN).all()
    assert (room < plane.MARGIN + 0.5).all()


def test_codes_at_a_half_unit_keep_the_margin():
    area = plane.bounds(np.array([(-4.5, -4.45), (4.5, 4.35)] * 10))
    assert area == Bounds(left=-5.0, right=5.0, bottom=-5.0, top=4.5)


def test_a_few_outliers_do_not_widen_the_bounds():
    latents = codes(2000)
    expected = plane.bounds(latents)
    latents[:3] = (1000, -1000), (-1e30, 7), (0, 1e30)
    assert plane.bounds(latents) == expected


def test_bounds_are_never_much_wider_than_twice_the_range_of_most_codes():
    random = np.random.default_rng(0)
    for _ in range(20):
        latents = random.standard_t(1.5, (1000, 2))  # many and far outliers
        low, high = np.percentile(latents, [0.5, 99.5], axis=0)
        width = edges(plane.bounds(latents))[1::2] - edges(plane.bounds(latents))[::2]
        assert (width <= 2 * (high - low) + 1 + 2 * (plane.MARGIN + 0.5)).all()


@pytest.mark.parametrize("place", [(0.0, 0.0), (0.5, -3.0), (0.2, 7.3)])
def test_even_codes_that_share_one_place_get_an_area(place):
    area = plane.bounds(np.full((100, 2), place, np.float32))
    assert area.left <= place[0] <= area.right
    assert area.bottom <= place[1] <= area.top
    for low, high, value in zip(
        (area.left, area.bottom), (area.right, area.top), place, strict=True
    ):
        assert plane.MIN_EXTENT <= high - low <= plane.MIN_EXTENT + 0.5
        assert (low + high) / 2 == pytest.approx(value, abs=0.5)
    assert min(plane.grid(area, 0.25).shape[:2]) >= 9


@pytest.mark.parametrize(
    ("z", "inside"),
    [
        ((0.3, 0.4), (0.3, 0.4)),
        ((np.nan, np.nan), (0.25, 0.5)),
        ((np.nan, 0.4), (0.25, 0.4)),
        ((np.inf, -np.inf), (1.5, 0.0)),
        ((1e30, -1e30), (1.5, 0.0)),
        ((-1e308, 1e308), (-1.0, 1.0)),
        ((-1.0, 1.0), (-1.0, 1.0)),
    ],
)
def test_clamp_gives_the_nearest_place_inside_or_the_middle(z, inside):
    assert AREA.clamp(*z) == inside


@given(st.floats(), st.floats())
def test_whatever_is_clamped_lies_inside(z1, z2):
    x, y = AREA.clamp(z1, z2)
    assert AREA.left <= x <= AREA.right
    assert AREA.bottom <= y <= AREA.top


# Blending


TILES = np.random.default_rng(0).integers(0, 256, (5, 11, 28, 28), np.uint8)
ROUNDING = 0.6 / 255  # of a tile to whole greys


def test_tiles_are_rounded_to_the_nearest_grey():
    greys = plane.to_bytes(np.array([0, 0.4999, 0.5001, 1], np.float32))
    np.testing.assert_array_equal(greys, [0, 127, 128, 255])
    assert greys.dtype == plane.decode_grid(Plane(), AREA, 0.25).dtype == np.uint8


def test_at_the_grid_places_the_blend_is_the_tile_itself():
    places = plane.grid(AREA, 0.25).reshape(-1, 2)
    blended = plane.blend(TILES, AREA, places)
    np.testing.assert_allclose(blended, TILES.reshape(-1, 28, 28) / 255, atol=1e-5)


def test_halfway_between_inner_tiles_the_nearer_ones_count_nine_times_as_much():
    spline = np.array([-1, 9, 9, -1]) / 16  # of Catmull and Rom
    beside, below = plane.blend(TILES, AREA, np.array([(0.125, 0.5), (0.0, 0.625)]))
    wide = np.tensordot(spline, TILES[2, 3:7] / 255, 1)
    high = np.tensordot(spline, TILES[0:4, 4] / 255, 1)
    np.testing.assert_allclose(beside, np.clip(wide, 0, 1), atol=1e-5)
    np.testing.assert_allclose(below, np.clip(high, 0, 1), atol=1e-5)
    assert wide.max() > 1  # the spline overshoots where tiles differ
    assert wide.min() < 0


def test_a_linear_plane_is_blended_without_error_and_clamped_outside():
    tiles = plane.decode_grid(Plane(), AREA, 0.25)
    inside = np.random.default_rng(1).uniform((-1, 0), (1.5, 1), (200, 2))
    blended = plane.blend(tiles, AREA, inside)
    np.testing.assert_allclose(blended, Plane().decode(inside), atol=ROUNDING)
    outside = np.array([(9, 9), (-9, 0.5), (0.25, -9)])
    edge = np.array([AREA.clamp(*z) for z in outside])
    blended = plane.blend(tiles, AREA, outside)
    np.testing.assert_allclose(blended, Plane().decode(edge), atol=ROUNDING)


def error(model, spacing):
    places = np.random.default_rng(2).uniform((-1, 0), (1.5, 1), (300, 2))
    tiles = plane.decode_grid(model, AREA, spacing)
    return np.abs(plane.blend(tiles, AREA, places) - model.decode(places)).mean()


def test_half_the_spacing_has_less_than_a_fifth_of_the_error():
    coarse, fine = error(Smooth(8), 0.125), error(Smooth(8), 0.0625)
    assert coarse > 5 * fine


def test_a_trained_decoder_and_its_atlas_agree(made_weights):
    model = LatentModel(made_weights / MADE)
    tiles = plane.decode_grid(model, AREA, 0.125)
    first, other = model.decode([[AREA.left, AREA.top], [-0.75, AREA.bottom]])
    np.testing.assert_allclose(tiles[0, 0] / 255, first, atol=ROUNDING)
    np.testing.assert_allclose(tiles[-1, 2] / 255, other, atol=ROUNDING)
    assert error(model, 0.125) < 0.01


@pytest.mark.parametrize("pitch", [0.5, 1.5, 2.5])
def test_the_coarsest_spacing_that_nobody_can_see_is_chosen(pitch):
    latents, model = codes(), Smooth(pitch)
    chosen = plane.choose_spacing(model, latents)
    area = plane.bounds(latents)
    places = np.array([area.clamp(*z) for z in latents])
    seen = {}
    for spacing in plane.SPACINGS:
        tiles = plane.decode_grid(model, area, spacing)
        seen[spacing] = np.abs(plane.blend(tiles, area, places) - model.decode(places)).mean()
    assert seen[chosen] <= plane.ATLAS_ERROR
    assert all(seen[other] > plane.ATLAS_ERROR for other in plane.SPACINGS if other > chosen)


def test_sharper_models_get_finer_grids_down_to_the_finest():
    chosen = [plane.choose_spacing(Smooth(pitch), codes()) for pitch in (0.5, 3, 50)]
    assert chosen[0] > chosen[1] > chosen[2] == min(plane.SPACINGS)


# Who lives where


SOME_CODES = arrays(
    np.float64, st.tuples(st.integers(1, 40), st.just(2)), elements=st.integers(-9, 9).map(float)
)
A_PLACE = st.tuples(*[st.integers(-999, 999)] * 2).map(lambda place: np.array(place) / 50)


@given(latents=SOME_CODES, place=A_PLACE, k=st.integers(1, 50))
def test_nearest_and_kth_neighbor_distance_agree_with_sorting_all_distances(latents, place, k):
    distances = np.hypot(*(latents - place).T)
    found = plane.nearest(latents, place, k)
    assert len(set(found)) == len(found) == min(k, len(latents))
    np.testing.assert_allclose(distances[found], np.sort(distances)[:k], rtol=1e-9)
    (distance,) = plane.kth_neighbor_distance(latents, place[None], k)
    np.testing.assert_allclose(distance, distances[found[-1]], rtol=1e-9)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=50))
def test_label_fractions_count_every_digit_once_and_sum_to_1(labels):
    shares = plane.label_fractions(np.array(labels, np.uint8))
    assert sum(share for _, share in shares) == pytest.approx(1)
    for digit, share in shares:
        assert share == pytest.approx(labels.count(digit) / len(labels))
    assert {digit for digit, _ in shares} == set(labels)
    order = [(-share, digit) for digit, share in shares]
    assert order == sorted(order)


@pytest.fixture(scope="module")
def lands():
    """Ten digits on a circle of radius 3, each a small cloud of 60 codes, and some strays."""
    random = np.random.default_rng(3)
    labels = np.repeat(np.arange(10, dtype=np.uint8), 60)
    angles = labels * 2 * np.pi / 10
    middles = 3 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    latents = (middles + random.normal(0, 0.2, (600, 2))).astype(np.float32)
    latents[::30] = random.uniform(-3, 3, (20, 2))
    return latents, labels, middles[::60]


def test_class_centers_lie_inside_the_bounds_among_codes_of_their_digit(lands):
    latents, labels, middles = lands
    area = plane.bounds(latents)
    centers = plane.class_centers(latents, labels)
    assert set(centers) == set(range(10))
    for digit, center in centers.items():
        assert center == area.clamp(*center)
        assert np.hypot(*(center - middles[digit])) < 0.6
        assert (labels[plane.nearest(latents, np.array(center))] == digit).mean() > 0.8


def test_digits_without_codes_have_no_center_and_one_code_is_enough():
    latents = np.concatenate([codes(300), [[0.1, 0.2]]]).astype(np.float32)
    labels = np.array([7] * 300 + [2], np.uint8)
    centers = plane.class_centers(latents, labels)
    assert set(centers) == {2, 7}
    assert centers[2] == pytest.approx((0.1, 0.2))


def test_a_digit_whose_codes_lie_outside_the_bounds_has_its_center_at_their_edge():
    latents = np.concatenate([codes(1000), [[50, 0]]]).astype(np.float32)
    labels = np.array([7] * 1000 + [2], np.uint8)
    area = plane.bounds(latents)
    center = plane.class_centers(latents, labels)[2]
    assert center == area.clamp(*center)


def test_a_crowded_place_is_less_sparse_than_an_empty_one(lands):
    latents, labels, middles = lands
    distances = plane.kth_neighbor_distance(latents, latents)
    crowded = plane.describe_point(latents, labels, distances, middles[4])
    assert crowded.label_fractions[0][0] == 4
    assert crowded.label_fractions[0][1] > 0.9
    assert crowded.sparsity < 0.5
    empty = plane.describe_point(latents, labels, distances, np.array([30.0, 30.0]))
    assert empty.sparsity == 1
    assert len(empty.neighbors) == len(crowded.neighbors) == plane.NEIGHBOURS
    border = plane.describe_point(latents, labels, distances, (middles[4] + middles[5]) / 2)
    assert {digit for digit, _ in border.label_fractions} >= {4, 5}
    assert crowded.sparsity < border.sparsity < empty.sparsity


def test_fewer_codes_than_neighbours_are_described_too():
    latents, labels = codes(5), np.array([1, 1, 1, 2, 2], np.uint8)
    distances = plane.kth_neighbor_distance(latents, latents)
    known = plane.describe_point(latents, labels, distances, np.zeros(2))
    assert sorted(known.neighbors) == [0, 1, 2, 3, 4]
    assert known.label_fractions == [(1, 0.6), (2, 0.4)]
