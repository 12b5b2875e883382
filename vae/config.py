"""Configuration: two frozen dataclasses, and the presets made of them."""

from dataclasses import dataclass, fields, replace
from typing import Annotated, Any, Literal, get_args, get_type_hints

import msgspec
from msgspec import Meta

from vae.errors import ConfigError

LayerSizes = tuple[Annotated[int, Meta(ge=1, le=4096)], ...]


def _validate(config: "ModelConfig | TrainConfig") -> None:
    """Check every field against its annotation. Raises ConfigError."""
    for field in fields(config):
        value = getattr(config, field.name)
        try:
            checked = msgspec.convert(value, _HINTS[field.name])
        except msgspec.ValidationError:
            words = f"{field.name.replace('_', ' ')} must be {_allowed(field.name)}"
            raise ConfigError(f"{words}, got {value!r}.") from None
        if isinstance(checked, tuple):  # JSON holds lists
            object.__setattr__(config, field.name, checked)


def _allowed(name: str) -> str:
    """Say in words which values the field called `name` takes."""
    hint = _HINTS[name]
    if hint is bool:
        return "true or false"
    if hint == LayerSizes:
        return "whole numbers from 1 to 4096"
    if not hasattr(hint, "__metadata__"):
        return f"one of {', '.join(get_args(hint))}"
    low, high = bounds(name)
    return f"a {'whole ' if field_type(name) is int else ''}number from {low:g} to {high:g}"


@dataclass(frozen=True)
class ModelConfig:
    """The two networks: the encoder, images to q(z|x), and the decoder, z to images."""

    # "residual" is this project's own; "dense" and "conv" are those of tutorials
    family: Literal["residual", "dense", "conv"] = "residual"
    width: Annotated[int, Meta(ge=8, le=4096)] = 512  # residual: units of every hidden layer
    blocks: Annotated[int, Meta(ge=0, le=8)] = 2  # residual blocks in each network
    # random Fourier features of z: worth 2 nats at no cost; 0: z alone
    frequencies: Annotated[int, Meta(ge=0, le=1024)] = 64
    # their standard deviation, in radians per unit of z
    frequency_scale: Annotated[float, Meta(ge=0.01, le=100)] = 1.0
    # The plane ends so far from the origin; places beyond decode as its rim. 0: it does not end.
    rim: Annotated[float, Meta(ge=0, le=10)] = 0.0
    # dense and conv: units, or filters, of the hidden layers, in order from each network's input
    encoder: LayerSizes = ()
    decoder: LayerSizes = ()
    # conv
    strides: LayerSizes = ()  # of the encoder's layers; the decoder undoes them in reverse
    bottleneck: Annotated[int, Meta(ge=0, le=4096)] = 0  # dense units before the plane; 0: none
    leaky: bool = False  # LeakyReLU in place of ReLU
    batch_norm: bool = False
    dropout: Annotated[float, Meta(ge=0, le=0.9)] = 0.0  # share of hidden values left out

    def __post_init__(self):
        _validate(self)
        if self.family == "conv" and len(self.strides) != len(self.encoder):
            raise ConfigError(f"strides must be one a layer, got {self.strides!r}.")
        if self.family != "conv" and (self.batch_norm or self.dropout):
            raise ConfigError("Batch normalisation and dropout are for convolutional presets only.")


@dataclass(frozen=True)
class TrainConfig:
    """One training run."""

    epochs: Annotated[int, Meta(ge=1, le=10_000)] = 9
    # In the first epochs the encoder network unfolds the map; in the rest a grid search finds each
    # image's posterior (training.grid_encoder), which is worth 10 nats.
    amortized_epochs: Annotated[int, Meta(ge=0, le=10_000)] = 5
    batch_size: Annotated[int, Meta(ge=1, le=60_000)] = 128
    learning_rate: Annotated[float, Meta(ge=1e-7, le=1)] = 1.5e-3  # at the start of either part
    # "adamw" comes with a cosine decay to zero in either part, and with averaged weights
    optimizer: Literal["adamw", "adam", "rmsprop"] = "adamw"
    decay: Annotated[float, Meta(ge=0.01, le=1)] = 1.0  # of adam's and rmsprop's rate, an epoch
    weight_decay: Annotated[float, Meta(ge=0, le=1)] = 1e-4  # adamw's
    # "bce" is summed over the pixels, in nats; "mse" is the squared error, averaged over them
    loss: Literal["bce", "mse"] = "bce"
    reconstruction_weight: Annotated[float, Meta(ge=0.001, le=100_000)] = 1.0
    beta: Annotated[float, Meta(ge=0, le=1000)] = 1.0  # of the KL; 0: a plain autoencoder
    binarize: bool = True  # the encoder sees freshly sampled binary images: less overfitting
    seed: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0
    subset: Annotated[int, Meta(ge=1, le=60_000)] = 60_000  # training images, from the first
    # "gradient" learns from images; "em" refines places of neighbours (training.em)
    method: Literal["gradient", "em"] = "gradient"

    def __post_init__(self):
        _validate(self)

    @property
    def network_epochs(self) -> int:
        """Epochs with an encoder network: all of an autoencoder's, which has no posterior."""
        if self.is_em:
            return 0
        return min(self.amortized_epochs, self.epochs) if self.beta else self.epochs

    @property
    def is_em(self) -> bool:
        """Whether the method is "em", which an autoencoder cannot follow."""
        return self.method == "em" and self.beta > 0


_HINTS = get_type_hints(ModelConfig, include_extras=True)
_HINTS |= get_type_hints(TrainConfig, include_extras=True)


def field_type(name: str) -> type:
    """Return the type of a number in either configuration: int or float."""
    return get_args(_HINTS[name])[0]


