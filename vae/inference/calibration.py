"""How far a reading can be trusted: confidence, strangeness, and other ways up.

Everything here is for many images at once, so that what a model's card holds is measured with the
functions that a reading uses. `vae.runs.calibrate` measures it on held-out digits.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vae.inference import plane
from vae.inference.posterior import DecodedGrid
from vae.inference.shapes import load_density

LEAST_VOTE = 0.01  # added to every digit's share of the votes: none is impossible
TILTS = (-30, -20, -10, 10, 20, 30)  # degrees clockwise
BOX, MIDDLE = 20, 14.0  # of MNIST's frame: the digit's longer side, its centre of mass
INK = 0.1  # from which a pixel counts for a digit's extent


@dataclass(frozen=True)
class Facts:
    """What is known of n images, to judge from."""

    votes: np.ndarray  # (n, 10), see `count_votes`; rows sum to 1
    energies: np.ndarray  # (n, 10), see `ShapeDensity.energies`
    log_likelihood: np.ndarray  # (n,), nats
    similarity: np.ndarray  # (n,) in [0, 1], of each image and its redraw


def label_places(places: np.ndarray, latents: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the digits' shares (m, 10) among the 15 codes nearest to each place (m, 2)."""
    from scipy.spatial import KDTree  # slow to import, and needed here alone

    neighbours = min(plane.NEIGHBOURS, len(latents))
    _, near = KDTree(latents).query(places, range(1, neighbours + 1))  # (m, 15)
    return np.stack([(labels[near] == digit).mean(axis=1) for digit in range(10)], axis=1)


def count_votes(log_joint: np.ndarray, place_votes: np.ndarray, temperature: float) -> np.ndarray:
    """Return how the plane votes on each image, (n, 10); rows sum to 1.

    Every place votes with the labels around it, weighted by p(z|x)^(1 / temperature). A posterior
    is too sure, for it takes 784 pixels that depend on each other for as many witnesses.

    Args:
        log_joint: (n, m) log p(x, z) in nats, up to a constant a row.
        place_votes: (m, 10), from `label_places`.
        temperature: More than 0; 1 takes the posterior at its word.
    """
    weights = np.exp((log_joint - log_joint.max(axis=1, keepdims=True)) / temperature)
    return weights / weights.sum(axis=1, keepdims=True) @ place_votes


def oddities(facts: Facts) -> np.ndarray:
    """Return three facts (n, 3) that are higher the odder an image is."""
    energy = facts.energies.min(axis=1)
    return np.stack([-facts.log_likelihood, -facts.similarity, energy], axis=1)


def strangeness(facts: Facts, usual: ArrayLike, spread: ArrayLike) -> np.ndarray:
    """Return how unlike a digit the images are, (n,), from 0.

    It is the length of the excess of `oddities` over what is usual, (3,), in units of spread, (3,).
    A sum of squares flags both an image that is very odd in one way and one that is odd in all.
    """
    excess = (oddities(facts) - np.asarray(usual)) / np.asarray(spread)
    return np.linalg.norm(np.maximum(0, excess), axis=1)


def digit_probabilities(facts: Facts, weights: Sequence[float]) -> np.ndarray:
    """Return how probably the images show each digit, (n, 10); rows sum to 1.

    A multinomial logistic regression on two facts of every digit: the log of its votes on the
    plane, and the square root of the energy that its shape has beyond the likeliest one's.

    Args:
        facts: Of the images.
        weights: Of the two facts, (2,).
    """
    logits = evidence(facts) @ np.asarray(weights)
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def evidence(facts: Facts) -> np.ndarray:
    """Return what speaks for each digit, (n, 10, 2): its votes, and its shape (at most 0)."""
    excess = facts.energies - facts.energies.min(axis=1, keepdims=True)
    return np.stack([np.log(facts.votes + LEAST_VOTE), -np.sqrt(excess)], axis=2)


def plausibility(grid: DecodedGrid, images: np.ndarray) -> np.ndarray:
    """Return how well the map and the shapes explain images (n, 28, 28), (n,), in nats.

    log p(x), by the coarse grid alone, and the log density of the likeliest shape: good enough to
    compare one image with itself, turned.
    """
    log_joint = grid.log_joint(images)
    peak = log_joint.max(axis=1)
    total = np.exp(log_joint - peak[:, None]).sum(axis=1)
    return peak + np.log(total) - load_density().energies(images).min(axis=1) / 2


def compare_ways_up(grid: DecodedGrid, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return by how many nats an image (28, 28) is more plausible otherwise than as it is.

    The first array (4,) is of 0 to 3 quarter turns clockwise, the second (6,) of TILTS.
    """
    turned = [turn(image, turns) for turns in range(4)]
    gains = plausibility(grid, np.stack(turned + [tilt(image, degrees) for degrees in TILTS]))
    gains -= gains[0]
    return gains[:4], gains[4:]


def turn(image: np.ndarray, turns: int) -> np.ndarray:
    """Return an image (28, 28) turned clockwise by quarters, its centre of mass kept.

    MNIST's centres of mass lie at pixel 14, half a pixel off the frame's middle.
    """
    shift = ((0, 0), (0, 1), (1, 1), (1, 0))[turns % 4]
    return np.roll(np.rot90(image, -turns), shift, axis=(0, 1))


def tilt(image: np.ndarray, degrees: float) -> np.ndarray:
    """Return an image (28, 28) turned clockwise about its centre, its longer side 20 again."""
    from scipy import ndimage  # slow to import

    angle = np.radians(degrees)
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    ink = np.argwhere(image > INK)
    extent = np.ptp(ink @ rotation.T, axis=0).max() + 1 if len(ink) else BOX
    matrix = rotation.T * extent / BOX  # from rows and columns of the new frame to the old one's
    offset = MIDDLE - matrix @ [MIDDLE, MIDDLE]
    return np.clip(ndimage.affine_transform(image, matrix, offset), 0, 1)
