"""The timeline: the map of a run as it forms, to scrub through and to play."""

from pathlib import Path

from vae.runs.record import RunRecord
from vae.ui import cache, palette
from vae.ui.components import define
from vae.ui.messages import Timeline
from vae.ui.timeline import thin_out

_mount = define("timeline/timeline.js", "timeline/timeline.html", "timeline/timeline.css")


def timeline(run: RunRecord, is_live: bool, **options):
    """Mount the timeline of a run, or let it go on.

    Args:
        run: the run; it has snapshots.
        is_live: whether it is under way; only the last two snapshots of whole epochs are sent then.
        options: as Streamlit's components have them.
    """
    whole = [path for path in run.snapshots if int(path.stem) <= run.epochs]
    paths = tuple(whole[-2:] if is_live else thin_out(run.snapshots))
    data: Timeline = {
        "run": f"{run.name}-{_modified(run.snapshots[0])}",
        "is_live": is_live,
        "epochs_done": run.epochs,
        "epochs": run.train.epochs,
        "colours": palette.COLOURS,
        **cache.snapshots(paths, tuple(map(_modified, paths))),
    }
    return _mount(data, **options)


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # it is being deleted
        return 0
