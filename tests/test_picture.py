import io
import random
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from vae.errors import DigitError
from vae.preprocessing import picture
from vae.preprocessing.digit import prepare

FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF")


def seven(size=120, ink=0, paper=255):
    """A 7 drawn with a thick pen."""
    image = Image.new("L", (size, size), paper)
    points = [(0.3, 0.25), (0.7, 0.25), (0.45, 0.8)]
    points = [(x * size, y * size) for x, y in points]
    ImageDraw.Draw(image).line(points, fill=ink, width=size // 12, joint="curve")
    return image


def saved(image, form="PNG", **options):
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def difference(one, other):
    return np.abs(one - other).mean()


@pytest.fixture(scope="module")
def expected():
    return prepare(saved(seven())).image


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_gives_the_same_digit(form, expected):
    assert difference(prepare(saved(seven().convert("RGB"), form)).image, expected) < 0.02


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_a_png_gives_the_same_digit(mode, expected):
    image = seven()
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image).astype(np.uint16) * 40)
    else:
        image = image.convert(mode)
    assert difference(prepare(saved(image)).image, expected) < 0.02


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "I", "F", "I;16", "LAB"])
def test_every_mode_of_a_tiff_gives_the_same_digit(mode, expected):
    levels = np.asarray(seven())
    if mode in ("I", "F", "I;16"):
        kind = {"I": np.int32, "F": np.float32, "I;16": np.uint16}[mode]
        image = Image.fromarray((levels.astype(np.float64) * 120 + 7).astype(kind))
    elif mode == "LAB":
        flat = np.full_like(levels, 128)
        image = Image.merge("LAB", [Image.fromarray(part) for part in (levels, flat, flat)])
    else:
        image = seven().convert("RGB").convert(mode)
    assert difference(prepare(saved(image, "TIFF")).image, expected) < 0.02


