"""What a model is and how it is trained: two frozen dataclasses and the presets made of them."""

from dataclasses import dataclass, fields, replace

from vae.errors import ConfigError

FAMILIES = ("residual", "dense", "conv")
LOSSES = ("bce", "mse")
OPTIMIZERS = ("adamw", "adam", "rmsprop")
BOUNDS = {  # lowest and highest, both allowed
    "width": (8, 4096),
    "blocks": (0, 8),
    "frequencies": (0, 1024),
    "frequency_scale": (0.01, 100),
    "bottleneck": (0, 4096),
    "dropout": (0, 0.9),
    "epochs": (1, 10_000),
    "amortized_epochs": (0, 10_000),
    "batch_size": (1, 60_000),
    "learning_rate": (1e-7, 1),
    "decay": (0.01, 1),
    "weight_decay": (0, 1),
    "beta": (0, 1000),
    "reconstruction_weight": (0.001, 100_000),
    "seed": (0, 2**31 - 1),
    "subset": (1, 60_000),
}


def _check(config: object) -> None:
    """Raise ConfigError where a number is out of its BOUNDS or no number, or no whole one."""
    for field in fields(config):
        if field.name not in BOUNDS:
            continue
        low, high = BOUNDS[field.name]
        value = getattr(config, field.name)
        whole = field.type is int
        number = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        if not number or not low <= value <= high:
            what = "a whole number" if whole else "a number"
            words = field.name.replace("_", " ")
            raise ConfigError(f"{words} must be {what} from {low:g} to {high:g}, got {value!r}.")


def _check_choice(config: object, name: str, choices: tuple[str, ...]) -> None:
    if getattr(config, name) not in choices:
        given = getattr(config, name)
        raise ConfigError(f"{name} must be one of {', '.join(choices)}, got {given!r}.")


@dataclass(frozen=True)
class ModelConfig:
    """The two networks: images to q(z|x) on the plane, and the plane back to images."""

    family: str = "residual"  # the project's own; "dense" and "conv" are the tutorials'
    # residual
    width: int = 512  # units of every hidden layer
    blocks: int = 2  # residual blocks in each network
    frequencies: int = 64  # random Fourier features of z: worth 2 nats at no cost; 0: z alone
    frequency_scale: float = 1.0  # their standard deviation, in radians per unit of z
    # dense and conv: units, or filters, of the hidden layers, from either network's input on
    encoder: tuple[int, ...] = ()
    decoder: tuple[int, ...] = ()
    # conv
    strides: tuple[int, ...] = ()  # of the encoder's layers; the decoder undoes them in reverse
    bottleneck: int = 0  # units of a dense layer between them and the plane; 0: none
    leaky: bool = False  # LeakyReLU in place of ReLU
    batch_norm: bool = False
    dropout: float = 0.0  # share of each hidden layer's values left out, 0 for none

    def __post_init__(self):
        _check(self)
        _check_choice(self, "family", FAMILIES)
        for name in ("encoder", "decoder", "strides"):
            object.__setattr__(self, name, tuple(getattr(self, name)))  # a card holds lists
            if not all(type(size) is int and 1 <= size <= 4096 for size in getattr(self, name)):
                raise ConfigError(f"{name} must be whole numbers from 1 to 4096.")
        if self.family == "conv" and len(self.strides) != len(self.encoder):
            raise ConfigError("Every layer of the encoder needs its stride.")
        if self.family != "conv" and (self.batch_norm or self.dropout):
            raise ConfigError("Batch normalisation and dropout are for convolutional recipes only.")


@dataclass(frozen=True)
class TrainConfig:
    """One run over the data."""

    epochs: int = 9
    # The first epochs, with the encoder network, unfold the map; in the rest the plane itself is
    # searched for each image's posterior (training.survey), which is worth 10 nats.
    amortized_epochs: int = 5
    batch_size: int = 128
    learning_rate: float = 1.5e-3  # at the start of either part
    optimizer: str = "adamw"  # with a cosine to zero in either part and averaged weights
    decay: float = 1.0  # of adam's and rmsprop's learning rate: what is left of it each epoch
    weight_decay: float = 1e-4  # adamw's
    loss: str = "bce"  # summed over the pixels, in nats; "mse": squared error, averaged over them
    reconstruction_weight: float = 1.0
    beta: float = 1.0  # weight of the KL term; 1 is the ELBO, 0 a plain autoencoder
    binarize: bool = True  # the encoder sees freshly drawn black-and-white images: less overfitting
    seed: int = 0
    subset: int = 60_000  # how many of the training images, from the first

    def __post_init__(self):
        _check(self)
        _check_choice(self, "optimizer", OPTIMIZERS)
        _check_choice(self, "loss", LOSSES)

    @property
    def network_epochs(self) -> int:
        """Epochs with an encoder network: all of an autoencoder's, which has no posterior."""
        return min(self.amortized_epochs, self.epochs) if self.beta else self.epochs


@dataclass(frozen=True)
class Preset:
    """A named recipe; `title`, a few words, and `description`, a sentence, are for a lay reader."""

    title: str
    description: str
    model: ModelConfig
    train: TrainConfig


