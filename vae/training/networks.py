"""The two networks: images to the plane, and the plane to images."""

import keras
from keras import layers, ops

from vae.config import ModelConfig

LATENT = 2  # the map is a plane
IMAGE = (28, 28, 1)


def encoder(config: ModelConfig) -> keras.Model:
    """The network of q(z|x).

    Takes images, shape `(n, 28, 28, 1)`, in [0, 1]. Gives a dict: `mean` and `log_var` (in nats),
    shape `(n, 2)` each.
    """
    images = keras.Input(IMAGE, name="images")
    hidden = _residual(layers.Flatten()(images), config)
    # A run begins at the prior: wider first codes cost about 4 nats at the end of the first epoch.
    mean, log_var = (
        layers.Dense(LATENT, name=name, kernel_initializer=keras.initializers.RandomNormal(0, 0.01))
        for name in ("mean", "log_var")
    )
    return keras.Model(images, {"mean": mean(hidden), "log_var": log_var(hidden)}, name="encoder")


def decoder(config: ModelConfig) -> keras.Model:
    """The network of p(x|z).

    Takes places on the plane, shape `(n, 2)`. Gives logits, shape `(n, 28, 28, 1)`; their sigmoid
    is each pixel's probability.
    """
    z = keras.Input((LATENT,), name="z")
    hidden = z
    if config.frequencies:
        hidden = FourierFeatures(config.frequencies, config.frequency_scale)(z)
    hidden = _residual(hidden, config)
    logits = layers.Dense(28 * 28)(hidden)
    return keras.Model(z, layers.Reshape(IMAGE)(logits), name="decoder")


class FourierFeatures(layers.Layer):
    """z beside the sines and cosines of fixed random projections of it.

    Takes `(n, 2)`, gives `(n, 2 + 2 * frequencies)`. The projections are a non-trainable weight,
    so they travel with the others.

    Reference: Tancik et al., 2020, "Fourier features let networks learn high frequency functions
    in low dimensional domains".
    """

    def __init__(self, frequencies: int, scale: float, **kwargs):
        super().__init__(**kwargs)
        self.frequencies = frequencies
        self.scale = scale

    def build(self, shape):
        self.projection = self.add_weight(
            shape=(shape[-1], self.frequencies),
            initializer=keras.initializers.RandomNormal(stddev=self.scale),
            trainable=False,
            name="projection",
        )

    def call(self, z):
        angles = ops.matmul(z, self.projection)
        return ops.concatenate([z, ops.sin(angles), ops.cos(angles)], axis=-1)


def _residual(inputs, config: ModelConfig):
    """Dense layer, then pre-normalised residual blocks, then a last normalised activation."""
    hidden = layers.Dense(config.width)(inputs)
    for _ in range(config.blocks):
        hidden = hidden + layers.Dense(config.width)(_activated(hidden))
    return _activated(hidden)


def _activated(hidden):
    return ops.gelu(layers.LayerNormalization()(hidden))
