"""The variational autoencoder as a Keras model."""

from dataclasses import asdict

import keras
from keras import ops

from vae.config import ModelConfig, TrainConfig
from vae.training import grid_encoder, losses, networks


class VAE(keras.Model):
    """Encoder, reparameterised sample, decoder; loss = weight * reconstruction + beta * KL.

    The metrics `reconstruction` and `kl` are in nats per image, whatever the loss is made of.

    With `beta` 0 it is a plain autoencoder: it does not sample, the code is the mean. With
    `has_grid_encoder` the encoder is no network but a grid search: see `grid_encoder`, and
    `refresh_encoder`, which must run before it is used.

    References: Kingma and Welling, 2014; beta: Higgins et al., 2017.
    """

    def __init__(self, model: ModelConfig, train: TrainConfig, has_grid_encoder: bool = False):
        super().__init__(name="vae")
        self.model_config = model
        self.train_config = train
        self.has_grid_encoder = has_grid_encoder
        if has_grid_encoder:
            self.encoder = grid_encoder.build_encoder(model.rim)
        else:
            self.encoder = networks.build_encoder(model, has_posterior=train.beta > 0)
        self.decoder = networks.build_decoder(model)
        self.decode_logits = grid_encoder.build_decode_logits(self.decoder)
        self.noise = keras.random.SeedGenerator(train.seed)
        self.reconstruction = keras.metrics.Mean(name="reconstruction")
        self.kl = keras.metrics.Mean(name="kl")
        self.built = True  # both networks are, so weights can be read and written at once

    def call(self, images, training=False):
        """Encode, sample and decode.

        Args:
            images: Tensor, shape `(n, 28, 28, 1)`, in [0, 1].

        Returns:
            Dict of `mean` and `log_var`, shape `(n, 2)`, and `logits`, shape `(n, 28, 28, 1)`.
        """
        if training and self.train_config.binarize:
            images = binarize(images, self.noise)
        code = self.encoder(images, training=training)
        z = code["mean"]
        if self.train_config.beta > 0:
            z = sample(code["mean"], code["log_var"], self.noise)
        return {**code, "logits": self.decoder(z, training=training)}

    def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
        """Return the batch mean of weight * reconstruction + beta * KL; the target is `x` itself.

        Under a distribution strategy it is divided by the number of replicas, because Keras sums
        the replicas' gradients.
        """
        config = self.train_config
        error = reconstruction = losses.reconstruction(x, y_pred["logits"])
        if config.loss == "mse":
            error = losses.squared_error(x, y_pred["logits"])
        kl = losses.kl_divergence(y_pred["mean"], y_pred["log_var"])
        self.reconstruction.update_state(reconstruction)
        self.kl.update_state(kl)
        loss = config.reconstruction_weight * error
        if config.beta:  # an autoencoder's codes may lie so far out that their KL is infinite
            loss += config.beta * kl
        loss = ops.mean(loss)
        return loss / self.distribute_strategy.num_replicas_in_sync

    def refresh_encoder(self) -> None:
        """Bring a grid encoder up to date with the decoder; an encoder network stays as it is."""
        if self.has_grid_encoder:
            layer = self.encoder.get_layer("grid_encoder")
            layer.update(self.decode_logits, self.train_config.beta)

    def get_config(self) -> dict:
        """Return the constructor's arguments, which Keras writes beside the weights."""
        return {
            "model": asdict(self.model_config),
            "train": asdict(self.train_config),
            "has_grid_encoder": self.has_grid_encoder,
        }

    def restart_noise(self, epoch: int) -> None:
        """Seed this epoch's noise with (seed, epoch), so that a resumed run sees the same."""
        dropouts = [
            layer.seed_generator
            for network in (self.encoder, self.decoder)
            for layer in network.layers
            if isinstance(layer, keras.layers.Dropout)
        ]
        # An epoch makes at most 60,000 batches of two draws each, and validation fewer.
        for i, generator in enumerate((self.noise, *dropouts)):
            generator.state.assign([self.train_config.seed + i, epoch << 18])


def sample(mean, log_var, noise: keras.random.SeedGenerator):
    """Return one z from N(mean, exp(log_var)) that gradients flow through; shapes `(n, 2)`.

    Reference: Kingma and Welling, 2014, section 2.4, the reparameterisation trick.
    """
    return mean + ops.exp(0.5 * log_var) * keras.random.normal(ops.shape(mean), seed=noise)


def binarize(images, noise: keras.random.SeedGenerator):
    """Return images of 0 and 1; a pixel is 1 with the probability of its grey, in [0, 1]."""
    white = keras.random.uniform(ops.shape(images), seed=noise) < images
    return ops.cast(white, images.dtype)
