"""Pictures as files: a morph as a GIF or as a strip, a step of the preparation as a JPEG."""

import io

import numpy as np
from PIL import Image

from vae.ui import text

FRAMES = 24
REST = 6  # frames that the first and the last picture stay
FRAME_MS = 80
SIDE = 224  # pixels of a frame
MAX_STRIP = 10  # frames


def gif(frames: np.ndarray) -> bytes:
    """Return pictures, (n, 28, 28) uint8, as an animation that repeats for ever."""
    images = [_enlarge(frame) for frame in frames]
    images = [images[0]] * REST + images + [images[-1]] * REST
    options = {"append_images": images[1:], "duration": FRAME_MS, "loop": 0}
    return encode(images[0], "GIF", save_all=True, **options)


def strip(frames: np.ndarray) -> bytes:
    """Return the same pictures side by side, at most MAX_STRIP of them, as a PNG."""
    count = min(MAX_STRIP, len(frames))
    few = frames[np.linspace(0, len(frames) - 1, count).round().astype(int)]
    return png(np.hstack([np.asarray(_enlarge(frame)) for frame in few]))


def png(picture: np.ndarray) -> bytes:
    """Return a picture, (h, w) or (h, w, 3) uint8, as a PNG."""
    return encode(Image.fromarray(picture), "PNG")


def jpeg(picture: np.ndarray) -> str:
    """Return a picture, (h, w) or (h, w, 3) uint8, as a JPEG in base64."""
    return text.base64(encode(Image.fromarray(picture), "JPEG", quality=85))


def encode(image: Image.Image, kind: str, **options) -> bytes:
    """Return an image as a file of that kind; options as Pillow's writers have them."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _enlarge(frame: np.ndarray) -> Image.Image:
    return Image.fromarray(frame).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
