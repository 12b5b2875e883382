"""The snapshots of a run as the browser takes them: files in, a message out."""

from pathlib import Path

import numpy as np

from vae.ui.messages import Snapshots
from vae.ui.text import base64

MAX_SNAPSHOTS = 50  # sent of a run; the browser glides from one to the next
UNITS = 1000  # of a code in the message, in one unit of z
FARTHEST = 32  # units of z that 16 bits can carry


def read_snapshots(paths: tuple[Path, ...]) -> Snapshots:
    """Return the snapshots in these files; a damaged one is left out."""
    read = ((int(path.stem), _read_snapshot(path)) for path in paths)
    by_epoch = {epoch: snapshot for epoch, snapshot in read if snapshot}
    last = by_epoch[max(by_epoch)] if by_epoch else {}
    return {
        "labels": base64(last.get("label", b"")),
        "digits": base64(last.get("digit", b"")),
        "snapshots": [
            {
                "epoch": epoch,
                "codes": base64(_quantize(snapshot["code"])),
                "redraws": base64(snapshot["redraw"]),
            }
            for epoch, snapshot in by_epoch.items()
        ],
    }


def thin_out(paths: list[Path]) -> list[Path]:
    """Return MAX_SNAPSHOTS of them at most, evenly, the first and the last among them."""
    count = min(len(paths), MAX_SNAPSHOTS)
    return [paths[i] for i in np.linspace(0, len(paths) - 1, count).round().astype(int)]


def _read_snapshot(path: Path) -> dict[str, np.ndarray] | None:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in ("code", "label", "digit", "redraw")}
    except Exception:  # a damaged archive raises nearly anything: the timeline goes on without it
        return None


def _quantize(codes: np.ndarray) -> np.ndarray:
    return np.round(np.clip(np.nan_to_num(codes), -FARTHEST, FARTHEST) * UNITS).astype("<i2")
