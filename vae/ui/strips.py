"""Strips of pictures side by side: what two models invent, and how they copy. HTML."""

import html
from collections.abc import Sequence

import numpy as np

from vae.inference import plane
from vae.ui import cache, problems
from vae.ui.cache import Scene

DRAWS = 10


def draws(titles: Sequence[str], scenes: Sequence[Scene], seed: int) -> str:
    """Return DRAWS pictures for each model, decoded at the same places drawn from the prior."""
    places = np.random.default_rng(seed).standard_normal((DRAWS, 2)).astype(np.float32)
    pictures = [plane.to_bytes(scene.model.decode(places)) for scene in scenes]
    return _sides(
        titles,
        [
            problems.strip(images, f"Ten random digits of {name}")
            for name, images in zip(titles, pictures, strict=True)
        ],
    )


def copies(titles: Sequence[str], scenes: Sequence[Scene]) -> str:
    """Return a test digit of each kind over its redraw, for each model."""
    digits = cache.test_digits()
    parts = []
    for title, scene in zip(titles, scenes, strict=True):
        first = np.unique(scene.labels, return_index=True)[1]
        redraws = plane.to_bytes(scene.model.decode(scene.latents[first]))
        is_known = digits is not None and np.array_equal(digits.labels, scene.labels)
        real = (
            problems.strip(digits.images[first], "Ten real digits") if digits and is_known else ""
        )
        parts.append(real + problems.strip(redraws, f"How {title} draws them again"))
    return _sides(titles, parts)


def _sides(titles: Sequence[str], parts: Sequence[str]) -> str:
    sides = "".join(
        f"<div><p class='name'>{html.escape(title)}</p>{part}</div>"
        for title, part in zip(titles, parts, strict=True)
    )
    return f"<div class='latent-problems'><div class='sides'>{sides}</div></div>"