SWITCHES = ("batch_norm", "dropout")  # what of a ModelConfig can be changed of a preset
NETWORK_ONLY = 10_000  # amortized_epochs of a run that never surveys the plane
_DENSE = ModelConfig("dense", encoder=(256,), decoder=(256,))
_CONV = ModelConfig(
    "conv", encoder=(32, 64, 64, 64), strides=(1, 2, 2, 1), decoder=(64, 64, 32), leaky=True
)
_TUTORIAL = TrainConfig(
    10, NETWORK_ONLY, learning_rate=1e-3, optimizer="adam", weight_decay=0.0, binarize=False
)
_CONV_RUN = replace(
    _TUTORIAL, epochs=200, batch_size=32, learning_rate=5e-4, decay=0.99, loss="mse", subset=2000
)

PRESETS = {
    "explorer": Preset(
        "the map for people",
        "The map for people: every digit has its own country, and the borders are smooth.",
        ModelConfig(),
        TrainConfig(seed=1),  # of three seeds the map with the fewest lands, see docs/model.md
    ),
    "explorer-sharp": Preset(
        "the sharpest drawings",
        "The map for the record: the sharpest digits that two numbers can hold.",
        ModelConfig(width=640, frequencies=128, frequency_scale=2.0),
        TrainConfig(epochs=26, amortized_epochs=2, batch_size=256, learning_rate=2e-3),
    ),
    "explorer-quick": Preset(
        "made in a minute",
        "A map in less than a minute, for when somebody is watching: rougher, and each digit in "
        "pieces.",
        ModelConfig(width=256, frequency_scale=2.0),
        TrainConfig(3, 0, batch_size=256, learning_rate=2e-3, subset=40_000),
    ),
    "explorer-ae": Preset(
        "a copier, with holes",
        "A plain autoencoder: it copies well, but nothing keeps its map tidy, so holes lie between "
        "the digits.",
        ModelConfig(),
        TrainConfig(10, NETWORK_ONLY, beta=0.0, binarize=False),
    ),
    "dense-mse": Preset(
        "a famous mistake",
        "A famous mistake, kept to be seen: its error is averaged over the pixels, so tidiness "
        "wins, every digit lands on one spot and is drawn as the same blur.",
        ModelConfig("dense", encoder=(256, 128), decoder=(128, 256)),
        replace(_TUTORIAL, loss="mse"),
    ),
    "dense-mini": Preset(
        "the smallest of all",
        "The smallest network there is, to see how little will do: a slip, its KL averaged, halves "
        "the wish for a tidy map, and one of the map's two directions may die.",
        ModelConfig("dense", encoder=(2,), decoder=()),
        replace(_TUTORIAL, epochs=30, batch_size=32, beta=0.5),
    ),
    "dense-rmsprop": Preset(
        "the classic first one",
        "One hidden layer, learning by RMSprop: the classic of first tutorials, which shows how "
        "little it takes to get a map.",
        _DENSE,
        replace(_TUTORIAL, epochs=30, optimizer="rmsprop"),
    ),
    "dense-bce": Preset(
        "the classic, retold",
        "The network of dense-rmsprop, learning in smaller steps by another method, named Adam: "
        "another road to much the same map.",
        _DENSE,
        replace(_TUTORIAL, batch_size=32),
    ),
    "conv-ae": Preset(
        "learnt by heart",
        "An autoencoder that looks at patches of the picture, taught by 2,000 digits alone: a map "
        "with holes, learnt by heart.",
        _CONV,
        replace(_CONV_RUN, beta=0.0),
    ),
    "conv-vae": Preset(
        "few digits, but tidy",
        "It looks at patches of the picture and learns from 2,000 digits alone, as conv-ae does, "
        "but with the wish for a tidy map: the holes close.",
        _CONV,
        replace(_CONV_RUN, reconstruction_weight=1000.0),
    ),
    "keras-example": Preset(
        "the yardstick",
        "The example of the Keras documentation, as published: the yardstick that shows what the "
        "others win.",
        ModelConfig("conv", encoder=(32, 64), strides=(2, 2), bottleneck=16, decoder=(64, 32)),
        replace(_TUTORIAL, epochs=30),
    ),
}


def preset(name: str) -> Preset:
    """The preset of that name. Raises ConfigError that lists the names if there is none."""
    if name not in PRESETS:
        raise ConfigError(f"There is no preset {name!r}. The presets are: {', '.join(PRESETS)}.")
    return PRESETS[name]


def changed(
    model: ModelConfig, train: TrainConfig, settings: dict[str, float]
) -> tuple[ModelConfig, TrainConfig]:
    """Both with other settings: SWITCHES of the model's, any of the training's.

    Raises:
        ConfigError: one is out of its BOUNDS, or not for this family.
    """
    own = {key: value for key, value in settings.items() if key in SWITCHES}
    others = {key: value for key, value in settings.items() if key not in SWITCHES}
    return replace(model, **own), replace(train, **others)


def preset_of(model: ModelConfig, train: TrainConfig) -> str:
    """The preset that a run with these settings is of: the same networks, loss and optimiser."""

    def kind(model: ModelConfig, train: TrainConfig) -> tuple:
        plain = replace(model, batch_norm=False, dropout=0.0)
        return plain, train.loss, train.optimizer, train.beta > 0

    alike = (name for name, p in PRESETS.items() if kind(p.model, p.train) == kind(model, train))
    return next(alike, next(iter(PRESETS)))


def label(name: str) -> str:
    """A model's name for a lay reader, with the title of the preset so called."""
    return f"{name}: {PRESETS[name].title}" if name in PRESETS else name
