"""The command line: `python -m vae list | data | train | evaluate`."""

import argparse
import json
import math
import sys
from collections.abc import Callable
from dataclasses import fields

from vae import config, data
from vae.errors import ConfigError, LatentExplorerError
from vae.runs import run as teach
from vae.store import folder as store

OPTIONS = {  # of `train`: what the two configurations call them, and what they mean
    "epochs": "passes over the training images",
    "batch_size": "images a step",
    "learning_rate": "at the start",
    "beta": "weight of the KL term; 1 is the ELBO, 0 a plain autoencoder",
    "reconstruction_weight": "weight of the reconstruction term",
    "seed": "of everything random",
    "subset": "how many training images, from the first",
    "dropout": "share of each convolution's values left out at random",
}
FIGURES = {  # of `evaluate`: the words and the unit
    "elbo": ("ELBO, grey pixels", "nats"),
    "reconstruction": ("reconstruction, grey pixels", "nats"),
    "kl": ("KL", "nats"),
    "elbo_binarized": ("ELBO, binarised", "nats"),
    "log_likelihood_importance": ("log-likelihood, importance-weighted", "nats"),
    "log_likelihood": ("log-likelihood, exact", "nats"),
    "active_dimensions": ("share of active dimensions", ""),
    "accuracy": ("digit accuracy, 15 nearest training codes", ""),
    "cohesion": ("lands a digit has on the map", ""),
    "encode_ms": ("encoding one image", "ms"),
    "decode_ms": ("decoding one place", "ms"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code: 0, 2 for a mistake, 130 for an interruption."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except LatentExplorerError as error:
        print(str(error), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted. A training run goes on with --resume.", file=sys.stderr)
        return 130
    return 0


def list_models(options: argparse.Namespace) -> None:
    """Print every sound model, best first; the broken ones, with their reasons, to stderr."""
    sound, broken = store.survey()
    for folder in sound:
        elbo = folder.card["metrics"]["elbo"]
        print(f"{folder.name:20} ELBO {elbo:8.2f} nats  {folder.card['description']}")
    for reason in broken.values():
        print(reason, file=sys.stderr)
    if not sound:
        print("No models yet: `python -m vae train explorer` makes one.")


def fetch_data(options: argparse.Namespace) -> None:
    """Find or download MNIST, check it, and say where it lies."""
    path = data.fetch()
    train_digits, test_digits = len(data.train_set()), len(data.test_set())
    print(f"{path} is sound: {train_digits} training and {test_digits} test digits.")


def train(options: argparse.Namespace) -> None:
    """Train a preset, or go on with a run; leaves a model folder."""
    name = store.check_name(options.name or options.preset)
    keys = (*OPTIONS, "batch_norm")
    given = {key: getattr(options, key) for key in keys if getattr(options, key) is not None}
    if options.target_elbo is not None and not math.isfinite(options.target_elbo):
        raise ConfigError(f"The target ELBO must be a number, got {options.target_elbo}.")
    teach.teach(
        options.preset,
        name,
        given,
        resume=options.resume,
        target_elbo=options.target_elbo,
        all_devices=options.all_devices,
    )


def evaluate(options: argparse.Namespace) -> None:
    """Print every figure of a model, or of all, measured now."""
    if options.all == bool(options.name):
        raise ConfigError("Name one model, or give --all.")
    folders, broken = store.survey() if options.all else ([store.read(options.name)], {})
    for reason in broken.values():
        print(reason, file=sys.stderr)
    test, digits = data.test_set(), data.train_set()

    from vae.runs import evaluate as measure  # SciPy and LiteRT: not needed to list models

    found = {folder.name: measure.figures(folder, digits, test) for folder in folders}
    if options.json:
        print(json.dumps(found if options.all else found[options.name], indent=1))
        return
    for name, figures in found.items():
        if options.all:
            print(f"{name}:")
        for key, (words, unit) in FIGURES.items():
            if key in figures:
                print(f"{words:44}{figures[key]:10.3f} {unit}")
        print("protocol: " + ", ".join(f"{k} {v:g}" for k, v in figures["protocol"].items()))


class _Parser(argparse.ArgumentParser):
    def error(self, message: str):
        self.exit(2, f"{message[:1].upper()}{message[1:]}. See `{self.prog} --help`.\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m vae", description="Train, measure and list latent planes.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    _command(commands, "list", list_models)
    _command(commands, "data", fetch_data)

    command = _command(commands, "train", train)
    command.add_argument("preset", metavar="PRESET", help=", ".join(config.PRESETS))
    command.add_argument("--name", help="of the model folder; the preset's name otherwise")
    both = (*fields(config.TrainConfig), *fields(config.ModelConfig))
    types = {field.name: field.type for field in both}
    for key, words in OPTIONS.items():
        flag = "--" + key.replace("_", "-")
        command.add_argument(flag, type=types[key], metavar="X", help=words)
    command.add_argument(
        "--batch-norm",
        action=argparse.BooleanOptionalAction,
        help="normalise each convolution's values",
    )
    command.add_argument("--resume", action="store_true", help="go on with a stopped run")
    command.add_argument(
        "--target-elbo", type=float, metavar="X", help="stop when the validation ELBO reaches it"
    )
    command.add_argument(
        "--all-devices", action="store_true", help="share the work among all GPUs or logical CPUs"
    )

    command = _command(commands, "evaluate", evaluate)
    command.add_argument("name", metavar="NAME", nargs="?", help="one of `python -m vae list`")
    command.add_argument("--all", action="store_true", help="every model there is")
    command.add_argument("--json", action="store_true", help="for another program to read")
    return parser


def _command(commands, name: str, run: Callable) -> argparse.ArgumentParser:
    words = run.__doc__.splitlines()[0]
    command = commands.add_parser(name, help=words, description=words)
    command.set_defaults(run=run)
    return command
