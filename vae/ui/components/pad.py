"""The drawing pad and the ten examples beside it."""

from vae.ui import assets
from vae.ui.components import define
from vae.ui.messages import Pad
from vae.ui.state import DigitInput

_ADDRESSES = [f"pad/examples/{digit}.jpg" for digit in range(10)]
EXAMPLES = [(assets.WEB / path).read_bytes() for path in _ADDRESSES]

_mount = define("pad/pad.js", "pad/pad.html", "shared/boxes.css", "pad/pad.css")


def pad(now: DigitInput, verdict: str, **options):
    """Mount the pad. Its trigger `input` holds a PadInput."""
    data: Pad = {
        "examples": [assets.module_url(path) for path in _ADDRESSES],
        "number": now.number,
        "sheet": now.sheet,
        "strokes": now.strokes,
        "verdict": verdict,
        "boxes": [d.box for d in now.digits] if now.has_choice_on_pad else [],
        "chosen": now.chosen,
    }
    return _mount(data, **options)
