"""A picture file of a common format -> its colours, upright and small."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import ExifTags, Image, ImageOps

from vae.errors import DigitError

FORMATS = ["PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF"]
JPEGS = ("JPEG", "MPO")  # Pillow's names; an MPO is a JPEG with previews behind it
MOST_BYTES = 10 * 2**20
MOST_JPEG_BYTES = 40 * 2**20  # 100 megapixels of a telephone's best quality
MOST_PIXELS = 40_000_000
MOST_JPEG_PIXELS = 100_000_000  # a JPEG is decoded at an eighth of its size
MOST_DEEP_PIXELS = 12_000_000  # of pictures that take four bytes or more a pixel, and of one tile
TILE_WIDTH, TILE_LENGTH = 322, 323  # a TIFF's tags
WORKING_SIDE = 420  # pixels on the longer side; a digit a tenth as high still has 42
DETAIL_SIDE = 1680  # the same, to look at small digits
LEAST_LONGER = 8  # pixels on the longer side
LEAST_SHORTER = 3  # pixels on the shorter side: a 1 cut out tightly
MOST_ASPECT = 20  # longer over shorter side
OPAQUE = 0.8  # share of solid pixels above which a transparent picture has its own paper
JPEG_START, JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
MOST_MISSING = 0.25  # share of its rows that a JPEG may lack at its end
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}

UNREADABLE = (
    "That file is not a picture this page can read (JPEG, PNG, WebP, AVIF, GIF, BMP or TIFF). "
    "Try a photo or a screenshot."
)
HEIC = (
    "That picture is in HEIC, a format of telephones that this page cannot read. Send a "
    "screenshot of it, or save it as a JPEG. On an iPhone, Settings > Camera > Formats > Most "
    "Compatible makes every new photo a JPEG."
)
DAMAGED = "That picture is damaged, and only a part of it can be read. Save or send it again."
CUT_OFF = "The end of this file is missing: what is there of the picture was read."

Image.MAX_IMAGE_PIXELS = None  # Pillow would warn in the log; `_check` refuses what is too large


@dataclass(frozen=True)
class Picture:
    """The contents of a picture file."""

    colour: np.ndarray  # (h, w, 3) float32 in [0, 1]
    note: str  # a sentence for the visitor about what was read, or ""


def read(data: bytes, turns: int = 0, mirrored: bool = False, side: int = WORKING_SIDE) -> Picture:
    """Return the picture in a file, made small.

    Args:
        data: the file.
        turns: quarter turns clockwise, after those that the file itself asks for.
        mirrored: swap left and right after that.
        side: pixels on its longer side, at most.

    Raises:
        DigitError: It is empty, too large, no picture, damaged or of an unsuitable shape.
    """
    if not data:
        raise DigitError("That file is empty. Choose the picture again.")
    most = MOST_JPEG_BYTES if data.startswith(JPEG_START) else MOST_BYTES
    if len(data) > most:
        size = f"{len(data) / 2**20:.1f} MB; {most // 2**20} MB is the most"
        raise DigitError(f"That file is too large: {size}. Send a smaller one, or a screenshot.")
    with _open(data) as image:
        _check(image)
        _check_depth(image)
        try:
            note, small = _note(image), _decode(image, side)
        except Exception:  # each of Pillow's readers fails in its own way
            if image.format not in JPEGS:
                raise DigitError(DAMAGED) from None
            note, small = CUT_OFF, _decode_cut_jpeg(data, side)
        return Picture(_colour(_turn(small, turns, mirrored)), note)


def _open(data: bytes) -> Image.Image:
    """Return the picture in a file, of which only the header has been read."""
    try:
        return Image.open(BytesIO(data), formats=FORMATS)
    except Exception:  # each of Pillow's readers fails in its own way
        raise DigitError(HEIC if _is_heic(data) else UNREADABLE) from None


def _is_heic(data: bytes) -> bool:
    """Return whether a file's first box names a brand of HEIF; AVIF is another family of it."""
    size = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[i : i + 4] for i in range(8, size, 4)}  # one of them is the version
    return data[4:8] == b"ftyp" and bool(brands & HEIC_BRANDS) and b"avif" not in brands


def _check(image: Image.Image) -> None:
    """Raise DigitError if a picture of this size cannot hold a readable digit."""
    width, height = image.size
    most = MOST_JPEG_PIXELS if image.format in JPEGS else MOST_PIXELS
    if width * height > most:
        pixels = f"{width * height / 1e6:.0f} million pixels, and {most // 10**6} million is"
        raise DigitError(
            f"That picture is too large: it has {pixels} the most. Send a smaller one."
        )
    received = f"{width} × {height} pixels"  # noqa: RUF001
    if max(width, height) < LEAST_LONGER or min(width, height) < LEAST_SHORTER:
        raise DigitError(
            f"That picture is too small to hold a digit: {received}. Try a larger one."
        )
    if max(width, height) > MOST_ASPECT * min(width, height):
        raise DigitError(f"That picture is only a narrow strip: {received}. Crop it less tightly.")


