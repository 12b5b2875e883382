"""The encoder and decoder networks: images to the plane, and the plane to images."""

import math

import keras
from keras import layers, ops

from vae.config import ModelConfig

LATENT = 2  # the map is a plane
IMAGE = (28, 28, 1)
# The log_var of an autoencoder, which has no posterior: a standard deviation of 0.05, as wide as a
# good model's posterior. So it can be measured, and compared, like the others.
AE_LOG_VAR = -6.0


def build_encoder(config: ModelConfig, has_posterior: bool = True) -> keras.Model:
    """Return the network of q(z|x).

    It takes images, shape `(n, 28, 28, 1)`, in [0, 1], and returns a dict of `mean` (units of z)
    and `log_var` (log of units of z squared), shape `(n, 2)` each; without a posterior log_var is
    AE_LOG_VAR.
    """
    images = keras.Input(IMAGE, name="images")
    if config.family == "conv":
        hidden = _conv_encoder(images, config)
    else:
        hidden = _hidden_layers(layers.Flatten()(images), config, config.encoder)
    # A run begins at the prior: wider first codes cost about 4 nats at the end of the first epoch.
    near = keras.initializers.RandomNormal(0, 0.01)
    options = {"kernel_initializer": near} if config.family == "residual" else {}
    mean = layers.Dense(LATENT, name="mean", **options)(hidden)
    if has_posterior:
        log_var = layers.Dense(LATENT, name="log_var", **options)(hidden)
    else:
        log_var = 0 * mean + AE_LOG_VAR
    return keras.Model(images, {"mean": mean, "log_var": log_var}, name="encoder")


def build_decoder(config: ModelConfig) -> keras.Model:
    """Return the network of p(x|z).

    It takes places on the plane, shape `(n, 2)`, and returns logits, shape `(n, 28, 28, 1)`; their
    sigmoid is each pixel's probability.
    """
    z = keras.Input((LATENT,), name="z")
    places = _clamp(z, config.rim) if config.rim else z
    if config.family == "conv":
        logits = _conv_decoder(places, config)
    else:
        hidden = places
        if config.family == "residual" and config.frequencies:
            hidden = FourierFeatures(config.frequencies, config.frequency_scale)(places)
        hidden = _hidden_layers(hidden, config, config.decoder)
        logits = layers.Reshape(IMAGE)(layers.Dense(28 * 28)(hidden))
    return keras.Model(z, logits, name="decoder")


def _clamp(z, radius: float):
    """Move places, shape `(n, 2)`, that are farther than `radius` from the origin to that rim."""
    square = ops.sum(z**2, axis=1, keepdims=True)
    return z * ops.minimum(1.0, radius * ops.rsqrt(square + 1e-9))


class FourierFeatures(layers.Layer):
    """Concatenates z with the sines and cosines of fixed random projections of it.

    Takes z, shape `(n, 2)`; returns shape `(n, 2 + 2 * frequencies)`. The projections are normal
    with standard deviation `scale`, in radians per unit of z, and a non-trainable weight, so they
    are saved with the others.

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


def _hidden_layers(inputs, config: ModelConfig, units: tuple[int, ...]):
    """Apply dense layers of `units`; or one, residual blocks and a normalised activation."""
    if config.family == "dense":
        return _relu(inputs, units)
    hidden = layers.Dense(config.width)(inputs)
    for _ in range(config.blocks):
        hidden = hidden + layers.Dense(config.width)(_norm_gelu(hidden))
    return _norm_gelu(hidden)


def _norm_gelu(hidden):
    return ops.gelu(layers.LayerNormalization()(hidden))


def _relu(hidden, units: tuple[int, ...]):
    for count in units:
        hidden = layers.Dense(count, activation="relu")(hidden)
    return hidden


def _conv_encoder(images, config: ModelConfig):
    hidden = images
    for filters, stride in zip(config.encoder, config.strides, strict=True):
        hidden = layers.Conv2D(filters, 3, stride, padding="same")(hidden)
        hidden = _activate(hidden, config)
    hidden = layers.Flatten()(hidden)
    return _relu(hidden, (config.bottleneck,) if config.bottleneck else ())


def _conv_decoder(z, config: ModelConfig):
    side = 28 // math.prod(config.strides)
    # Activated only as its counterpart is: else three of four runs of conv-ae end in black.
    activation = "relu" if config.bottleneck else None
    hidden = layers.Dense(side * side * config.encoder[-1], activation=activation)(z)
    hidden = layers.Reshape((side, side, config.encoder[-1]))(hidden)
    *strides, last = [*reversed(config.strides), 1][: len(config.decoder) + 1]
    for filters, stride in zip(config.decoder, strides, strict=True):
        hidden = layers.Conv2DTranspose(filters, 3, stride, padding="same")(hidden)
        hidden = _activate(hidden, config)
    return layers.Conv2DTranspose(1, 3, last, padding="same")(hidden)


def _activate(hidden, config: ModelConfig):
    """Apply the activation, then batch normalisation and dropout where the config asks for them."""
    hidden = (layers.LeakyReLU() if config.leaky else layers.ReLU())(hidden)
    if config.batch_norm:
        hidden = layers.BatchNormalization()(hidden)
    return layers.Dropout(config.dropout)(hidden) if config.dropout else hidden
