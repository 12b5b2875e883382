"""What the decoder makes of the plane: its centre and limits, its lands, its holes.

These are the three problems of an autoencoder, measured in the same way for every model. What a
place shows is judged from the decoded picture, not from the codes around it.
"""

import numpy as np

from vae.errors import ModelInvalidError
from vae.inference import label_map
from vae.inference.plane import Decoder

SEED = 0
LIMITS = (0.5, 99.5)  # percentiles of each coordinate: the codes' range
SIDE = 100  # of the square grid of places on which shares are counted
DRAWS = 1000  # places, drawn from the prior and from the codes' range
WORST = 10  # places that are named


def measure_plane(
    model: Decoder, codes: np.ndarray, images: np.ndarray, labels: np.ndarray, seed: int = SEED
) -> dict:
    """Return the measures of a decoded plane; takes some seconds for 10,000 images.

    A digit's share is counted on SIDE x SIDE places, the middles of cells that are equally large
    (in the codes' range) or equally likely (under the prior, on the whole plane). A place shows the
    digit that `label_map.judge` names. It is a hole where the picture is farther from every real
    digit than 95 % of the real digits are from their nearest other one
    (`label_map.hole_distance`), which asks the same of every model. A blur is no hole: it is the
    mean of many digits, and so nearer to each than they are to each other. It is unclear.

    Args:
        model: Decodes the places.
        codes: Codes of the test images, (m, 2), at least one, in units of z.
        images: Real digits, (n, 28, 28) float in [0, 1], of which none was trained on.
        labels: Their digits 0 to 9, (n,).
        seed: Of the places that are drawn.

    Returns:
        `centre_distance` of the codes' mean from the origin, in units of z; `range_z1` and
        `range_z2`, [low, high], the LIMITS of each coordinate in units of z (the prior's are -2.58
        and 2.58); `area_shares`, ten shares in [0, 1] of the range's area, and `area_evenness` in
        [0, 1], see `evenness`; `prior_shares` and `prior_evenness`, the same of the prior's
        probability; `holes_prior` and `holes_range`, shares in [0, 1] of DRAWS places from the
        prior, and spread evenly over the range, that are holes; `unclear_prior` and
        `unclear_range`, the shares of the same places whose picture is no one digit: fewer than
        `label_map.LIKELY` of the real digits nearest to it agree; `worst_places`, [[z1, z2], ...],
        those WORST of the prior's whose pictures are farthest from every real digit, worst first.

    Raises:
        ModelInvalidError: A code or a decoded pixel is no number, or there is no code.
    """
    codes = np.asarray(codes, float)
    if not len(codes) or not np.isfinite(codes).all():
        raise _not_numbers("a code of a test digit")
    low, high = np.percentile(codes, LIMITS, axis=0)  # (2,) each
    rng = np.random.default_rng(seed)
    drawn = rng.standard_normal((DRAWS, 2))
    scattered = rng.uniform(low, high, (DRAWS, 2))
    hole_distance = label_map.hole_distance(images)
    square = _square()
    area_digits, _, _ = _judge(model, low + square * (high - low), images, labels)
    prior_digits, _, _ = _judge(model, _to_prior(square), images, labels)
    area_shares, prior_shares = _shares(area_digits), _shares(prior_digits)
    _, votes, distances = _judge(model, drawn, images, labels)
    _, range_votes, range_distances = _judge(model, scattered, images, labels)
    worst = np.argsort(-distances, kind="stable")[:WORST]
    return {
        "centre_distance": float(np.hypot(*codes.mean(axis=0))),
        "range_z1": [float(low[0]), float(high[0])],
        "range_z2": [float(low[1]), float(high[1])],
        "area_shares": area_shares.tolist(),
        "area_evenness": evenness(area_shares),
        "prior_shares": prior_shares.tolist(),
        "prior_evenness": evenness(prior_shares),
        "holes_prior": float(np.mean(distances > hole_distance)),
        "holes_range": float(np.mean(range_distances > hole_distance)),
        "unclear_prior": float(np.mean(votes < label_map.LIKELY)),
        "unclear_range": float(np.mean(range_votes < label_map.LIKELY)),
        "worst_places": drawn[worst].round(4).tolist(),
    }


def protocol() -> dict[str, int]:
    """Return how many places the shares are counted on, and how many are drawn."""
    return {"plane_places": SIDE**2, "plane_draws": DRAWS}


def evenness(shares: np.ndarray) -> float:
    """Return how evenly ten shares (10,), which sum to 1, are spread: their entropy over log 10.

    It is 1 where all are equal and 0 where one has all (Pielou, 1966).
    """
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum() / np.log(10)) + 0.0  # and never -0


def _square() -> np.ndarray:
    """Return the middles (SIDE * SIDE, 2) of equal cells of the unit square."""
    middles = (np.arange(SIDE) + 0.5) / SIDE
    return np.stack(np.meshgrid(middles, middles), axis=-1).reshape(-1, 2)


def _to_prior(square: np.ndarray) -> np.ndarray:
    """Return the places whose coordinates have these cumulative probabilities under the prior."""
    from scipy.special import ndtri  # the normal quantile; SciPy is slow to import

    return ndtri(square)


def _shares(digits: np.ndarray) -> np.ndarray:
    return np.bincount(digits, minlength=10) / len(digits)


def _judge(model, places, images, labels) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what `label_map.judge` says of the pictures at the places (n, 2)."""
    pictures = model.decode(places.astype(np.float32))
    if not np.isfinite(pictures).all():
        raise _not_numbers("a pixel that the model draws")
    return label_map.judge(pictures, images, labels)


def _not_numbers(what: str) -> ModelInvalidError:
    reason = f"{what} is missing or no number"
    message = f"The plane cannot be measured: {reason}. Train the model again."
    return ModelInvalidError(message, reason)
