"""A trained model -> the network files of a model folder."""

from pathlib import Path

import keras
import tensorflow as tf
from keras import ops
from tensorflow.lite.tools import flatbuffer_utils

from vae.training.checkpoint import write_weights
from vae.training.model import VAE


def write_networks(vae: VAE, folder: Path) -> None:
    """Write encoder.tflite, decoder.tflite and model.weights.h5 into `folder`.

    The encoder takes float32 images `(n, 28, 28, 1)` in [0, 1] and gives mean, then log_var,
    `(n, 2)` each; the decoder takes places `(n, 2)` and gives probabilities `(n, 28, 28, 1)`.
    Any n: resize the input tensor. The weights file leaves the optimiser's state out.

    Raises:
        OSError: there is no room, or the folder cannot be written.
    """
    try:
        vae.encoder.export(folder / "encoder.tflite", format="litert", verbose=False)
        _order_outputs(folder / "encoder.tflite", ["mean", "log_var"])
        probabilities = _probabilities(vae.decoder)
        probabilities.export(folder / "decoder.tflite", format="litert", verbose=False)
    except tf.errors.OpError as error:  # the converter writes through TensorFlow's own files
        raise OSError(str(error)) from error
    twin = VAE(vae.model_config, vae.train_config, vae.surveys)
    twin.set_weights(vae.get_weights())
    write_weights(folder / "model.weights.h5", twin)


def _probabilities(decoder: keras.Model) -> keras.Model:
    return keras.Model(decoder.input, ops.sigmoid(decoder.output), name="probabilities")


def _order_outputs(path: Path, names: list[str]) -> None:
    """Put a network's outputs in this order; the converter's own depends on a hash of the names."""
    network = flatbuffer_utils.read_model(str(path))
    tensors = {out.name.decode(): out.tensorIndex for out in network.signatureDefs[0].outputs}
    network.subgraphs[0].outputs = [tensors[name] for name in names]
    flatbuffer_utils.write_model(network, str(path))
