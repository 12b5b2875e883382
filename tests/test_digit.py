import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter
from scipy import ndimage

from tests.support.photos import photograph
from vae import data
from vae.errors import DigitError
from vae.preprocessing import segment
from vae.preprocessing.digit import prepare

FIVE = [
    [(0.68, 0.2), (0.38, 0.2), (0.36, 0.48), (0.55, 0.44), (0.66, 0.6), (0.55, 0.8), (0.3, 0.76)]
]
BROKEN_FIVE = [[(0.7, 0.2), (0.44, 0.2)], [(0.36, 0.22), *FIVE[0][2:]]]
SEVEN = [[(0.3, 0.2), (0.7, 0.2), (0.45, 0.8)]]
DASHED_SEVEN = [*SEVEN, [(0.42, 0.52), (0.7, 0.52)]]
OPEN_FOUR = [[(0.4, 0.2), (0.3, 0.55), (0.58, 0.55)], [(0.66, 0.25), (0.66, 0.8)]]
ONE = [[(0.5, 0.2), (0.5, 0.8)]]


def draw(strokes, width=0.07, size=400, ink=20, paper=235, shift=(0, 0), scale=1.0):
    """Grey levels (size, size) float of strokes; coordinates are shares of the picture."""
    image = Image.new("L", (size, size), paper)
    pen = ImageDraw.Draw(image)
    radius = width * size * scale / 2
    for stroke in strokes:
        points = [((x * scale + shift[0]) * size, (y * scale + shift[1]) * size) for x, y in stroke]
        pen.line(points, fill=ink, width=round(2 * radius), joint="curve")
        for x, y in (points[0], points[-1]):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)
    return np.asarray(image.filter(ImageFilter.GaussianBlur(1)), np.float64)


