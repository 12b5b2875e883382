"""The frames of a run's film as the browser takes them: files in, a message out."""

from pathlib import Path

import numpy as np

from vae.ui import text

MOST = 50  # frames sent of a run; the browser glides from one to the next
UNITS = 1000  # of a code, in one of z
FARTHEST = 32  # units of z that can be told


def message(frames: tuple[Path, ...]) -> dict:
    """What the film shows: digits (10, 28, 28) u1 and labels (n,) u1 of the last frame, and of each
    its epoch, the codes (n, 2) in thousandths and the redraws, all as base64.

    A damaged frame is left out.
    """
    found = {int(path.stem): _frame(path) for path in frames}
    found = {epoch: frame for epoch, frame in found.items() if frame}
    last = found[max(found)] if found else {}
    return {
        "labels": text.base64(last.get("label", b"")),
        "digits": text.base64(last.get("digit", b"")),
        "frames": [
            {
                "epoch": epoch,
                "code": text.base64(_quantised(frame["code"])),
                "redraw": text.base64(frame["redraw"]),
            }
            for epoch, frame in found.items()
        ],
    }


def thinned(frames: list[Path]) -> list[Path]:
    """MOST of them at most, the first and the last among them."""
    if len(frames) <= MOST:
        return frames
    return [frames[i] for i in np.linspace(0, len(frames) - 1, MOST).round().astype(int)]


def _frame(path: Path) -> dict[str, np.ndarray] | None:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in ("code", "label", "digit", "redraw")}
    except Exception:  # a damaged archive raises nearly anything: the film goes on without it
        return None


def _quantised(codes: np.ndarray) -> np.ndarray:
    return np.round(np.clip(np.nan_to_num(codes), -FARTHEST, FARTHEST) * UNITS).astype("<i2")
