"""Pictures as files: the morph as a GIF, its frames as a strip, the steps of the cleaning."""

import io

import numpy as np
from PIL import Image

from vae.ui import text

FRAMES = 24
PAUSE = 6  # frames that the first and the last picture stay
FRAME_MS = 80
SIDE = 224  # pixels of a frame
STRIP = 10  # frames


def gif(frames: np.ndarray) -> bytes:
    """Pictures (n, 28, 28) uint8 as an animation that runs for ever."""
    shown = [_enlarged(frame) for frame in frames]
    shown = [shown[0]] * PAUSE + shown + [shown[-1]] * PAUSE
    made = io.BytesIO()
    shown[0].save(made, "GIF", save_all=True, append_images=shown[1:], duration=FRAME_MS, loop=0)
    return made.getvalue()


def strip(frames: np.ndarray) -> bytes:
    """The same pictures side by side, at most STRIP of them, as a PNG."""
    chosen = frames[np.linspace(0, len(frames) - 1, min(STRIP, len(frames))).round().astype(int)]
    side_by_side = np.hstack([np.asarray(_enlarged(frame)) for frame in chosen])
    made = io.BytesIO()
    Image.fromarray(side_by_side).save(made, "PNG")
    return made.getvalue()


def jpeg(picture: np.ndarray) -> str:
    """A picture (h, w) or (h, w, 3) uint8 as a JPEG in base64."""
    made = io.BytesIO()
    Image.fromarray(picture).save(made, "JPEG", quality=85)
    return text.base64(made.getvalue())


def _enlarged(frame: np.ndarray) -> Image.Image:
    return Image.fromarray(frame).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