def bounds(name: str) -> tuple[float, float]:
    """Return the lowest and the highest value of a number in either configuration, both allowed."""
    kind, meta = get_args(_HINTS[name])
    return kind(meta.ge), kind(meta.le)


@dataclass(frozen=True)
class Preset:
    """A named pair of configurations, with a title and one sentence for a lay reader."""

    title: str
    description: str
    model: ModelConfig
    train: TrainConfig


MODEL_OVERRIDES = ("batch_norm", "dropout")  # ModelConfig fields that a user may override
NETWORK_ONLY = 10_000  # amortized_epochs of a run that keeps its encoder network
_DENSE = ModelConfig("dense", encoder=(256,), decoder=(256,))
_CONV = ModelConfig(
    "conv", encoder=(32, 64, 64, 64), strides=(1, 2, 2, 1), decoder=(64, 64, 32), leaky=True
)
_EM = TrainConfig(
    13, batch_size=512, learning_rate=2e-3, weight_decay=0.02, binarize=False, method="em"
)
_TUTORIAL = TrainConfig(
    10, NETWORK_ONLY, learning_rate=1e-3, optimizer="adam", weight_decay=0.0, binarize=False
)
_CONV_RUN = replace(
    _TUTORIAL, epochs=200, batch_size=32, learning_rate=5e-4, decay=0.99, loss="mse", subset=2000
)

PRESETS = {
    "explorer": Preset(
        "Standard map",
        "The map to begin with: sharp pictures, and neighbours on the map look alike.",
        ModelConfig(blocks=1, frequencies=128, frequency_scale=3.0, rim=2.9),
        _EM,
    ),
    "explorer-sharp": Preset(
        "Sharp map",
        "Sharper pictures, but each digit is split into many areas, some far from the centre.",
        ModelConfig(width=640, frequencies=128, frequency_scale=2.0),
        TrainConfig(epochs=26, amortized_epochs=2, batch_size=256, learning_rate=2e-3),
    ),
    "explorer-quick": Preset(
        "Quick map",
        "Trains in a minute, from a quarter of the digits. Its pictures are a little rougher.",
        ModelConfig(width=256, blocks=1, frequency_scale=2.5, rim=2.9),
        replace(_EM, epochs=5, batch_size=256, learning_rate=3e-3, subset=15_000),
    ),
    "explorer-ae": Preset(
        "Plain autoencoder",
        "It copies digits well, but nothing keeps its map tidy: between the digits lie gaps.",
        ModelConfig(),
        TrainConfig(10, NETWORK_ONLY, beta=0.0, binarize=False),
    ),
    "dense-mse": Preset(
        "A well-known mistake",
        "A mistake, kept as an example: the error is averaged over the pixels, so every digit "
        "lands on one spot and comes out as the same blur.",
        ModelConfig("dense", encoder=(256, 128), decoder=(128, 256)),
        replace(_TUTORIAL, loss="mse"),
    ),
    "dense-mini": Preset(
        "The smallest network",
        "It shows how little is enough. A mistake in its loss, an averaged KL term, can make "
        "the map collapse to a line.",
        ModelConfig("dense", encoder=(2,), decoder=()),
        replace(_TUTORIAL, epochs=30, batch_size=32, beta=0.5),
    ),
    "dense-rmsprop": Preset(
        "Simple network, RMSprop",
        "One hidden layer, trained with RMSprop: the network of many first tutorials.",
        _DENSE,
        replace(_TUTORIAL, epochs=30, optimizer="rmsprop"),
    ),
    "dense-bce": Preset(
        "Simple network, Adam",
        "The same network as dense-rmsprop, trained with Adam in smaller steps. It gets to "
        "nearly the same map.",
        _DENSE,
        replace(_TUTORIAL, batch_size=32),
    ),
    "conv-ae": Preset(
        "Overfitted autoencoder",
        "A convolutional autoencoder trained on only 2,000 digits. It memorises them, and its "
        "map has gaps.",
        _CONV,
        replace(_CONV_RUN, beta=0.0),
    ),
    "conv-vae": Preset(
        "VAE trained on few digits",
        "Convolutional, trained on only 2,000 digits like conv-ae, but also asked to keep its "
        "map tidy: the gaps close.",
        _CONV,
        replace(_CONV_RUN, reconstruction_weight=1000.0),
    ),
    "keras-example": Preset(
        "Keras example",
        "The example from the Keras documentation, for comparison.",
        ModelConfig("conv", encoder=(32, 64), strides=(2, 2), bottleneck=16, decoder=(64, 32)),
        replace(_TUTORIAL, epochs=30),
    ),
}


def get_preset(name: str) -> Preset:
    """Return the preset called `name`. Raises ConfigError."""
    if name not in PRESETS:
        raise ConfigError(f"There is no preset {name!r}. The presets are: {', '.join(PRESETS)}.")
    return PRESETS[name]


def override(
    model: ModelConfig, train: TrainConfig, settings: dict[str, Any]
) -> tuple[ModelConfig, TrainConfig]:
    """Return both configurations with other values for any TrainConfig or MODEL_OVERRIDES fields.

    Raises:
        ConfigError: a value is out of bounds, or is not for this family of networks.
    """
    ours = {key: value for key, value in settings.items() if key in MODEL_OVERRIDES}
    others = {key: value for key, value in settings.items() if key not in MODEL_OVERRIDES}
    return replace(model, **ours), replace(train, **others)


def label(name: str) -> str:
    """Return a model's name as a lay reader sees it, after its preset's title if it has one."""
    return f"{PRESETS[name].title} ({name})" if name in PRESETS else name