def png(levels):
    out = io.BytesIO()
    Image.fromarray(np.round(np.clip(levels, 0, 255)).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


def add_noise(levels, deviation=4):
    """The same with a camera's noise, so that no two pixels of paper are alike."""
    return levels + np.random.default_rng(0).normal(0, deviation, levels.shape)


def image_of(levels):
    return prepare(png(levels)).image


def difference(one, other):
    return np.abs(one - other).mean()


@pytest.fixture(scope="module")
def five():
    return image_of(draw(FIVE))


def test_the_result_is_framed_as_mnist_is(five):
    assert five.shape == (28, 28)
    assert five.dtype == np.float32
    assert five.max() > 0.95
    rows, columns = np.nonzero(five > 0.1)
    assert max(np.ptp(rows), np.ptp(columns)) + 1 in (19, 20, 21)
    assert five[[0, -1]].max() == 0
    assert five[:, [0, -1]].max() == 0
    assert np.abs(np.array(ndimage.center_of_mass(five)) - 14).max() <= 0.51


def test_the_aspect_is_kept():
    rows, columns = np.nonzero(image_of(draw(ONE)) > 0.5)
    assert np.ptp(rows) >= 17
    assert np.ptp(columns) <= 5


def test_the_same_digit_again_gives_the_same_image(five):
    assert np.array_equal(image_of(draw(FIVE)), five)


@pytest.mark.parametrize("camera", [add_noise, lambda levels: levels])
def test_bright_ink_on_a_dark_board_is_read_like_dark_ink_on_paper(camera, five):
    assert difference(image_of(camera(255 - draw(FIVE))), five) < 0.03


def test_a_shadow_and_uneven_light_are_removed(five):
    y, x = np.mgrid[:400, :400] / 400
    light = (1 - 0.5 * x - 0.2 * y) * np.where(y < 0.45 + 0.2 * x, 1, 0.6)
    assert difference(image_of(add_noise(draw(FIVE) * light, 2)), five) < 0.03


def test_coloured_ink_in_coloured_light_is_ink(five):
    share = (draw(FIVE) - 20) / 215
    paper, pen = np.array([240, 200, 150]), np.array([190, 40, 40])
    levels = share[:, :, None] * paper + (1 - share[:, :, None]) * pen
    assert difference(image_of(add_noise(levels)), five) < 0.03


@pytest.mark.parametrize("camera", [add_noise, lambda levels: levels])
def test_specks_are_not_ink(camera, five):
    levels = draw(FIVE)
    for y, x in np.random.default_rng(1).integers(10, 390, (20, 2)):
        if levels[y - 8 : y + 10, x - 8 : x + 10].min() > 230:
            levels[y : y + 2, x : x + 2] = 60
    assert difference(image_of(camera(levels)), five) < 0.03


@pytest.mark.parametrize("camera", [add_noise, lambda levels: levels])
@pytest.mark.parametrize("table", [40, 120])
def test_a_table_beside_the_page_is_not_ink(camera, table, five):
    levels = draw(FIVE)
    levels[:, 340:] = table
    levels[370:] = table
    assert difference(image_of(camera(levels)), five) < 0.03


@pytest.mark.parametrize("camera", [add_noise, lambda levels: levels])
def test_a_digit_cut_out_tightly_is_read_though_it_touches_the_edge(camera, five):
    levels = camera(draw(FIVE))
    assert difference(image_of(levels[66:334, 108:280]), five) < 0.04


@pytest.mark.parametrize("strokes", [BROKEN_FIVE, DASHED_SEVEN, OPEN_FOUR])
def test_all_strokes_of_a_digit_are_kept(strokes):
    whole = image_of(draw(strokes))
    for i in range(len(strokes)):
        alone = image_of(draw(strokes[:i] + strokes[i + 1 :]))
        assert difference(whole, alone) > 0.01


def test_of_two_digits_the_larger_is_read_and_the_other_named(five):
    smaller = draw(SEVEN, scale=0.7, shift=(-0.18, 0.1))
    digit = prepare(png(np.minimum(draw(FIVE, shift=(0.25, 0)), smaller)))
    assert difference(digit.image, five) < 0.03
    (other,) = digit.others
    assert difference(other.image, image_of(draw(SEVEN))) < 0.03
    assert other.box[2] < digit.box[0]


def test_of_two_digits_as_large_the_left_one_is_read(five):
    left, right = draw(FIVE, scale=0.8, shift=(-0.2, 0.1)), draw(SEVEN, scale=0.8, shift=(0.4, 0.1))
    digit = prepare(png(np.minimum(left, right)))
    assert difference(digit.image, five) < 0.03
    assert len(digit.others) == 1


@pytest.mark.parametrize("width", [0.008, 0.02, 0.2])
def test_very_thin_and_very_fat_strokes_are_brought_near_a_pens_width(width):
    ink = image_of(draw(SEVEN, width=width))
    assert ink.max() > 0.8
    assert 30 < ink.sum() < 140


@pytest.mark.parametrize("scale", [0.12, 0.3, 1])
def test_size_and_place_do_not_matter(scale, five):
    small = draw(FIVE, size=600, shift=(0.55 * (1 - scale), 0.4 * (1 - scale)), scale=scale)
    assert difference(image_of(add_noise(small, 2)), five) < 0.04


def test_the_steps_lead_from_the_picture_to_the_28x28_image(five):
    steps = prepare(png(add_noise(draw(FIVE)))).steps
    assert [name for name, _ in steps] == [
        "Your picture",
        "Paper cleaned",
        "Ink only",
        "Cropped",
        "As the machine sees it",
    ]
    assert all(pixels.dtype == np.uint8 for _, pixels in steps)
    assert all(max(pixels.shape[:2]) <= 280 for _, pixels in steps)


@pytest.mark.parametrize("camera", [add_noise, lambda levels: levels])
def test_a_page_without_a_digit_is_refused(camera):
    levels = camera(np.full((300, 300), 220.0))
    with pytest.raises(DigitError):
        image_of(levels)


@pytest.mark.mnist
def test_mnist_digits_stay_as_they_are():
    images = data.test_set().images
    for digit in [*images[:400], images[9765]]:  # the last is a blot that nobody would call a digit
        assert difference(image_of(digit), digit / 255) < 0.02


@pytest.mark.mnist
def test_photographs_of_mnist_digits_correlate_with_them():
    rng = np.random.default_rng(7)
    correlations = []
    for digit in data.test_set().images[:24]:
        image = prepare(photograph(digit, rng)).image
        correlations.append(np.corrcoef(image.ravel(), digit.ravel())[0, 1])
    assert np.median(correlations) > 0.8
    assert np.mean(np.array(correlations) > 0.5) >= 0.9


def test_a_field_of_dots_is_joined_in_at_most_max_rounds(monkeypatch):
    levels = np.full((512, 512), 255.0)
    for i in (4, 5):
        for j in (4, 5):
            levels[i::8, j::8] = 0
    levels[200:300, 250:262] = 0
    rounds = []
    distances = segment._distances
    monkeypatch.setattr(segment, "_distances", lambda *a: rounds.append(a) or distances(*a))
    image_of(levels)
    assert len(rounds) <= 2 * segment.MAX_ROUNDS
