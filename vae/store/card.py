"""A model's card: the content of `card.json`, checked against the folder that it lies in."""

import math
from pathlib import Path
from typing import Annotated, Literal, Required, TypedDict

from msgspec import Meta, Struct

from vae.config import ModelConfig, TrainConfig
from vae.errors import ConfigError, ModelInvalidError
from vae.store import atomic
from vae.store.run_state import check_history

SCHEMA = 2
CARD = "card.json"
REQUIRED = ("encoder.tflite", "decoder.tflite", "model.weights.h5", "latents.npz")
OPTIONAL = ("label_map.npz",)  # a model that was published earlier lacks it
Percentiles = Annotated[list[float], Meta(min_length=101, max_length=101)]  # 0 to 100, rising
Three = Annotated[list[float], Meta(min_length=3, max_length=3)]
Two = Annotated[list[float], Meta(min_length=2, max_length=2)]
Ten = Annotated[list[float], Meta(min_length=10, max_length=10)]
Positive = Annotated[float, Meta(gt=0)]


class ReferencePercentiles(Struct, frozen=True, forbid_unknown_fields=True):
    """What is usual for real digits, to compare a new one with."""

    log_likelihood: Percentiles  # log p(x) of grey pixels, in nats
    similarity: Percentiles  # of a digit and its redraw, in [0, 1]

    def __post_init__(self):
        for name in ("log_likelihood", "similarity"):
            figures = getattr(self, name)
            if figures != sorted(figures):
                raise ValueError(f"the percentiles of {name} must rise")


class Calibration(Struct, frozen=True, forbid_unknown_fields=True):
    """What the facts of an image are worth on this model: see inference/calibration.py."""

    temperature: Annotated[float, Meta(gt=0)]  # of the posterior, when the plane votes
    weights: Three  # see `digit_probabilities`
    usual: Three  # medians of `oddities`
    spread: Annotated[list[Positive], Meta(min_length=3, max_length=3)]  # to their 98th percentile
    strangest: float  # strangeness beyond which an image is no digit
    turn_margin: float  # nats by which another quarter turn must be more plausible
    tilt_margin: float  # nats by which a tilt must be more plausible


# Of a card written before there was one: the votes as they are, and no warnings.
UNCALIBRATED = Calibration(1, [0, 1, 0], [0] * 3, [1] * 3, math.inf, math.inf, math.inf)


class Metrics(TypedDict, total=False):
    """Figures of `metrics.summary`, and of `metrics.evaluate` once that has run."""

    elbo: Required[float]  # of grey pixels, as the next two; nats per image
    reconstruction: float
    kl: float
    active_dimensions: float  # share, in [0, 1]
    elbo_binarized: float  # nats per image
    log_likelihood_importance: float  # not where the decoder is convolutional
    log_likelihood: float
    log_likelihood_train: float  # of the training set's first 10,000
    accuracy: float  # of digits, in [0, 1]
    main_land: float  # share of codes in their digit's largest land, in [0, 1]
    lands: int  # of more than 20 codes, all digits together
    beyond_3: float  # share of codes farther than 3 from the origin, in [0, 1]
    unevenness: float  # from the prior, in [0, 0.99]; see map_metrics
    centre_distance: float  # of the codes' mean from the origin; here and below, plane_metrics
    range_z1: Two  # 0.5th and 99.5th percentiles of the codes, in units of z
    range_z2: Two
    area_shares: Ten  # of the range's area that decode to each digit; sum 1
    area_evenness: float  # their entropy over log 10, in [0, 1]
    prior_shares: Ten  # of the prior's probability that decode to each digit; sum 1
    prior_evenness: float
    holes_prior: float  # share of draws whose picture is like no real digit, in [0, 1]
    holes_range: float  # the same of places all over the codes' range
    unclear_prior: float  # share of draws whose picture is between digits, in [0, 1]
    unclear_range: float
    worst_places: Annotated[list[Two], Meta(max_length=10)]  # of the draws, worst first
    encode_ms: float
    decode_ms: float
    protocol: dict[str, int | float]


class Card(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The content of `card.json`."""

    schema: Literal[2]  # SCHEMA
    name: str
    description: str  # a sentence for a lay reader
    preset: str
    finished: bool  # all epochs were trained
    model: ModelConfig
    train: TrainConfig
    seed: int
    versions: dict[str, str]  # of Python and the libraries
    history: dict[str, list[float]]  # nats per image, and seconds: one figure an epoch
    atlas_spacing: Annotated[float, Meta(ge=0.01, le=1)]  # in units of z
    metrics: Metrics
    reference_percentiles: ReferencePercentiles
    files: dict[str, str]  # SHA-256 of every other file in the folder
    calibration: Calibration | None = None  # not on a card of an earlier version

    def __post_init__(self):
        check_history(self.history)


def read_card(path: Path) -> Card:
    """Read the card of the model folder `path` and compare every file with its hash.

    Raises:
        ModelInvalidError: The card is missing or does not match `Card`, or a file is missing or
            altered.
    """
    try:
        card = atomic.parse_json((path / CARD).read_bytes(), Card)
    except FileNotFoundError:
        raise invalid_model(path, f"{CARD} is missing") from None
    except (OSError, ValueError, ConfigError) as error:
        raise invalid_model(path, f"{CARD} is unreadable ({str(error).rstrip('.')})") from None
    for name in dict.fromkeys((*REQUIRED, *card.files)):
        _check_file(path, name, card.files.get(name))
    return card


def _check_file(path: Path, name: str, sha256: str | None) -> None:
    if Path(name).name != name:
        raise invalid_model(path, f"{CARD} names a file outside the folder: {name}")
    if sha256 is None or not (path / name).is_file():
        raise invalid_model(path, f"{name} is missing")
    try:
        altered = atomic.sha256(path / name) != sha256
    except OSError as error:
        raise invalid_model(path, f"{name} is unreadable ({error.strerror})") from None
    if altered:
        raise invalid_model(path, f"{name} was altered: its SHA-256 differs from the card's")


def invalid_model(path: Path, reason: str) -> ModelInvalidError:
    """Return the error to raise for the model folder `path`."""
    message = f"Model {path.name!r} is left out: {reason}. Restore the folder, or train it again."
    return ModelInvalidError(message, reason)
