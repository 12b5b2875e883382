"""Measure each NAME, or all, and print a table for each; nothing is judged.

With --write the tables go into docs/benchmarks.md, and those of `reading` into docs/reading.md;
those of other measurements stay.
"""

import argparse
import sys
import traceback

from tests.bench import page, reading, training
from tests.bench.report import COLUMNS, machine, table, write

FUNCTIONS = (page.hover, page.pin, page.upload, page.start, page.memory)
FUNCTIONS += (training.studio, training.faults, training.race)
MEASUREMENTS = {function.__name__: function for function in FUNCTIONS}
NAMES = [*MEASUREMENTS, "reading"]


def main() -> None:
    """Measure what was named, print it and, if asked, write it down."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--write", action="store_true", help="write the pages in docs")
    parser.add_argument("--count", type=int, default=200, help="pictures a kind, for reading")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(NAMES):
        parser.error(f"unknown: {', '.join(unknown)}; the names are {', '.join(NAMES)}")
    print("\n".join(machine()), flush=True)
    for name in arguments.names or NAMES:
        if name == "reading":
            _read(arguments.count, arguments.write)
            continue
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


def _read(count: int, is_written: bool) -> None:
    """Print the parts of docs/reading.md as they are measured and, if asked, write it."""
    parts = []
    for part in reading.reading(count):
        parts.append(part)
        print(f"{part}\n", flush=True)
    if is_written:
        reading.PAGE.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
