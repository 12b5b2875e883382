"""The film, a component: the map of a run as it forms, to scrub through and to play."""

from pathlib import Path

import streamlit as st

from vae.runs.record import RunRecord
from vae.ui import cache, charts, reel, text
from vae.ui.lens import MOUNT, STYLE

_HERE = Path(__file__).parent
_LENS = _HERE.parent / "lens"

_film = st.components.v2.component(
    "latent_film",
    html=text.read(_HERE, "film.html"),
    css=STYLE + text.read(_HERE, "film.css"),
    js=MOUNT + text.read(_LENS, "atlas.js", "known.js") + text.read(_HERE, "film.js"),
)


def film(run: RunRecord, live: bool, **options):
    """Mount the film of a run, or let it go on.

    Args:
        live: it is under way; only the last two frames of whole epochs are sent then.
    """
    whole = [path for path in run.snapshots if int(path.stem) <= run.epochs]
    chosen = whole[-2:] if live else reel.thinned(run.snapshots)
    message = cache.film(tuple(chosen), tuple(map(_modified, chosen)))
    head = {
        "run": f"{run.name}-{_modified(run.snapshots[0])}",
        "live": live,
        "done": run.epochs,
        "total": run.train.epochs,
        "colours": charts.COLOURS,
    }
    return _film(data=[{**head, **message}], **options)


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # it is being deleted
        return 0
