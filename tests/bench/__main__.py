"""Measure each NAME, or all, and print a table for each; nothing is judged.

With --write the tables go into docs/benchmarks.md; those of other measurements stay in it.
"""

import argparse
import sys
import traceback

from tests.bench import page, reading, training
from tests.bench.report import COLUMNS, machine, table, write

MEASUREMENTS = {
    "hover": ("Hovering and dragging", page.hover),
    "pin": ("A pin", page.pin),
    "upload": ("A digit uploaded", page.upload),
    "start": ("Start and reload", page.start),
    "memory": ("Memory", page.memory),
    "reading": ("Reading a visitor's digit", reading.measure),
    "studio": ("Training in the page", training.studio),
    "faults": ("Trainings killed", training.faults),
    "loop": ("The training loop", training.loop),
    "race": ("Training to one validation ELBO", training.race),
}


def main() -> None:
    """Measure what was named, print it and, if asked, write it down."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    # Not `choices`: argparse would hold the empty list against them.
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(MEASUREMENTS)}")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(MEASUREMENTS):
        parser.error(f"unknown: {', '.join(unknown)}; the names are {', '.join(MEASUREMENTS)}")
    print("\n".join(machine()), flush=True)
    for name in arguments.names or MEASUREMENTS:
        title, measure = MEASUREMENTS[name]
        rows = []
        try:
            for figure in measure():
                rows.append(figure.cells())
                print(" | ".join(rows[-1]), file=sys.stderr, flush=True)
        except Exception as error:  # the others are measured all the same
            traceback.print_exc()
            rows.append([name, "not measured", type(error).__name__, "", ""])
        print(f"\n## {title}\n\n{table(COLUMNS, rows)}", flush=True)
        if arguments.write:
            write(name, title, rows)


if __name__ == "__main__":
    main()
