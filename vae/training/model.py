"""The variational autoencoder as a Keras model."""

import keras
from keras import ops

from vae.config import ModelConfig, TrainConfig
from vae.training import grid_encoder as survey
from vae.training import losses, networks


class VAE(keras.Model):
    """Encoder, reparameterised sample, decoder; loss = weight * reconstruction + beta * KL.

    The figures `reconstruction` and `kl` are in nats per image, whatever the loss is made of.

    With `beta` 0 it is a plain autoencoder: no sampling either, the code is the mean. With
    `surveys` the encoder is no network, but the plane searched: see `refresh_encoder`.

    Reference: Kingma and Welling, 2014; beta: Higgins et al., 2017.
    """

    def __init__(self, model: ModelConfig, train: TrainConfig, surveys: bool = False):
        super().__init__(name="vae")
        self.model_config = model
        self.train_config = train
        self.surveys = surveys
        self.encoder = survey.encoder() if surveys else networks.encoder(model, train.beta > 0)
        self.decoder = networks.decoder(model)
        self.look = survey.logits_of(self.decoder) if surveys else None
        self.noise = keras.random.SeedGenerator(train.seed)
        self.reconstruction = keras.metrics.Mean(name="reconstruction")
        self.kl = keras.metrics.Mean(name="kl")
        self.built = True  # both networks are: their weights can be read and written at once

    def call(self, images, training=False):
        """Images, shape `(n, 28, 28, 1)`, to a dict: mean, log_var `(n, 2)`, logits as images."""
        if training and self.train_config.binarize:
            images = binarized(images, self.noise)
        code = self.encoder(images, training=training)
        z = code["mean"]
        if self.train_config.beta > 0:
            z = sample(code["mean"], code["log_var"], self.noise)
        return {**code, "logits": self.decoder(z, training=training)}

    def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
        """Mean over the batch of the weighted reconstruction + beta * KL; the target is `x` itself.

        Under a distribution strategy it is divided by the number of replicas, because Keras adds
        the replicas' gradients up.
        """
        config = self.train_config
        error = reconstruction = losses.reconstruction(x, y_pred["logits"])
        if config.loss == "mse":
            error = losses.squared_error(x, y_pred["logits"])
        kl = losses.kl_divergence(y_pred["mean"], y_pred["log_var"])
        self.reconstruction.update_state(reconstruction)
        self.kl.update_state(kl)
        loss = config.reconstruction_weight * error
        if config.beta:  # an autoencoder's codes may be so far out that their KL is infinite
            loss += config.beta * kl
        loss = ops.mean(loss)
        return loss / self.distribute_strategy.num_replicas_in_sync

    def refresh_encoder(self) -> None:
        """Make the encoder anew where it is a survey of the plane: the decoder has learnt since."""
        if self.surveys:
            self.encoder.get_layer("survey").update(self.look, self.train_config.beta)

    def restart_noise(self, epoch: int) -> None:
        """Draw this epoch's noise from (seed, epoch), so that a resumed run sees the same."""
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
    """One z from N(mean, exp(log_var)) that gradients flow through; all of shape `(n, 2)`.

    Reference: Kingma and Welling, 2014, section 2.4, the reparameterisation trick.
    """
    return mean + ops.exp(0.5 * log_var) * keras.random.normal(ops.shape(mean), seed=noise)


def binarized(images, noise: keras.random.SeedGenerator):
    """Each pixel white with the probability that its grey, in [0, 1], says, else black."""
    drawn = keras.random.uniform(ops.shape(images), seed=noise) < images
    return ops.cast(drawn, images.dtype)
