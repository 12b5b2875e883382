"""The drawing pad and the ten examples beside it."""

from vae.ui import assets
from vae.ui.components import define
from vae.ui.messages import Pad
from vae.ui.state import Answer, DigitInput

_ADDRESSES = [f"pad/examples/{digit}.jpg" for digit in range(10)]
EXAMPLES = [(assets.WEB / path).read_bytes() for path in _ADDRESSES]

_mount = define("pad/pad.js", "pad/pad.html", "shared/boxes.css", "pad/pad.css")


def pad(now: DigitInput, answer: Answer, verdict: str, **options):
    """Mount the pad. Its trigger `input` holds a PadInput."""
    has_choice = now.strokes and now.is_current and len(answer.digits) > 1
    data: Pad = {
        "examples": [assets.module_url(path) for path in _ADDRESSES],
        "number": now.number,
        "sheet": now.sheet,
        "strokes": now.strokes,
        "verdict": verdict,
        "boxes": [digit.box for digit in answer.digits] if has_choice else [],
        "chosen": answer.chosen,
    }
    return _mount(data, **options)
