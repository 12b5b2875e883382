"""Evaluate a model folder: for the command line, and for the model's own card.

`python -m vae.runs.evaluate` measures the decoded plane of every model whose card lacks it.
"""

from vae import data
from vae.data import Digits
from vae.inference import label_map, metrics, plane_metrics
from vae.inference.runtime import LatentModel
from vae.runs.calibrate import calibrate
from vae.store import atomic
from vae.store.folder import ModelFolder, list_models, read_latents, read_model, update_card


def evaluate_model(folder: ModelFolder, train_digits: Digits, test_digits: Digits) -> dict:
    """Return every figure of `metrics.evaluate`, measured now on the folder's files.

    That takes some minutes. Without the importance-weighted log-likelihood where the decoder is
    convolutional: that would take a quarter of an hour.
    """
    test, train = ((data.unit(d.images), d.labels) for d in (test_digits, train_digits))
    sampled = folder.card.model.family != "conv"
    return metrics.evaluate(LatentModel(folder.path), *test, *train, sampled=sampled)


def complete_card(name: str, train_digits: Digits, test_digits: Digits) -> None:
    """Write the figures, the percentiles of all test digits and the calibration on a model's card.

    Raises:
        ModelNotFoundError, ModelInvalidError: It is no longer there, or not valid.
        StorageError: The card could not be written; the one before it is unharmed.
    """
    folder = read_model(name)
    images = data.unit(test_digits.images)
    update_label_map(folder, test_digits)
    folder = read_model(name)
    model = LatentModel(folder.path, folder)
    codes = model.latents
    update_card(
        folder,
        metrics=evaluate_model(folder, train_digits, test_digits),
        reference_percentiles=metrics.reference_percentiles(model, images),
        calibration=calibrate(model, codes["mean"], codes["label"], train_digits),
    )


def update_label_map(folder: ModelFolder, test_digits: Digits) -> None:
    """Write the label map of a model that was published without it, or with an earlier one.

    Interrupted, it leaves a valid model without a label map.

    Raises:
        ModelInvalidError: The folder's files are damaged.
        StorageError: The disk is full or the folder cannot be written.
    """
    codes, images = read_latents(folder)["mean"], data.unit(test_digits.images)
    built = label_map.build(LatentModel(folder.path), codes, images, test_digits.labels)
    path = folder.path / "label_map.npz"
    files = {name: sha256 for name, sha256 in folder.card.files.items() if name != path.name}
    update_card(folder, files=files)
    with atomic.storage_errors():
        label_map.save(path, built)
        atomic.flush(path)
        files[path.name] = atomic.sha256(path)
    update_card(folder, files=dict(sorted(files.items())))


def add_plane_metrics(folder: ModelFolder, test_digits: Digits) -> None:
    """Write the measures of the decoded plane on the card of a model that was evaluated earlier.

    Raises:
        ModelInvalidError: A code or a decoded pixel is no number.
        StorageError: The card could not be written; the one before it is unharmed.
    """
    model, images = LatentModel(folder.path), data.unit(test_digits.images)
    measured = plane_metrics.measure_plane(
        model, model.encode(images)[0], images, test_digits.labels
    )
    protocol = {**folder.card.metrics["protocol"], **plane_metrics.protocol()}
    update_card(folder, metrics={**folder.card.metrics, **measured, "protocol": protocol})


def main() -> None:
    """Measure the decoded plane of every model whose card was written before that was done."""
    test_digits = data.test_set()
    for folder in list_models()[0]:
        is_evaluated = "protocol" in folder.card.metrics
        if is_evaluated and "area_shares" not in folder.card.metrics:
            add_plane_metrics(folder, test_digits)
            print(folder.name, flush=True)


if __name__ == "__main__":
    main()
