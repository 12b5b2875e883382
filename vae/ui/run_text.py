"""Sentences about a training run: how far it is, how long it takes, what its curves show."""

import re
import unicodedata
from dataclasses import asdict
from statistics import fmean, median

from vae import config
from vae.config import TrainConfig
from vae.runs.progress import Phase, Progress
from vae.runs.record import RunRecord
from vae.ui import cache

OVERHEAD = 25  # seconds that starting and saving take beside the epochs
SPAN = 3  # epochs that are compared with as many before them: a single one goes up and down
LEAST_CHANGE = {"reconstruction": 0.3, "kl": 0.03}  # nats an epoch: less is not visible
OVERFIT = 1.08  # times the error on training digits

_SETTINGS = {"subset": "digits", "beta": "KL weight"}  # where the name says too little
_COPIES = (
    "the copies are getting sharper",
    "the copies hardly change any more",
    "the copies are getting rougher",
)
_MAP = (
    "the two numbers carry less information",
    "the two numbers carry as much information as before",
    "the two numbers carry more information",
)


def progress_share(now: Progress) -> float:
    """Return how much of the run is done, in [0, 1]."""
    done = now.epoch + now.step / now.steps if now.steps else now.epoch
    return min(1.0, done / now.epochs) if now.epochs else 0.0


def status(now: Progress) -> str:
    """Return how far a run under way is, in a line."""
    if now.phase == Phase.STARTING:
        return now.message or "Starting …"
    if now.phase == Phase.SAVING:
        return "Stopped; saving …" if now.stop_requested else "Training is done; saving …"
    epoch = f"Epoch {min(now.epoch + 1, now.epochs)} of {now.epochs}"
    parts = [epoch, f"step {now.step} of {now.steps}"]
    if now.steps_per_second:
        parts.append(f"{now.steps_per_second:.0f} steps per second")
    if now.seconds_left is not None:
        parts.append(f"{duration(now.seconds_left)} left")
    return " · ".join(parts)


def headline(now: Progress) -> str:
    """Return what is going on, in Markdown."""
    doing = "is being saved" if now.phase == Phase.SAVING else "is being trained"
    return f"**{now.name}** {doing}" + (f" · recipe *{now.preset}*" if now.preset else "")


def stop_message(run: RunRecord) -> str:
    """Return what became of a run that was stopped, and what to do, in Markdown."""
    if not run.epochs:
        return f"**{run.name}** was stopped in its first epoch. Press **Resume** to start again."
    if run.is_finished:
        return "Training is done, but the map was not saved. **Save it** to explore it."
    return f"**{run.name}** was stopped after epoch {run.epochs}. Press **Resume** to continue."


def title(run: RunRecord) -> str:
    """Return a run's name in a list."""
    if run.is_finished:
        return f"{run.name} · finished"
    return f"{run.name} · {run.epochs} of {run.train.epochs} epochs"


def settings(run: RunRecord) -> str:
    """Return what a run was trained with, in Markdown: its recipe and what differs from that."""
    usual = asdict(config.PRESETS[run.preset].train)
    changes = [(key, value) for key, value in asdict(run.train).items() if value != usual[key]]
    words = [f"{_SETTINGS.get(key, key.replace('_', ' '))} {value:,g}" for key, value in changes]
    return f"Recipe *{run.preset}*" + (f", with {', '.join(words)}" if words else "")


def slug(name: str) -> str:
    """Return a name as a model can have it: "Mein Bild!" is mein-bild."""
    letters = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore")
    return re.sub("[^a-z0-9]+", "-", letters.decode().lower()).strip("-")


def estimate(preset: str, train: TrainConfig) -> str:
    """Return how long a run will take, judged by what the shipped model of its preset took."""
    folder = cache.model(preset)
    if folder is None:
        return "The time left appears after the first steps."
    usual = config.PRESETS[preset].train
    # Half of an epoch's work is done for each image, half for each step.
    images = train.subset / usual.subset
    steps = images * usual.batch_size / train.batch_size
    whole = OVERHEAD + train.epochs * median(folder.card.history["seconds"]) * (images + steps) / 2
    return f"Takes {duration(whole)} (longer on a slow computer)."


def duration(seconds: float) -> str:
    """Return a time as people say it."""
    if seconds < 90:
        return f"about {max(5, 5 * round(seconds / 5))} seconds"
    if seconds < 5400:
        return f"about {round(seconds / 60)} minutes"
    return f"about {seconds / 3600:.1f} hours"


def trend(run: RunRecord) -> str:
    """Return what the curves of the last epochs show, in a plain sentence."""
    history = run.history
    errors = history["reconstruction"]
    if len(errors) < 2:
        return "The first epoch is done. The next one will show a trend."
    parts = [_change(history, "reconstruction", _COPIES)]
    if run.train.beta > 0:
        parts.append(_change(history, "kl", _MAP))
    if history["val_reconstruction"][-1] > OVERFIT * errors[-1]:
        parts.append(
            "it copies training digits better than others: it memorises instead of learning "
            "(overfitting)"
        )
    sentence = ("at the end " if run.is_finished else "") + "; ".join(parts)
    if run.is_finished and parts[0] == _COPIES[0]:
        sentence += ". More epochs could help"
    return f"{sentence[0].upper()}{sentence[1:]}."


def _change(history: dict[str, list[float]], name: str, words: tuple[str, str, str]) -> str:
    """Return the first of the words if a figure falls, the second if it stays, or the third."""
    figures = history[name]
    span = min(SPAN, len(figures) // 2)
    change = (fmean(figures[-span:]) - fmean(figures[-2 * span : -span])) / span
    return words[1] if abs(change) < LEAST_CHANGE[name] else words[0 if change < 0 else 2]
