"""Latent explorer: a walk over the two-dimensional latent plane of a variational autoencoder.

`vae.models()` names the models, best first; `vae.load("explorer")` gives one that encodes images
(n, 28, 28) in [0, 1] to mean and log_var (n, 2), and decodes places (n, 2) to images.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vae.inference.runtime import LatentModel


def models() -> list[str]:
    """Names of the models in `weights/`, best test ELBO first; invalid ones are left out."""
    from vae.store.folder import list_models

    return [folder.name for folder in list_models()[0]]


def load(name: str) -> "LatentModel":
    """The model called `name`, ready to encode and decode.

    Raises:
        ModelNotFoundError: there is no such model.
        ModelInvalidError: its folder is damaged.
    """
    from vae.inference import runtime

    return runtime.load(name)