def _check_depth(image: Image.Image) -> None:
    """Raise DigitError for what needs far more memory than a photograph of as many pixels."""
    deep = image.mode.startswith(("I", "F")) and image.width * image.height > MOST_DEEP_PIXELS
    tags = getattr(image, "tag_v2", {})
    tile = tags.get(TILE_WIDTH, 0) * tags.get(TILE_LENGTH, 0)
    if deep or tile > MOST_DEEP_PIXELS:
        raise DigitError(
            "That picture is of a kind that takes too much memory. Save it as a PNG or a JPEG."
        )


def _note(image: Image.Image) -> str:
    if getattr(image, "n_frames", 1) == 1 or image.format in JPEGS:
        return ""  # a JPEG's further pictures are the telephone's own previews
    if image.format == "TIFF":
        return "This file has several pages: only the first was read."
    return "This is an animation: only its first picture was read."


def _decode(image: Image.Image, side: int) -> Image.Image:
    """Return the file's first picture, small, upright, its levels such as can be averaged."""
    _draft(image, side)
    image.load()
    if image.mode.startswith(("I", "F")):
        small = _levels(image)
    elif image.mode == "LAB":
        small = image.getchannel(0)
    else:
        small = image.convert("RGBA" if image.has_transparency_data else "RGB")
    return _upright(_shrink(small, side), image)


def _decode_cut_jpeg(data: bytes, side: int) -> Image.Image:
    """Return the picture of a JPEG that lacks its end, without the rows that are missing.

    Raises:
        DigitError: More than MOST_MISSING of its rows are missing, or it is damaged elsewhere.
    """
    try:
        with Image.open(BytesIO(data + JPEG_END), formats=["JPEG"]) as image:
            _draft(image, side)
            whole = image.convert("RGB")
            # The decoder fills up what is missing with one colour.
            levels = np.asarray(whole)
            rows = np.flatnonzero((levels != levels[-1, -1]).any(axis=(1, 2)))
            height = int(rows[-1]) + 1 if rows.size else 0
            if height >= (1 - MOST_MISSING) * whole.height:
                return _upright(_shrink(whole.crop((0, 0, whole.width, height)), side), image)
    except Exception:
        pass
    raise DigitError(DAMAGED)


def _draft(image: Image.Image, side: int) -> None:
    """Have a JPEG decoded at up to an eighth of its size, in a tenth of the time and memory."""
    least = side * 8 // 7  # so that something is left for a good filter to average
    image.draft(None, tuple(max(1, length * least // max(image.size)) for length in image.size))


def _shrink(image: Image.Image, side: int) -> Image.Image:
    image.thumbnail((side, side), Image.Resampling.BOX, reducing_gap=2)
    return image


def _upright(small: Image.Image, image: Image.Image) -> Image.Image:
    """Return the small copy of `image` turned as the file asks for."""
    small.info = {}  # exif_transpose would rewrite all other tags, and fail at invalid ones
    if image.format != "TIFF":  # Pillow turns a TIFF itself
        orientation = ExifTags.Base.Orientation
        small.getexif()[orientation] = image.getexif().get(orientation, 1)
    return ImageOps.exif_transpose(small)


def _turn(image: Image.Image, turns: int, mirrored: bool) -> Image.Image:
    """Return the picture after quarter turns clockwise, and then mirrored left to right."""
    image = image.rotate(-90 * (turns % 4), expand=True)  # by quarters no pixel changes
    return ImageOps.mirror(image) if mirrored else image


def _levels(image: Image.Image) -> Image.Image:
    """Return deep or floating levels scaled from their own range to 0 to 255; NaN between."""
    values = np.array(image, np.float32)
    finite = np.isfinite(values)
    low = float(values.min(where=finite, initial=np.inf)) if finite.any() else 0.0
    high = float(values.max(where=finite, initial=-np.inf)) if finite.any() else 0.0
    np.nan_to_num(values, copy=False, nan=(low + high) / 2, posinf=high, neginf=low)
    half = high / 2 - low / 2  # of the range, which itself may be too large for a float
    if half < 1e-30:
        return Image.fromarray(np.zeros_like(values))
    values *= 0.5  # in place: such a picture takes much memory already
    values -= low / 2
    values /= half
    values *= 255
    return Image.fromarray(values)


def _colour(image: Image.Image) -> np.ndarray:
    """Return colours (h, w, 3) in [0, 1]; a transparent picture lies on paper that shows ink."""
    levels = np.asarray(image, np.float32) / 255
    if levels.ndim == 2:
        return np.repeat(levels[:, :, None], 3, axis=2)
    if levels.shape[2] == 3:
        return levels
    colour, alpha = levels[:, :, :3], levels[:, :, 3:]
    solid = alpha[:, :, 0] > 0.5
    if solid.mean() > OPAQUE:
        paper = np.median(colour[solid], axis=0)  # a window's rounded corners, say
    else:
        paper = np.full(3, (colour * alpha).sum() < 1.5 * alpha.sum(), np.float32)
    return colour * alpha + paper * (1 - alpha)
