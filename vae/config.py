"""What a model is and how it is trained: two frozen dataclasses and the presets made of them."""

from dataclasses import dataclass, fields

from vae.errors import ConfigError


def _check(config: object, name: str, low: float, high: float) -> None:
    """Raise ConfigError unless `low <= config.name <= high`, a whole number where one is due."""
    value = getattr(config, name)
    kind = next(f.type for f in fields(config) if f.name == name)
    whole = kind is int
    number = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
    if not number or not low <= value <= high:
        what = "a whole number" if whole else "a number"
        raise ConfigError(
            f"{name.replace('_', ' ')} must be {what} from {low:g} to {high:g}, got {value!r}."
        )


@dataclass(frozen=True)
class ModelConfig:
    """The two networks: images to q(z|x) on the plane, and the plane back to images."""

    width: int = 512  # units of every hidden layer
    blocks: int = 2  # residual blocks in each network
    frequencies: int = 64  # random Fourier features of z: worth 2 nats at no cost; 0: z alone
    frequency_scale: float = 1.0  # their standard deviation, in radians per unit of z

    def __post_init__(self):
        _check(self, "width", 8, 4096)
        _check(self, "blocks", 0, 8)
        _check(self, "frequencies", 0, 1024)
        _check(self, "frequency_scale", 0.01, 100)


@dataclass(frozen=True)
class TrainConfig:
    """One run over the data: AdamW, its rate falling to zero along a cosine in either part."""

    epochs: int = 9
    # The first epochs, with the encoder network, unfold the map; in the rest the plane itself is
    # searched for each image's posterior (training.survey), which is worth 10 nats.
    amortized_epochs: int = 5
    batch_size: int = 128
    learning_rate: float = 1.5e-3  # at the start of either part
    weight_decay: float = 1e-4
    beta: float = 1.0  # weight of the KL term; 1 is the ELBO, 0 a plain autoencoder
    binarize: bool = True  # the encoder sees freshly drawn black-and-white images: less overfitting
    seed: int = 0
    subset: int = 60_000  # how many of the training images, from the first

    def __post_init__(self):
        _check(self, "epochs", 1, 10_000)
        _check(self, "amortized_epochs", 0, 10_000)
        _check(self, "batch_size", 1, 60_000)
        _check(self, "learning_rate", 1e-7, 1)
        _check(self, "weight_decay", 0, 1)
        _check(self, "beta", 0, 1000)
        _check(self, "seed", 0, 2**31 - 1)
        _check(self, "subset", 1, 60_000)

    @property
    def network_epochs(self) -> int:
        """Epochs with an encoder network: all of an autoencoder's, which has no posterior."""
        return min(self.amortized_epochs, self.epochs) if self.beta else self.epochs


@dataclass(frozen=True)
class Preset:
    """A named recipe; `description` is one sentence for a lay reader."""

    description: str
    model: ModelConfig
    train: TrainConfig


PRESETS = {
    "explorer": Preset(
        "The map for people: every digit has its own country, and the borders are smooth.",
        ModelConfig(),
        TrainConfig(seed=1),  # of three seeds the map with the fewest lands, see docs/model.md
    ),
    "explorer-sharp": Preset(
        "The map for the record: the sharpest digits that two numbers can hold.",
        ModelConfig(width=640, frequencies=128, frequency_scale=2.0),
        TrainConfig(epochs=26, amortized_epochs=2, batch_size=256, learning_rate=2e-3),
    ),
    "explorer-quick": Preset(
        "A map in half a minute, for when somebody is watching: rougher, and each digit in pieces.",
        ModelConfig(width=256, frequency_scale=2.0),
        TrainConfig(3, 0, batch_size=256, learning_rate=2e-3, subset=45_000),
    ),
}


def preset(name: str) -> Preset:
    """The preset of that name. Raises ConfigError that lists the names if there is none."""
    if name not in PRESETS:
        raise ConfigError(f"There is no preset {name!r}. The presets are: {', '.join(PRESETS)}.")
    return PRESETS[name]
