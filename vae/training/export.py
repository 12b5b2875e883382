"""A trained model to the network files of a model folder."""

import io
import zipfile
from functools import partial
from pathlib import Path

import h5py
import keras
import tensorflow as tf
from keras import ops

from vae.training.model import VAE

LARGE = 1024  # numbers; to compress a smaller array is not worth HDF5's bookkeeping


def write_networks(vae: VAE, folder: Path) -> None:
    """Write encoder.tflite, decoder.tflite and model.weights.h5 into `folder`.

    Both networks have the signature `serving_default`, for any n:

    - encoder: `images`, float32 `(n, 28, 28, 1)` in [0, 1] -> `mean` and `log_var`, `(n, 2)` each.
      The order of its outputs depends on the converter: find them by these names.
    - decoder: `z`, float32 `(n, 2)` -> its only output, probabilities `(n, 28, 28, 1)`.

    Raises:
        OSError: The disk is full or the folder cannot be written.
    """
    probabilities = keras.Model(vae.decoder.input, ops.sigmoid(vae.decoder.output), name="decoder")
    try:
        vae.encoder.export(folder / "encoder.tflite", format="litert", verbose=False)
        probabilities.export(folder / "decoder.tflite", format="litert", verbose=False)
    except tf.errors.OpError as error:  # the converter writes through TensorFlow's own files
        raise OSError(str(error)) from error
    _write_weights(vae, folder / "model.weights.h5")


def _write_weights(vae: VAE, path: Path) -> None:
    """Write the weights, without the optimizer's state, in Keras's format.

    HDF5 that meets a full disk crashes the process when it ends. So the file is made in memory:
    Keras does that for a `.keras` archive, of which the weights are one member.
    """
    copy = VAE(vae.model_config, vae.train_config, vae.has_grid_encoder)  # has no optimizer
    copy.set_weights(vae.get_weights())
    archive = path.with_name("model.keras")
    try:
        copy.save(archive)
        with zipfile.ZipFile(archive) as file:
            weights = file.read("model.weights.h5")
    finally:
        archive.unlink(missing_ok=True)
    path.write_bytes(_compress(weights))


def _compress(content: bytes) -> bytes:
    """Deflate the arrays of an HDF5 file, which saves a seventh; Keras reads them as before."""
    compressed = io.BytesIO()
    with h5py.File(io.BytesIO(content)) as source, h5py.File(compressed, "w") as target:
        source.visititems(partial(_copy, target))
    return compressed.getvalue()


def _copy(target: h5py.File, name: str, item: h5py.Group | h5py.Dataset) -> None:
    if isinstance(item, h5py.Group):
        copy = target.require_group(name)
    else:
        deflate = {"compression": 9, "shuffle": True, "chunks": item.shape}
        options = deflate if item.size >= LARGE else {}
        copy = target.create_dataset(name, data=item[()], **options)
    copy.attrs.update(item.attrs)
