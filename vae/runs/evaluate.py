"""A model folder's figures: for the terminal, and for its own card."""

from vae import data
from vae.data import Digits
from vae.inference import metrics
from vae.inference.runtime import LatentModel
from vae.store import folder as store


def figures(folder: store.ModelFolder, train: Digits, test: Digits) -> dict:
    """Every figure of `metrics.evaluate`, measured now on the folder's files: some minutes.

    Without the importance-weighted one where the decoder is convolutional: that would take a
    quarter of an hour.
    """
    return metrics.evaluate(
        LatentModel(folder.path),
        data.unit(test.images),
        test.labels,
        data.unit(train.images),
        train.labels,
        sampled=folder.card.get("model", {}).get("family") != "conv",
    )


def complete(name: str, train: Digits, test: Digits) -> None:
    """Put those figures, and what is familiar to it, on the card of a model.

    Raises:
        ModelNotFoundError, ModelBrokenError: it is no longer there, or not sound.
        StorageError: the card could not be written; the one before it is unharmed.
    """
    folder = store.read(name)
    familiar = metrics.reference_percentiles(LatentModel(folder.path), data.unit(test.images))
    store.complete(folder, metrics=figures(folder, train, test), familiarity=familiar)
