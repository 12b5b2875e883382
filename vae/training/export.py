"""A trained model -> the network files of a model folder."""

import io
from functools import partial
from pathlib import Path

import h5py
import keras
import numpy as np
import tensorflow as tf
from keras import ops
from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

from vae.training.checkpoint import write_weights
from vae.training.model import VAE

LARGE = 1024  # numbers; a smaller array is not worth HDF5's bookkeeping


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
        _rewrite(folder / "encoder.tflite")
        probabilities = _probabilities(vae.decoder)
        probabilities.export(folder / "decoder.tflite", format="litert", verbose=False)
    except tf.errors.OpError as error:  # the converter writes through TensorFlow's own files
        raise OSError(str(error)) from error
    twin = VAE(vae.model_config, vae.train_config, vae.surveys)
    twin.set_weights(vae.get_weights())
    write_weights(folder / "model.weights.h5", twin)
    _compress(folder / "model.weights.h5")


def _probabilities(decoder: keras.Model) -> keras.Model:
    return keras.Model(decoder.input, ops.sigmoid(decoder.output), name="probabilities")


def _compress(path: Path) -> None:
    """Deflate the weights of an HDF5 file, which saves a seventh of a large one.

    Keras reads them as before.
    """
    packed = io.BytesIO()
    with h5py.File(path) as whole, h5py.File(packed, "w") as small:
        whole.visititems(partial(_copy, small))
    path.write_bytes(packed.getvalue())


def _copy(target: h5py.File, name: str, item: h5py.Group | h5py.Dataset) -> None:
    if isinstance(item, h5py.Group):
        copy = target.require_group(name)
    else:
        deflated = {"compression": 9, "shuffle": True, "chunks": item.shape}
        how = deflated if item.size >= LARGE else {}
        copy = target.create_dataset(name, data=item[()], **how)
    copy.attrs.update(item.attrs)


def _rewrite(path: Path) -> None:
    """Order an encoder's outputs, mean first, and halve its tables of whole numbers."""
    network = flatbuffer_utils.read_model(str(path))
    _order_outputs(network, ["mean", "log_var"])
    for index, tensor in enumerate(list(network.subgraphs[0].tensors)):
        values = _table(network, tensor)
        if values is not None:
            _halve(network, index, values)
    flatbuffer_utils.write_model(network, str(path))


def _order_outputs(network: schema.ModelT, names: list[str]) -> None:
    """Put a network's outputs in this order; the converter's own depends on a hash of the names."""
    tensors = {out.name.decode(): out.tensorIndex for out in network.signatureDefs[0].outputs}
    network.subgraphs[0].outputs = [tensors[name] for name in names]


def _table(network: schema.ModelT, tensor: schema.TensorT) -> np.ndarray | None:
    """A constant matrix of whole numbers that int16 can hold, if the tensor is one."""
    data = network.buffers[tensor.buffer].data
    if data is None or tensor.type != schema.TensorType.FLOAT32 or len(tensor.shape) != 2:
        return None
    values = np.frombuffer(bytes(data), np.float32)
    short = values.astype(np.int16)
    return short if np.array_equal(short, values) else None


def _halve(network: schema.ModelT, index: int, values: np.ndarray) -> None:
    """Keep a constant as int16, of which the interpreter makes floats.

    The converter would do so with all constants of a network, or with none.
    """
    graph, dequantize = network.subgraphs[0], schema.BuiltinOperator.DEQUANTIZE
    whole = graph.tensors[index]
    network.buffers[whole.buffer].data = values.view(np.uint8)
    exact = _made(schema.QuantizationParametersT(), scale=[1.0], zeroPoint=[0])
    short = _made(
        schema.TensorT(),
        shape=whole.shape,
        type=schema.TensorType.INT16,
        buffer=whole.buffer,
        quantization=exact,
    )
    whole.buffer = 0  # the empty one
    graph.tensors.append(short)
    network.operatorCodes.append(
        _made(
            schema.OperatorCodeT(),
            builtinCode=dequantize,
            deprecatedBuiltinCode=dequantize,
            version=3,  # the first that takes int16
        )
    )
    first = _made(
        schema.OperatorT(),
        opcodeIndex=len(network.operatorCodes) - 1,
        inputs=[len(graph.tensors) - 1],
        outputs=[index],
    )
    graph.operators.insert(0, first)


def _made(thing, **fields):
    """A flatbuffer's object with its fields set: its own constructor takes none."""
    for name, value in fields.items():
        setattr(thing, name, value)
    return thing
