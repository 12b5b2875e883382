"""A finished or stopped run -> a model folder, measured on the very files that are shipped."""

import platform
from dataclasses import asdict
from importlib.metadata import version

import numpy as np

from vae import data
from vae.data import Digits
from vae.errors import LatentExplorerError
from vae.inference import metrics, plane
from vae.inference.runtime import LatentModel
from vae.store import folder as store
from vae.training.export import write_networks
from vae.training.fit import FitResult

FEW = 1000  # digits that a new model is measured on where all would take long
COARSE = 0.1  # the spacing of the grid then
LIBRARIES = ("tensorflow", "keras", "ai-edge-litert", "numpy")


def publish(name: str, description: str, run: FitResult, test: Digits) -> str:
    """Write `weights/<name>/`, with the figures of a second's work, and return the name it got.

    A finished run takes its name. One that was stopped leaves a finished model of that name alone:
    it is called `<name>-stopped` then.

    Raises:
        StorageError: the disk is full or the folder cannot be written; nothing has changed.
    """
    if not run.is_finished and _is_finished(name):
        name = store.free_name(f"{name[:29]}-stopped", _is_finished)
    card = _card(description, run)
    images = data.unit(test.images)
    with store.writing(name, card) as folder:
        write_networks(run.vae, folder)
        model = LatentModel(folder)
        mean, log_var = model.encode(images)
        np.savez(folder / "latents.npz", mean=mean, log_var=log_var, label=test.labels)
        card["atlas_spacing"] = plane.choose_spacing(model, mean)
        card["metrics"] = metrics.summary(model, images, code=(mean, log_var))
        card["familiarity"] = metrics.reference_percentiles(model, images[:FEW], spacing=COARSE)
    return name


def _is_finished(name: str) -> bool:
    try:
        return bool(store.read(name).card.get("finished"))
    except LatentExplorerError:
        return False


def _card(description: str, run: FitResult) -> dict:
    return {
        "description": description,
        "finished": run.is_finished,
        "model": asdict(run.vae.model_config),
        "train": asdict(run.vae.train_config),
        "seed": run.vae.train_config.seed,
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
        "history": run.history,
    }
