"""Calibrate a model: what a reading's facts are worth on it, measured on held-out digits.

`python -m vae.runs.calibrate` writes `inference/shapes.npz` and the calibration of every model.
"""

from collections.abc import Callable

import numpy as np
from scipy import ndimage

from vae import data
from vae.data import Digits
from vae.inference import calibration, posterior, shapes
from vae.inference.calibration import Facts
from vae.inference.posterior import DecodedGrid
from vae.inference.runtime import LatentModel
from vae.store.card import Calibration
from vae.store.folder import list_models, update_card

HELD_OUT = 10_000  # MNIST's last training digits: the shapes' density is fitted without them
DIGITS = 2500  # of them, and as many distorted ones, on which a model is calibrated
TURNED = 5  # every fifth is also turned, for the margins of other ways up
SPACING = 0.05  # of the grid for log p(x), in units of z
TEMPERATURES = (1.0, 2.0, 4.0, 8.0)
PENALTY = 1.0  # of the regression's squared weights
# Shares of held-out digits for which a warning is a false alarm. The model has seen them: of new
# ones half as many again are odd to it.
NO_DIGIT_ALARMS, TURN_ALARMS, TILT_ALARMS = 0.011, 0.008, 0.008
BATCH = 500  # images at a time: bounds the memory
CAUTION = 0.9  # times the weights: a photograph can go wrong in more ways than `distort` knows
SEED = 0


def calibrate(
    model: LatentModel,
    latents: np.ndarray,
    labels: np.ndarray,
    train: Digits,
    count: int = DIGITS,
    spacing: float = SPACING,
) -> Calibration:
    """Return a model's calibration, from digits that the codes on its map are none of.

    It takes seconds, or minutes where the decoder is convolutional.

    Args:
        model: The model.
        latents: The codes on its map, (n, 2).
        labels: Their digits, (n,).
        train: The training set; its last `count` digits are used, as they are and distorted as a
            camera and its preparation would.
        count: At most HELD_OUT.
        spacing: Of the grid for log p(x), in units of z.
    """
    clean = data.unit(train.images[-count:])
    truth = np.tile(train.labels[-count:], 2)
    images = np.concatenate([clean, distort(clean, np.random.default_rng(SEED))])
    grid = posterior.decode_plane(model)
    place_votes = calibration.label_places(grid.places, latents, labels)
    log_p, peaks = posterior.integrate(model, images, spacing=spacing)
    similarity = posterior.bray_curtis_similarity(images, model.decode(peaks))
    energies = _in_batches(shapes.load_density().energies, images)
    temperature, votes = _choose_votes(grid, place_votes, images, truth)
    facts = Facts(votes, energies, log_p, similarity)
    oddities = calibration.oddities(facts)[: len(clean)]
    usual, unusual = np.quantile(oddities, (0.5, 0.98), axis=0)
    spread = np.maximum(unusual - usual, 1e-3)
    strange = calibration.strangeness(facts, usual, spread)
    weights = CAUTION * _fit_weights(calibration.evidence(facts), truth)
    gains = [calibration.compare_ways_up(grid, image) for image in clean[::TURNED]]
    turns, tilts = (np.array([gain.max() for gain in kind]) for kind in zip(*gains, strict=True))
    return Calibration(
        temperature=temperature,
        weights=weights.round(4).tolist(),
        usual=usual.round(4).tolist(),
        spread=spread.round(4).tolist(),
        strangest=_threshold(strange[: len(clean)], NO_DIGIT_ALARMS),
        turn_margin=_threshold(turns, TURN_ALARMS),
        tilt_margin=_threshold(tilts, TILT_ALARMS),
    )


def distort(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return images (n, 28, 28) in [0, 1] much as a photograph and its preparation leave them.

    Each is turned by up to 8 degrees, its strokes are made sharper or softer and thinner or
    thicker, and of one in eight a piece is missing.
    """
    return np.stack([_distort(image, rng) for image in images])


def _distort(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    turned = calibration.tilt(image, rng.uniform(-8, 8))
    soft = ndimage.gaussian_filter(turned, rng.uniform(0.3, 0.7))
    soft = np.clip((soft - rng.uniform(0.25, 0.55)) * rng.uniform(1.5, 4) + 0.5, 0, 1)
    if rng.random() < 1 / 8 and soft.max() > 0:
        ink = np.argwhere(soft > 0.5) if soft.max() > 0.5 else np.argwhere(soft > 0)
        row, column = ink[rng.integers(len(ink))]
        rows, columns = np.indices(image.shape)
        soft = soft * (np.hypot(rows - row, columns - column) > rng.uniform(2, 6))
    return soft


def _in_batches(call: Callable[[np.ndarray], np.ndarray], images: np.ndarray) -> np.ndarray:
    return np.concatenate([call(images[i : i + BATCH]) for i in range(0, len(images), BATCH)])


def _choose_votes(grid: DecodedGrid, place_votes, images, truth) -> tuple[float, np.ndarray]:
    """Return the temperature at which the votes say best what `truth` is, and the votes."""

    def count(batch: np.ndarray) -> np.ndarray:
        log_joint = grid.log_joint(batch)
        votes = [calibration.count_votes(log_joint, place_votes, t) for t in TEMPERATURES]
        return np.stack(votes, axis=1)  # (batch, temperatures, 10)

    votes = _in_batches(count, images)
    shares = votes[np.arange(len(truth)), :, truth]  # (n, temperatures)
    best = int(np.log(shares + calibration.LEAST_VOTE).mean(axis=0).argmax())
    return TEMPERATURES[best], votes[:, best]


def _fit_weights(evidence: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the weights (k,) of a multinomial logistic regression, penalised a little.

    Args:
        evidence: (n, 10, k), for each digit.
        truth: The digits 0 to 9, (n,).
    """
    from scipy.optimize import minimize

    rows = np.arange(len(truth))

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        logits = evidence @ weights
        logits -= logits.max(axis=1, keepdims=True)
        log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        value = PENALTY * weights @ weights / 2 - log_p[rows, truth].sum()
        expected = (np.exp(log_p)[:, :, None] * evidence).sum(axis=1)
        return value, PENALTY * weights + (expected - evidence[rows, truth]).sum(axis=0)

    start = np.zeros(evidence.shape[2])
    return minimize(loss, start, jac=True, method="L-BFGS-B").x


def _threshold(values: np.ndarray, share: float) -> float:
    """Return what only that share of the values exceeds."""
    return round(float(np.quantile(values, 1 - share)), 4)


def main() -> None:
    """Write the shapes' density, and the calibration of every model."""
    train = data.train_set()
    images, labels = data.unit(train.images[:-HELD_OUT]), train.labels[:-HELD_OUT]
    shapes.write_density(shapes.fit_density(images, labels))
    for folder in list_models()[0]:
        model = LatentModel(folder.path, folder)
        latents = model.latents
        found = calibrate(model, latents["mean"], latents["label"], train)
        update_card(folder, calibration=found)
        print(folder.name, found, flush=True)


if __name__ == "__main__":
    main()
