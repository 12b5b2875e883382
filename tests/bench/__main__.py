"""`python -m tests.bench [PART ...]`: the machine, then one table row per figure.

It measures and judges nothing: whatever it finds, the exit code is 0; a missed bound is marked.
What the trainings say while they run goes to stderr.
"""

import argparse
from collections.abc import Iterable
from importlib import import_module

from . import figure, machine

PARTS = ("hover", "pin", "upload", "start", "memory", "reading", "studio", "faults")
PARTS += ("loop", "race")
GROUPS = {"page": PARTS[:7], "training": PARTS[7:]}


def main() -> None:
    """Measure the parts that were asked for, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    choices = (*GROUPS, *PARTS)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"{', '.join(choices)}; all if none is named"
    )
    asked = parser.parse_args().parts
    for name in asked:
        if name not in choices:
            parser.error(f"there is no part {name!r}; the parts are {', '.join(choices)}")
    print(machine.describe(), flush=True)
    print(f"\n{figure.header()}", flush=True)
    for part in _parts(asked):
        _report(part)


def _parts(asked: Iterable[str]) -> list[str]:
    wanted = {part for name in asked or GROUPS for part in GROUPS.get(name, (name,))}
    return [part for part in PARTS if part in wanted]


def _report(part: str) -> None:
    """Print a part's rows as they come; one that fails leaves the others their turn."""
    try:
        for found in import_module(f".{part}", __package__).measure():
            print(found.row(), flush=True)
    except Exception as error:
        print(figure.failure(part, error), flush=True)


if __name__ == "__main__":
    main()
