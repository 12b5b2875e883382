"""A training run in plain words: how far it is, what it has come to, how long it will take."""

import re
import unicodedata
from statistics import fmean, median

from vae import config
from vae.config import TrainConfig
from vae.runs.progress import Progress
from vae.runs.record import RunRecord
from vae.ui import cache

AROUND = 25  # seconds that starting and saving take beside the learning
SPAN = 3  # epochs that are compared with as many before them: a single one goes up and down
SHARP = 0.3  # nats an epoch: less is no change that one could see
SPREAD = 0.03  # the same of the map's KL
BY_HEART = 1.08  # times the error on known digits


def share(now: Progress) -> float:
    """How much of the run is done, in [0, 1]."""
    done = now.epoch + now.step / now.steps if now.steps else now.epoch
    return min(1.0, done / now.epochs) if now.epochs else 0.0


def words(now: Progress) -> str:
    """How it is doing, in a line."""
    if now.phase == "starting":
        return now.message or "It gets ready: a few seconds"
    if now.phase == "saving":
        return "Stopped; it is being saved" if now.stop_requested else "Trained; it is being saved"
    parts = [f"Epoch {min(now.epoch + 1, now.epochs)} of {now.epochs}"]
    parts.append(f"step {now.step} of {now.steps}")
    if now.steps_per_second:
        parts.append(f"{now.steps_per_second:.0f} steps a second")
    if now.seconds_left is not None:
        parts.append(f"{time(now.seconds_left)} left")
    return " · ".join(parts)


def headline(now: Progress) -> str:
    """What is going on, in Markdown."""
    doing = "is being saved" if now.phase == "saving" else "is being trained"
    return f"**{now.name}** {doing}" + (f" · *{now.preset}*" if now.preset else "")


def remedy(run: RunRecord) -> str:
    """What to do about a run that was stopped."""
    if not run.epochs:
        return "It had not finished its first epoch: **Resume** begins again."
    if run.is_finished:
        return "All is learnt: **Save it** makes a map of it."
    return f"**Resume** goes on after its epoch {run.epochs}."


def plain(name: str) -> str:
    """A name as models may have them: "Mein Bild!" is mein-bild."""
    letters = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore")
    return re.sub("[^a-z0-9]+", "-", letters.decode().lower()).strip("-")


def title(run: RunRecord) -> str:
    """A run in a list."""
    if run.is_finished:
        return f"{run.name} · finished"
    return f"{run.name} · {run.epochs} of {run.train.epochs} epochs"


def guess(preset: str, wanted: TrainConfig) -> str:
    """A first guess of how long a run will take, from what the shipped model of it took."""
    folder = cache.model(preset)
    seconds = folder.card.history["seconds"] if folder else None
    if not seconds:
        return "How long it will take is not known before it begins."
    usual = config.PRESETS[preset].train
    epoch = median(seconds)
    # Half of an epoch's work is done for each image, half for each step.
    images = wanted.subset / usual.subset
    steps = images * usual.batch_size / wanted.batch_size
    whole = AROUND + wanted.epochs * epoch * (images + steps) / 2
    return f"A first guess: {time(whole)} on a machine like the one that made ours."


def time(seconds: float) -> str:
    """A stretch of time as people say it."""
    if seconds < 90:
        return f"about {max(5, 5 * round(seconds / 5))} seconds"
    if seconds < 5400:
        return f"about {round(seconds / 60)} minutes"
    return f"about {seconds / 3600:.1f} hours"


def verdict(run: RunRecord) -> str:
    """What the curves say of the last epochs, in a plain sentence."""
    history, redraws = run.history, run.history["reconstruction"]
    if len(redraws) < 2:
        return "The first epoch is done: from now on one can see which way it goes."
    said = [_change(redraws, SHARP, _REDRAWS)]
    if run.train.beta > 0:
        said.append(_change(history["kl"], SPREAD, _MAP))
    if history["val_reconstruction"][-1] > BY_HEART * redraws[-1]:
        said.append("it draws digits that it knows better than new ones: it learns by heart")
    sentence = ("at the end " if run.is_finished else "") + "; ".join(said)
    return f"{sentence[0].upper()}{sentence[1:]}."


_REDRAWS = (
    "the redraws are getting sharper",
    "the redraws hardly change any more",
    "the redraws are getting rougher",
)
_MAP = ("the map is drawing together", "the map keeps its size", "the map is still spreading")


def _change(figures: list[float], least: float, falls_stays_rises: tuple[str, str, str]) -> str:
    falls, stays, rises = falls_stays_rises
    span = min(SPAN, len(figures) // 2)
    change = (fmean(figures[-span:]) - fmean(figures[-2 * span : -span])) / span
    return stays if abs(change) < least else falls if change < 0 else rises
