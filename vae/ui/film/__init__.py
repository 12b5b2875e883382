"""The film, a component: the map of a run as it forms, to scrub through and to play."""

from pathlib import Path

import numpy as np
import streamlit as st

from vae.ui import charts, text
from vae.ui.lens import MOUNT, STYLE

_HERE = Path(__file__).parent
_LENS = _HERE.parent / "lens"
MOST = 50  # frames sent of a run; the browser glides from one to the next
UNITS = 1000  # of a code, in one of z
FARTHEST = 32  # units of z that can be told

_film = st.components.v2.component(
    "latent_film",
    html=text.read(_HERE, "film.html"),
    css=STYLE + text.read(_HERE, "film.css"),
    js=MOUNT + text.read(_LENS, "atlas.js", "known.js") + text.read(_HERE, "film.js"),
)


def film(run: str, frames: list[Path], total: int, live: bool, **options):
    """Mount the film of a run, or let it go on.

    Args:
        frames: the files of `training.report`, in order; while `live` the last two are sent.
        total: epochs that the run shall have.
    """
    chosen = frames[-2:] if live else _thinned(frames)
    message = _message(tuple(chosen), tuple(map(_modified, chosen)))
    head = {
        "run": f"{run}-{_modified(frames[0])}",
        "live": live,
        "total": total,
        "colours": charts.COLOURS,
    }
    return _film(data=[{**head, **message}], **options)


@st.cache_resource(max_entries=16, show_spinner=False)
def _message(frames: tuple[Path, ...], modified: tuple[int, ...]) -> dict:
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


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # it is being deleted
        return 0


def _frame(path: Path) -> dict[str, np.ndarray] | None:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in ("code", "label", "digit", "redraw")}
    except Exception:  # a damaged archive raises nearly anything: the film goes on without it
        return None


def _thinned(frames: list[Path]) -> list[Path]:
    if len(frames) <= MOST:
        return frames
    return [frames[i] for i in np.linspace(0, len(frames) - 1, MOST).round().astype(int)]


def _quantised(codes: np.ndarray) -> np.ndarray:
    return np.round(np.clip(np.nan_to_num(codes), -FARTHEST, FARTHEST) * UNITS).astype("<i2")
