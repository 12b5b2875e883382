"""Measure each NAME, or all, and print a table for each; nothing is judged.

With --write the tables go into docs/benchmarks.md; those of other measurements stay in it.
"""

import argparse
import sys
import traceback

from tests.bench import page, reading, training
from tests.bench.report import COLUMNS, machine, table, write

FUNCTIONS = (page.hover, page.pin, page.upload, page.start, page.memory, reading.reading)
FUNCTIONS += (training.studio, training.faults, training.race)
MEASUREMENTS = {function.__name__: function for function in FUNCTIONS}


def main() -> None:
    """Measure what was named, print it and, if asked, write it down."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(MEASUREMENTS)}")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(MEASUREMENTS):
        parser.error(f"unknown: {', '.join(unknown)}; the names are {', '.join(MEASUREMENTS)}")
    print("\n".join(machine()), flush=True)
    for name in arguments.names or MEASUREMENTS:
        rows = []
        try:
            for figure in MEASUREMENTS[name]():
                rows.append(figure.cells())
                print(" | ".join(rows[-1]), file=sys.stderr, flush=True)
        except Exception as error:  # the others are measured all the same
            traceback.print_exc()
            rows.append([name, "not measured", type(error).__name__, "", ""])
        print(f"\n{table(COLUMNS, rows)}\n", flush=True)
        if arguments.write:
            write(name, MEASUREMENTS[name].__doc__, rows)


if __name__ == "__main__":
    main()
