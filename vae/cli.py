"""The command line: `python -m vae list | data | train | evaluate | compare`."""

import argparse
import json
import math
import os
import sys
from collections.abc import Callable
from dataclasses import asdict

from vae import config, data
from vae.errors import ConfigError, LatentExplorerError
from vae.runs import run
from vae.store import folder

OPTIONS = {  # of `train`: fields of the two configurations, and their help
    "epochs": "passes over the training images",
    "batch_size": "images per step",
    "learning_rate": "initial learning rate",
    "beta": "weight of the KL term; 1 is the ELBO, 0 a plain autoencoder",
    "reconstruction_weight": "weight of the reconstruction term",
    "seed": "random seed",
    "subset": "use only the first N training images",
    "dropout": "share of each convolution's values left out at random",
}
FIGURES = {  # of `evaluate`: the words and the unit
    "elbo": ("ELBO, grey pixels", "nats"),
    "reconstruction": ("reconstruction, grey pixels", "nats"),
    "kl": ("KL", "nats"),
    "elbo_binarized": ("ELBO, binarised", "nats"),
    "log_likelihood_importance": ("log-likelihood, importance-weighted", "nats"),
    "log_likelihood": ("log-likelihood, exact", "nats"),
    "log_likelihood_train": ("log-likelihood, exact, training images", "nats"),
    "active_dimensions": ("share of active dimensions", ""),
    "accuracy": ("digit accuracy, 15 nearest training codes", ""),
    "main_land": ("share in their digit's largest land", ""),
    "lands": ("lands of more than 20 digits, all together", ""),
    "beyond_3": ("share farther than 3 from the origin", ""),
    "unevenness": ("unevenness; 0.04 is the prior's own", ""),
    "centre_distance": ("distance of the codes' mean from the origin", "units of z"),
    "range_z1": ("codes' range of z1, 0.5th to 99.5th percentile", "units of z"),
    "range_z2": ("codes' range of z2, 0.5th to 99.5th percentile", "units of z"),
    "area_shares": ("shares of the range's area, digits 0 to 9", ""),
    "area_evenness": ("evenness of the shares of the area", ""),
    "prior_shares": ("shares of the prior, digits 0 to 9", ""),
    "prior_evenness": ("evenness of the shares of the prior", ""),
    "holes_prior": ("share of draws that are like no real digit", ""),
    "holes_range": ("share of the range that is like no real digit", ""),
    "unclear_prior": ("share of draws that are between digits", ""),
    "unclear_range": ("share of the range that is between digits", ""),
    "worst_places": ("draws farthest from a real digit, worst first", "units of z"),
    "encode_ms": ("encoding one image", "ms"),
    "decode_ms": ("decoding one place", "ms"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0, 2 for a mistake, 130 for an interruption."""
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
        sys.stdout.flush()
    except LatentExplorerError as error:
        print(str(error), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        hint = " `--resume` continues the run." if options.command is train else ""
        print(f"Interrupted.{hint}", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        # Python flushes once more at exit: into nothing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return 0


def list_models(options: argparse.Namespace) -> None:
    """Print every valid model, best first; the invalid ones, with their reasons, to stderr."""
    valid, invalid = folder.list_models()
    for model in valid:
        card = model.card
        print(f"{model.name:20} ELBO {card.metrics['elbo']:8.2f} nats  {card.description}")
    for reason in invalid.values():
        print(reason, file=sys.stderr)
    if not valid:
        print("No models yet: `python -m vae train explorer` makes one.")


def fetch_data(options: argparse.Namespace) -> None:
    """Find or download MNIST, check it, and print where it is."""
    path = data.fetch()
    train_digits, test_digits = len(data.train_set()), len(data.test_set())
    print(f"{path} is valid: {train_digits} training and {test_digits} test digits.")


def train(options: argparse.Namespace) -> None:
    """Train a preset, or resume a run, and write a model folder."""
    name = folder.check_name(options.preset if options.name is None else options.name)
    values = {key: getattr(options, key) for key in (*OPTIONS, "batch_norm")}
    if options.target_elbo is not None and not math.isfinite(options.target_elbo):
        raise ConfigError(f"The target ELBO must be a number, got {options.target_elbo}.")
    run.run_training(
        options.preset,
        name,
        {key: value for key, value in values.items() if value is not None},
        resume=options.resume,
        target_elbo=options.target_elbo,
        all_devices=options.all_devices,
    )


def evaluate(options: argparse.Namespace) -> None:
    """Print every figure of a model, or of all, measured now."""
    if options.all == (options.name is not None):
        raise ConfigError("Name one model, or give --all.")
    if options.all:
        models, invalid = folder.list_models()
    else:
        models, invalid = [folder.read_model(options.name)], {}
    for reason in invalid.values():
        print(reason, file=sys.stderr)
    test, digits = data.test_set(), data.train_set()

    from vae.runs.evaluate import evaluate_model  # SciPy and LiteRT: not needed to list models

    results = {model.name: evaluate_model(model, digits, test) for model in models}
    if options.json:
        print(json.dumps(results if options.all else results[options.name], indent=1))
        return
    for name, figures in results.items():
        if options.all:
            print(f"{name}:")
        for key, (words, unit) in FIGURES.items():
            if key in figures:
                print(f"{words:48}{_format(figures[key]):>10} {unit}")
        print("protocol: " + ", ".join(f"{k} {v:g}" for k, v in figures["protocol"].items()))


def compare(options: argparse.Namespace) -> None:
    """Print the figures of two models' cards, and what each does better."""
    from vae.inference import comparison  # not needed by the other commands

    names = (options.first, options.second)
    metrics = [dict(folder.read_model(name).card.metrics) for name in names]
    differences = comparison.compare(*metrics)
    collapses = [comparison.describe_collapse(figures) for figures in metrics]
    if options.json:
        content = {
            "models": names,
            "metrics": metrics,
            "collapse": collapses,
            "differences": [asdict(difference) for difference in differences],
        }
        print(json.dumps(content, indent=1))
        return
    _print_beside(names, metrics)
    for name, collapse, side in zip(names, collapses, ("first", "second"), strict=True):
        sentences = [d.words for d in differences if d.better == side]
        print(f"\nWhat {name} does better:")
        print("\n".join(f"  {words}" for words in sentences or ["Nothing beyond chance."]))
        if collapse:
            print(f"  But: {collapse}")


def _print_beside(names: tuple[str, str], metrics: list[dict]) -> None:
    """Print the figures of two models beside each other, and lists below each other."""
    width = max(12, *(len(name) + 2 for name in names))
    print(f"{'':48}" + "".join(f"{name:>{width}}" for name in names))
    for key, (words, unit) in FIGURES.items():
        cells = [_format(figures[key]) if key in figures else "-" for figures in metrics]
        if set(cells) == {"-"}:
            continue
        if any(isinstance(figures.get(key), list) for figures in metrics):
            print(f"{words:48}  {unit}".rstrip())
            print("\n".join(f"  {name:{width}}{c}" for name, c in zip(names, cells, strict=True)))
        else:
            print(
                f"{words:48}" + "".join(f"{cell:>{width}}" for cell in cells) + f" {unit}".rstrip()
            )


def _format(figure: float | list) -> str:
    if isinstance(figure, list):
        return " ".join(f"({_format(x)})" if isinstance(x, list) else _format(x) for x in figure)
    return f"{figure:.3f}" if isinstance(figure, float) else str(figure)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str):
        self.exit(2, f"{message[:1].upper()}{message[1:]}. See `{self.prog} --help`.\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m vae", description="Train, evaluate, compare and list models.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    _add_command(commands, "list", list_models)
    _add_command(commands, "data", fetch_data)

    command = _add_command(commands, "train", train)
    command.add_argument("preset", metavar="PRESET", help=", ".join(config.PRESETS))
    command.add_argument("--name", help="of the model folder; the preset's name otherwise")
    for key, words in OPTIONS.items():
        flag = "--" + key.replace("_", "-")
        command.add_argument(flag, type=config.field_type(key), metavar="X", help=words)
    command.add_argument(
        "--batch-norm",
        action=argparse.BooleanOptionalAction,
        help="normalise each convolution's values",
    )
    command.add_argument("--resume", action="store_true", help="continue a stopped run")
    command.add_argument(
        "--target-elbo", type=float, metavar="X", help="stop when the validation ELBO reaches it"
    )
    command.add_argument(
        "--all-devices", action="store_true", help="share the work among all GPUs or logical CPUs"
    )

    command = _add_command(commands, "evaluate", evaluate)
    command.add_argument("name", metavar="NAME", nargs="?", help="one of `python -m vae list`")
    command.add_argument("--all", action="store_true", help="every model")
    command.add_argument("--json", action="store_true", help="for another program to read")

    command = _add_command(commands, "compare", compare)
    command.add_argument("first", metavar="A", help="one of `python -m vae list`")
    command.add_argument("second", metavar="B", help="another")
    command.add_argument("--json", action="store_true", help="for another program to read")
    return parser


def _add_command(commands, name: str, function: Callable) -> argparse.ArgumentParser:
    words = (function.__doc__ or name).splitlines()[0]
    command = commands.add_parser(name, help=words, description=words)
    command.set_defaults(command=function)
    return command
