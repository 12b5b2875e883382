"""Latent explorer: a walk over the two-dimensional latent plane of a variational autoencoder.

`vae.models()` names the models, best first; `vae.load("explorer")` gives one that encodes images
(n, 28, 28) in [0, 1] to mean and log_var (n, 2), and decodes places (n, 2) to images.
`vae.prepare(data)` finds the digit in a picture file, and `vae.read(digit, model)` reads it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from vae.inference.reading import Reading
    from vae.inference.runtime import LatentModel
    from vae.preprocessing.digit import Digit


def models() -> list[str]:
    """Return the names of the valid models in `weights/`, best test ELBO first."""
    from vae.store.folder import list_models

    return [folder.name for folder in list_models()[0]]


def load(name: str) -> "LatentModel":
    """Return the model called `name`, ready to encode and decode.

    Raises:
        ModelNotFoundError: There is no such model.
        ModelInvalidError: Its folder is damaged.
    """
    from vae.inference import runtime

    return runtime.load(name)


def prepare(data: bytes) -> "Digit":
    """Return the digit in a picture file, as MNIST would have it, with the steps that led there.

    Raises:
        DigitError: The file cannot be read as a picture, or holds no digit.
    """
    from vae.preprocessing import digit

    return digit.prepare(data)


def read(digit: "Digit | np.ndarray", model: "LatentModel") -> "Reading":
    """Return what a model from `load` makes of a digit.

    Args:
        digit: From `prepare`, or an image (28, 28) in [0, 1], bright ink on black.
        model: The model that reads it.

    Raises:
        ValueError: The image has another shape or values outside [0, 1].
    """
    import numpy as np

    from vae.inference import reading
    from vae.inference.choice import choose

    if not isinstance(digit, np.ndarray):
        digit = choose(digit, model).image
    return reading.read(digit, model)
