"""Publish a run: write its model folder, measured on the very files in it."""

import platform
from importlib.metadata import version

import numpy as np

from vae import config, data
from vae.data import Digits
from vae.errors import LatentExplorerError
from vae.inference import metrics, plane
from vae.inference.runtime import LatentModel
from vae.store.folder import create, free_name, read_model
from vae.training.export import write_networks
from vae.training.fit import FitResult

QUICK_DIGITS = 1000  # for percentiles that are measured again in full later
QUICK_SPACING = 0.1  # of the grid for them
LIBRARIES = ("tensorflow", "keras", "ai-edge-litert", "numpy")


def publish_model(name: str, preset: str, run: FitResult, test: Digits) -> str:
    """Write `weights/<name>/`, with figures that take some seconds, and return the model's name.

    A finished run gets the name. One that was stopped does not replace a finished model: its name
    is `<name>-stopped` then.

    Raises:
        StorageError: The disk is full or the folder cannot be written; nothing has changed.
    """
    if not run.is_finished and _is_finished(name):
        name = free_name(f"{name[:29]}-stopped", _is_finished)
    train_config = run.vae.train_config
    versions = {"python": platform.python_version(), **{lib: version(lib) for lib in LIBRARIES}}
    card = {
        "description": config.get_preset(preset).description,
        "preset": preset,
        "finished": run.is_finished,
        "model": run.vae.model_config,
        "train": train_config,
        "seed": train_config.seed,
        "versions": versions,
        "history": run.history,
    }
    images = data.unit(test.images)
    with create(name, card) as folder:
        write_networks(run.vae, folder)
        model = LatentModel(folder)
        mean, log_var = model.encode(images)
        np.savez(folder / "latents.npz", mean=mean, log_var=log_var, label=test.labels)
        card["atlas_spacing"] = plane.choose_spacing(model, mean)
        card["metrics"] = metrics.summary(model, images, code=(mean, log_var))
        card["reference_percentiles"] = metrics.reference_percentiles(
            model, images[:QUICK_DIGITS], spacing=QUICK_SPACING
        )
    return name


def _is_finished(name: str) -> bool:
    try:
        return read_model(name).card.finished
    except LatentExplorerError:
        return False
