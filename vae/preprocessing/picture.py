"""A picture file of a common format -> its colours, upright and small."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import ExifTags, Image, ImageOps

from vae.errors import DigitError

FORMATS = ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"]
MOST_BYTES = 10 * 2**20
MOST_PIXELS = 40_000_000  # more than the cameras of most telephones give
MOST_DEEP_PIXELS = 12_000_000  # of pictures that take four bytes or more a pixel, and of one tile
TILE_WIDTH, TILE_LENGTH = 322, 323  # a TIFF's tags
WORKING_SIDE = 420  # pixels on the longer side; a digit a tenth as high still has 42
LEAST_LONGER = 8  # pixels on the longer side
LEAST_SHORTER = 3  # pixels on the shorter side: a 1 cut out tightly
MOST_ASPECT = 20  # longer over shorter side
OPAQUE = 0.8  # share of solid pixels above which a transparent picture has its own paper

UNREADABLE = (
    "That file is not a picture this page can read (PNG, JPEG, WebP, GIF, BMP or TIFF). "
    "Try a photo or a screenshot."
)
DAMAGED = "That picture is damaged, and only a part of it can be read. Save or send it again."


@dataclass(frozen=True)
class Picture:
    """The contents of a picture file."""

    colour: np.ndarray  # (h, w, 3) float32 in [0, 1]
    note: str  # a sentence for the visitor about what was read, or ""


def read(data: bytes, turns: int = 0, mirrored: bool = False) -> Picture:
    """Return the picture in a file, with at most WORKING_SIDE pixels on its longer side.

    Raises:
        DigitError: It is empty, too large, no picture, damaged or of an unsuitable shape.
    """
    if not data:
        raise DigitError("That file is empty. Choose the picture again.")
    if len(data) > MOST_BYTES:
        size = f"{len(data) / 2**20:.1f} MB"
        raise DigitError(f"That file is too large: {size}; 10 MB is the most. Send a smaller one.")
    try:
        image = Image.open(BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise DigitError(_too_many("more than 89")) from None
    except Exception:  # each of Pillow's readers fails in its own way
        raise DigitError(UNREADABLE) from None
    with image:
        _check(*image.size)
        _check_depth(image)
        try:
            note = _note(image)
            colour = _colour(_decode(image))
        except Exception:
            raise DigitError(DAMAGED) from None
    return Picture(colour, note)


def _too_many(megapixels: str) -> str:
    return (
        f"That picture is too large: it has {megapixels} million pixels, and 40 million is the "
        "most. Send a smaller one."
    )


def _check(width: int, height: int) -> None:
    """Raise DigitError if a picture of this size cannot hold a readable digit."""
    if width * height > MOST_PIXELS:
        raise DigitError(_too_many(f"{width * height / 1e6:.0f}"))
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
    if getattr(image, "n_frames", 1) == 1 or image.format == "MPO":
        return ""  # an MPO's further pictures are the telephone's own previews
    if image.format == "TIFF":
        return "This file has several pages: only the first was read."
    return "This is an animation: only its first picture was read."


def _decode(image: Image.Image) -> Image.Image:
    """Return the file's first picture, small, upright, its levels such as can be averaged."""
    # A JPEG can be decoded at an eighth of its size, in a tenth of the time and memory.
    image.draft(None, tuple(max(1, side * 480 // max(image.size)) for side in image.size))
    image.load()
    if image.mode.startswith(("I", "F")):
        small = _levels(image)
    elif image.mode == "LAB":
        small = image.getchannel(0)
    else:
        small = image.convert("RGBA" if image.has_transparency_data else "RGB")
    small.thumbnail((WORKING_SIDE, WORKING_SIDE), Image.Resampling.BOX, reducing_gap=2)
    small.info = {}  # exif_transpose would rewrite all other tags, and fail at invalid ones
    if image.format != "TIFF":  # Pillow turns a TIFF itself
        orientation = ExifTags.Base.Orientation
        small.getexif()[orientation] = image.getexif().get(orientation, 1)
    return ImageOps.exif_transpose(small)


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
