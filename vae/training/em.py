"""Training by expectation and maximisation (EM), from the places of neighbours on.

A run begins with places at which digits that look alike lie together (`neighbours`), so that every
digit has one land from the start. Then an epoch is one round:

- E-step (`e_step`): every training digit's posterior on the grid encoder's places, times a Gaussian
  around its neighbour place, which keeps the lands whole.
- M-step: the decoder learns the mean picture of every place, in which a digit counts by the share
  of it that lies there. Places are drawn by how many digits they hold. The log-likelihood of
  Bernoulli pixels is linear in the image, so mean pictures are all that it takes, and each tells
  of many digits.

In the first round there is no decoder to go by: every digit lies at its neighbour place.

Reference: Bishop, Svensén and Williams, 1998, "GTM: the generative topographic mapping".
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import keras
import numpy as np
import tensorflow as tf

from vae.training import neighbours, pipeline
from vae.training.callbacks import ProgressReporter
from vae.training.e_step import mean_pictures, nearest_place_shares, posterior_shares
from vae.training.grid_encoder import compute_tables
from vae.training.model import VAE

STEPS = 150  # of an M-step
PULL = 0.2  # deviation of the Gaussian around a neighbour place, units of z
MEASURED = 5000  # training digits that are measured after an epoch


def run(
    vae: VAE,
    images: np.ndarray,
    validation: np.ndarray,
    watch: keras.callbacks.Callback,
    reporter: ProgressReporter | None,
    verbose: bool,
    places: keras.Variable,
) -> None:
    """Train the epochs that are left; other arguments as `fit` has them.

    Args:
        images: uint8, shape `(n, 28, 28)`.
        places: Neighbour places, shape `(n, 2)`, which a checkpoint holds; zeros until known.
        watch: Ends the run when asked, by an exception, and writes history and checkpoints.
    """
    observers = [reporter, watch] if reporter else [watch]
    callbacks = keras.callbacks.CallbackList(observers, model=vae, steps=STEPS)
    ema = keras.callbacks.SwapEMAWeights()
    ema.set_model(vae)
    first_epoch, epochs = len(watch.history["loss"]), vae.train_config.epochs
    step = _build_step(vae)
    for epoch in range(first_epoch, epochs):
        watch.on_epoch_begin(epoch)
        if not np.any(places):
            _find_places(vae, images, places, watch, reporter)
        with _averaged_weights(ema):
            evidence = _expect(vae, images, places.numpy(), epoch, watch)
        if reporter:
            reporter.on_epoch_begin(epoch)
        _maximize(vae, *evidence, epoch, step, callbacks)
        with _averaged_weights(ema):
            figures = _measure(vae, images, validation, callbacks)
        callbacks.on_epoch_end(epoch, figures)
        if verbose:
            _print_epoch(epoch, epochs, watch.history)
        if vae.stop_training:
            break


def _find_places(
    vae: VAE,
    images: np.ndarray,
    places: keras.Variable,
    watch: keras.callbacks.Callback,
    reporter: ProgressReporter | None,
) -> None:
    """Find the neighbour places: the first snapshot, and the first checkpoint's."""
    steps, counter = neighbours.count_steps(len(images)), itertools.count()

    def on_step() -> None:
        watch.stop_if_requested(is_mid_epoch=False)
        if reporter:
            reporter.report_preparation(next(counter), steps)

    test_images = reporter.digits.images if reporter else images[:0]
    seed = vae.train_config.seed
    train_places, test_places = neighbours.find_places(images, test_images, seed, on_step)
    places.assign(train_places)
    if reporter:
        reporter.save_snapshot(0, test_places)
    watch.save(vae, watch.history)


def _expect(
    vae: VAE, images: np.ndarray, places: np.ndarray, epoch: int, watch: keras.callbacks.Callback
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the places of the grid, (m, 2), how many digits each holds, and mean pictures there.

    The grid is shifted by chance in every round, so that the decoder is smooth between its places.
    """
    grid, pixels = vae.encoder.get_layer("grid_encoder"), images.reshape(len(images), -1)
    shift = np.random.default_rng((vae.train_config.seed, epoch)).uniform(-0.5, 0.5, 2)
    z = grid.places[grid.inside] + (shift * grid.spacing).astype(np.float32)
    if epoch == 0:
        return z, *mean_pictures(nearest_place_shares(z, places), pixels)

    def on_chunk() -> None:
        watch.stop_if_requested(is_mid_epoch=False)

    tables = compute_tables(vae.decode_logits, z, grid.rank, vae.train_config.beta)
    shares = posterior_shares(tables, z, pixels, places, PULL, on_chunk)
    return z, *mean_pictures(shares, pixels)


def _build_step(vae: VAE) -> Callable:
    """Return a compiled M-step on places, (b, 2), and the mean pictures there, (b, 784)."""

    @tf.function(reduce_retracing=True)
    def step(places, pictures):
        with tf.GradientTape() as tape:
            logits = tf.reshape(vae.decoder(places, training=True), tf.shape(pictures))
            entropy = tf.nn.sigmoid_cross_entropy_with_logits(pictures, logits)
            loss = tf.reduce_mean(tf.reduce_sum(entropy, axis=1))
        weights = vae.decoder.trainable_variables
        vae.optimizer.apply(tape.gradient(loss, weights), weights)

    return step


def _maximize(
    vae: VAE,
    z: np.ndarray,
    counts: np.ndarray,
    pictures: np.ndarray,
    epoch: int,
    step: Callable,
    callbacks: keras.callbacks.CallbackList,
) -> None:
    """Fit the decoder to the mean pictures, (m, 784), at z, (m, 2), drawn by `counts`, (m,)."""
    random = np.random.default_rng((vae.train_config.seed, epoch, 1))
    size = STEPS, vae.train_config.batch_size
    probabilities = counts.astype(float) / counts.sum(dtype=float)
    picks = random.choice(len(counts), size, p=probabilities)
    for batch, pick in enumerate(picks):
        callbacks.on_train_batch_begin(batch)
        step(tf.constant(z[pick]), tf.constant(pictures[pick]))


def _measure(
    vae: VAE, images: np.ndarray, validation: np.ndarray, callbacks: keras.callbacks.CallbackList
) -> dict[str, float]:
    """Return an epoch's figures, on all of `validation` and the first of the training images."""
    # The callbacks bring the encoder up to date first, and save the snapshot.
    others = vae.evaluate(
        pipeline.ordered_batches(validation), callbacks=callbacks, return_dict=True, verbose=0
    )
    own = vae.evaluate(pipeline.ordered_batches(images[:MEASURED]), return_dict=True, verbose=0)
    return own | {f"val_{name}": figure for name, figure in others.items()}


def _print_epoch(epoch: int, epochs: int, history: dict[str, list[float]]) -> None:
    figures = " - ".join(f"{name}: {column[-1]:.2f}" for name, column in history.items())
    print(f"Epoch {epoch + 1}/{epochs} - {figures}", flush=True)


@contextmanager
def _averaged_weights(ema: keras.callbacks.SwapEMAWeights) -> Iterator[None]:
    """Put the moving averages in the weights' place until the block ends."""
    ema.on_test_begin()
    try:
        yield
    finally:
        ema.on_test_end()
