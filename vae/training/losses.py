"""The two terms of the ELBO, per image, in nats; and the squared error of the tutorials."""

from keras import ops


def reconstruction(images, logits):
    """Return -log p(x|z) under independent Bernoulli pixels, in nats.

    Grey pixels count as probabilities: the result is a cross-entropy, and its least value is the
    pixels' own entropy. It is computed from logits, so that no probability can underflow.

    Args:
        images: Tensor, shape `(batch, 28, 28, 1)`, in [0, 1].
        logits: Tensor, shape `(batch, 28, 28, 1)`; `sigmoid(logits)` is the pixel's probability.

    Returns:
        Tensor, shape `(batch,)`, at least 0: summed over the pixels.

    Reference: Kingma and Welling, 2014, appendix C.1.
    """
    pixels = ops.binary_crossentropy(images, logits, from_logits=True)
    return ops.sum(pixels, axis=(1, 2, 3))


def squared_error(images, logits):
    """Return the squared difference of images and redraws, averaged over the pixels.

    Args:
        images: Tensor, shape `(batch, 28, 28, 1)`, in [0, 1].
        logits: Tensor, shape `(batch, 28, 28, 1)`; the redraw is `sigmoid(logits)`.

    Returns:
        Tensor, shape `(batch,)`, in [0, 1].
    """
    return ops.mean((images - ops.sigmoid(logits)) ** 2, axis=(1, 2, 3))


def kl_divergence(mean, log_var):
    """Return the KL of q(z|x) = N(mean, exp(log_var)) from the standard normal, in nats.

    Args:
        mean: Tensor, shape `(batch, 2)`.
        log_var: Tensor, shape `(batch, 2)`.

    Returns:
        Tensor, shape `(batch,)`, at least 0: summed over the dimensions.

    Reference: Kingma and Welling, 2014, appendix B.
    """
    return 0.5 * ops.sum(ops.exp(log_var) + mean**2 - 1.0 - log_var, axis=-1)