def test_nan_and_infinite_levels_do_not_change_the_digit(expected):
    levels = np.asarray(seven()).astype(np.float32)
    levels[0, :3] = np.nan, np.inf, -np.inf
    image = prepare(saved(Image.fromarray(levels), "TIFF")).image
    assert difference(image, expected) < 0.02


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_a_rotated_camera_gives_the_same_digit(orientation, form, expected):
    inverse = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # transpositions
    picture = seven(240)
    if orientation in inverse:
        picture = picture.transpose(Image.Transpose(inverse[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = prepare(saved(picture.convert("RGB"), form, exif=exif)).image
    assert difference(image, expected) < 0.03


def test_an_invalid_exif_tag_beside_the_orientation_does_no_harm(expected):
    exif = Image.Exif()
    exif[0x0112], exif[0x011A] = 3, 72.0
    tags = exif.tobytes().replace(b"\x01\x1a\x00\x05", b"\x01\x1a\x00\x02")  # a number as text
    assert tags != exif.tobytes()
    rotated = seven(240).transpose(Image.Transpose.ROTATE_180)
    image = prepare(saved(rotated, "JPEG", exif=tags)).image
    assert difference(image, expected) < 0.03


@pytest.mark.parametrize("ink", [0, 255])
def test_a_transparent_picture_lies_on_paper_that_shows_its_ink(ink, expected):
    alpha = seven(ink=255, paper=0)
    image = Image.merge("LA", [Image.new("L", alpha.size, ink), alpha])
    assert difference(prepare(saved(image)).image, expected) < 0.02


@pytest.mark.parametrize(("form", "word"), [("GIF", "animation"), ("TIFF", "pages")])
def test_of_several_pictures_the_first_is_read_and_the_note_says_so(form, word, expected):
    blank = Image.new("L", (120, 120), 255)
    digit = prepare(saved(seven(), form, save_all=True, append_images=[blank]))
    assert word in digit.note
    assert difference(digit.image, expected) < 0.02


@pytest.mark.parametrize("size", [(4000, 3000), (8160, 6120)])
def test_the_jpeg_of_a_telephone_becomes_small(size):
    image = Image.new("L", size, "white")
    assert max(picture.read(saved(image, "JPEG")).colour.shape) <= picture.WORKING_SIDE


def test_a_jpeg_may_have_more_bytes_than_another_file(expected):
    file = saved(seven().convert("RGB"), "JPEG") + bytes(picture.MOST_BYTES)
    assert difference(prepare(file).image, expected) < 0.02


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_that_lacks_its_last_rows_is_read_with_a_note(progressive, expected):
    file = saved(seven(400).convert("RGB"), "JPEG", progressive=progressive)
    digit = prepare(file[:-40])
    assert "missing" in digit.note
    assert difference(digit.image, expected) < 0.03


def test_the_missing_rows_are_no_part_of_the_picture():
    noise = np.random.default_rng(0).integers(0, 256, (400, 400), np.uint8)
    file = saved(Image.fromarray(noise), "JPEG")
    height, width, _ = picture.read(file[: int(0.9 * len(file))]).colour.shape
    assert 0.85 * width < height < 0.95 * width
    with pytest.raises(DigitError, match="damaged"):
        picture.read(file[: len(file) // 2])


def test_a_picture_is_turned_clockwise_and_then_mirrored():
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn clockwise
    file = saved(Image.fromarray(pixels), exif=exif)
    upright = picture.read(file).colour
    np.testing.assert_allclose(upright, np.rot90(pixels, -1) / 255, atol=1e-6)
    for turns in range(4):
        turned = np.rot90(upright, -turns)
        np.testing.assert_array_equal(picture.read(file, turns).colour, turned)
        np.testing.assert_array_equal(picture.read(file, turns, True).colour, turned[:, ::-1])


HEIF = b"\0\0\0\x18ftyp"
BAD = {
    "empty": (b"", "empty"),
    "text": (b"hello, this is a digit", "not a picture"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
    "pdf": (b"%PDF-1.7\n", "not a picture"),
    "heic": (HEIF + b"heic\0\0\0\0mif1heic" + bytes(60), "HEIC.*screenshot.*Most Compatible"),
    "heif": (HEIF + b"mif1\0\0\0\0mif1heix" + bytes(60), "HEIC"),
    "broken avif": (HEIF + b"avif\0\0\0\0mif1avif" + bytes(60), "not a picture"),
    "film": (HEIF + b"isom\0\0\0\0isommp42" + bytes(60), "not a picture"),
    "icon": (saved(seven(), "ICO"), "not a picture"),
    "large file": (b"\0" * (10 * 2**20 + 1), "10 MB"),
    "cut off": (saved(seven())[:200], "damaged"),
    "tiny": (saved(Image.new("L", (1, 1))), "1 . 1 pixels"),
    "strip": (saved(Image.new("1", (30_000, 20))), "strip"),
    "huge": (saved(Image.new("1", (9_000, 5_000))), "45 million.*40 million"),
    "huge JPEG": (saved(Image.new("L", (11_000, 10_000)), "JPEG"), "110 million.*100 million"),
    "bomb": (saved(Image.new("1", (20_000, 10_000))), "200 million"),
    "blank": (saved(Image.new("L", (50, 50), 200)), "one colour"),
    "see-through": (saved(Image.new("RGBA", (50, 50))), "one colour"),
}


@pytest.mark.filterwarnings("error")  # a warning would stand in the server's log
@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_in_a_sentence_that_helps(name):
    data, words = BAD[name]
    with pytest.raises(DigitError, match=words) as caught:
        prepare(data)
    assert str(caught.value).count(".") >= 2  # what is wrong, and what to do


def can_prepare(data):
    """True for a valid digit, False for a DigitError; anything else fails the test."""
    try:
        digit = prepare(data)
    except DigitError:
        return False
    assert digit.image.shape == (28, 28)
    assert digit.image.dtype == np.float32
    assert np.isfinite(digit.image).all()
    assert digit.image.min() >= 0
    assert 0.3 <= digit.image.max() <= 1
    assert all(max(pixels.shape[:2]) <= 280 for _, pixels in digit.steps)
    assert all(pixels.dtype == np.uint8 for _, pixels in digit.steps)
    return True


@given(st.binary(max_size=400))
@settings(max_examples=50)
def test_any_bytes_end_in_a_digit_or_a_sentence(data):
    can_prepare(data)


@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.sampled_from(["1", "L", "LA", "RGB", "RGBA", "P", "I;16"]),
    st.integers(0, 2**32 - 1),
    st.floats(0, 1),
)
@settings(max_examples=80)
def test_any_small_picture_ends_in_a_digit_or_a_sentence(width, height, mode, seed, share):
    rng = np.random.default_rng(seed)
    levels = rng.integers(0, 256, (height, width), np.uint8)
    levels[rng.random((height, width)) > share] = rng.integers(256)
    image = Image.fromarray(levels)
    if mode == "I;16":
        image = Image.fromarray(levels.astype(np.uint16) * 256)
    elif mode != "L":
        image = image.convert(mode)
    can_prepare(saved(image))


def mutated(data, chance):
    """The bytes with a few of them changed, cut out or put in."""
    data = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data)) if chance.random() < 0.6 else chance.randrange(30)
        act = chance.random()
        if act < 0.7:
            data[at % len(data)] = chance.randrange(256)
        elif act < 0.85:
            del data[at : at + chance.randint(1, 20)]
        else:
            data[at:at] = chance.randbytes(chance.randint(1, 20))
    return bytes(data) if chance.random() < 0.9 else bytes(data[: chance.randrange(len(data))])


@pytest.mark.filterwarnings("ignore")
def test_damaged_files_end_in_a_digit_or_a_sentence():
    chance = random.Random(0)
    small = seven(24)
    files = [saved(small.convert("RGB"), form) for form in FORMATS]
    files += [saved(small.convert("P")), saved(small.convert("1"), "TIFF", compression="group4")]
    read = [can_prepare(mutated(chance.choice(files), chance)) for _ in range(2000)]
    assert 0.05 < np.mean(read) < 0.95


def test_a_deep_picture_that_would_take_a_gigabyte_is_refused_before_it_is_decoded(monkeypatch):
    file = saved(Image.new("F", (4000, 3100)), "TIFF", compression="tiff_adobe_deflate")
    monkeypatch.setattr(picture, "_decode", None)
    with pytest.raises(DigitError, match="memory"):
        picture.read(file)


def test_a_tiff_of_one_vast_tile_is_refused():
    tags = {picture.TILE_WIDTH: 10_240, picture.TILE_LENGTH: 10_240}
    claimed = SimpleNamespace(mode="L", width=100, height=100, tag_v2=tags)
    with pytest.raises(DigitError, match="memory"):
        picture._check_depth(claimed)


@pytest.mark.parametrize("mode", ["I;16", "I", "F"])
def test_a_deep_picture_of_one_level_is_refused_as_blank(mode):
    with pytest.raises(DigitError, match="one colour"):
        prepare(saved(Image.new(mode, (20, 20), 7), "TIFF"))
