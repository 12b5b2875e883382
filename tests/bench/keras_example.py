"""The Keras documentation's VAE example, timed until its validation ELBO reaches a target.

`python -m tests.bench.keras_example TARGET` prints one JSON line at its end. Networks, loss,
optimiser, batch and `train_step` are the example's (keras.io/examples/generative/vae); it is given
the 60,000 training images, and the 10,000 test images measure its ELBO, grey, after each epoch.
"""

import json
import sys
import time

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from vae import data

EPOCHS = 60


class Sampling(layers.Layer):
    """One z from N(mean, exp(log_var))."""

    def __init__(self):
        super().__init__()
        self.noise = keras.random.SeedGenerator(1337)

    def call(self, inputs):
        mean, log_var = inputs
        return mean + ops.exp(0.5 * log_var) * keras.random.normal(ops.shape(mean), seed=self.noise)


class ExampleVAE(keras.Model):
    """The example's model."""

    def __init__(self):
        super().__init__()
        self.encoder = _encoder()
        self.decoder = _decoder()
        self.trackers = {
            name: keras.metrics.Mean(name=name)
            for name in ("loss", "reconstruction_loss", "kl_loss")
        }

    @property
    def metrics(self):
        return list(self.trackers.values())

    def train_step(self, images):
        with tf.GradientTape() as tape:
            reconstruction, kl = self._terms(images)
            loss = reconstruction + kl
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
        return self._track(loss, reconstruction, kl)

    def test_step(self, images):
        reconstruction, kl = self._terms(images)
        return self._track(reconstruction + kl, reconstruction, kl)

    def _terms(self, images):
        mean, log_var, z = self.encoder(images)
        pixels = keras.losses.binary_crossentropy(images, self.decoder(z))  # (batch, 28, 28)
        kl = -0.5 * (1 + log_var - ops.square(mean) - ops.exp(log_var))
        return ops.mean(ops.sum(pixels, axis=(1, 2))), ops.mean(ops.sum(kl, axis=1))

    def _track(self, *losses):
        for tracker, loss in zip(self.trackers.values(), losses, strict=True):
            tracker.update_state(loss)
        return {name: tracker.result() for name, tracker in self.trackers.items()}


class Clock(keras.callbacks.Callback):
    """Counts the seconds of training alone, without the validation, and stops at the target."""

    def __init__(self, images: np.ndarray, target: float):
        super().__init__()
        self.images = images
        self.target = target
        self.seconds = []
        self.elbo = -np.inf

    def on_epoch_begin(self, epoch, logs=None):
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self.began)
        found = self.model.evaluate(self.images, batch_size=1000, verbose=0, return_dict=True)
        self.elbo = -found["loss"]
        words = f"Keras example, epoch {epoch + 1}: {self.seconds[-1]:.1f} s, ELBO {self.elbo:.2f}"
        print(words, file=sys.stderr, flush=True)
        self.model.stop_training = self.elbo >= self.target


def main(target: float) -> None:
    """Train until the ELBO, in nats per image, reaches the target."""
    train, test = (data.unit(part().images)[..., None] for part in (data.train_set, data.test_set))
    model = ExampleVAE()
    model.compile(optimizer=keras.optimizers.Adam())
    clock = Clock(test, target)
    model.fit(train, epochs=EPOCHS, batch_size=128, callbacks=[clock], verbose=0)
    print(json.dumps({"seconds": clock.seconds, "elbo": clock.elbo}))


def _encoder() -> keras.Model:
    inputs = keras.Input((28, 28, 1))
    x = layers.Conv2D(32, 3, activation="relu", strides=2, padding="same")(inputs)
    x = layers.Conv2D(64, 3, activation="relu", strides=2, padding="same")(x)
    x = layers.Dense(16, activation="relu")(layers.Flatten()(x))
    mean, log_var = layers.Dense(2)(x), layers.Dense(2)(x)
    return keras.Model(inputs, [mean, log_var, Sampling()([mean, log_var])])


def _decoder() -> keras.Model:
    inputs = keras.Input((2,))
    x = layers.Reshape((7, 7, 64))(layers.Dense(7 * 7 * 64, activation="relu")(inputs))
    x = layers.Conv2DTranspose(64, 3, activation="relu", strides=2, padding="same")(x)
    x = layers.Conv2DTranspose(32, 3, activation="relu", strides=2, padding="same")(x)
    return keras.Model(
        inputs, layers.Conv2DTranspose(1, 3, activation="sigmoid", padding="same")(x)
    )


if __name__ == "__main__":
    main(float(sys.argv[1]))
