"""The command line of the measurement: chooses the sets, measures, prints, and writes the tables if asked to.

cmlint, ruff RUF075 and pylint W0135 run side by side on the labelled functions. LEAK rows should be flagged, QUIET
rows should not; DEBATABLE rows count neither way.
"""

from __future__ import annotations

import argparse
import sys

import tables
from options import chosen, names
from printing import text
from results import measured
from rows import SETS
from tools import ToolError


def main() -> int:
    """Do what the command line asks for; 0 when it could be measured."""
    options = _parser().parse_args()
    try:
        results = measured(options.sets, options.without)
    except ToolError as error:
        print(f"accuracy.py: {error}", file=sys.stderr)
        return 2
    sys.stdout.write(text(results, details=not options.quiet, verbose=options.verbose))
    for line in tables.write(results) if options.write_table else ():
        print(line)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=chosen(SETS), default=SETS, help=f"comma-separated, of {', '.join(SETS)}")
    parser.add_argument("--without", type=names, default=(), help="other tools to leave out: ruff, pylint")
    parser.add_argument("--quiet", action="store_true", help="only the figures, not every miss and false alarm")
    parser.add_argument("--verbose", action="store_true", help="also stripped managers that are not found, to read")
    parser.add_argument("--write-table", action="store_true", help="into README.md and docs/accuracy.md")
    return parser


if __name__ == "__main__":
    sys.exit(main())
