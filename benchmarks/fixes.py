"""The command line of the measurement of fixes: chooses the sets, measures, prints, and writes the table if asked to.

How many leaks cmlint's fixes repair, what harm they do, how they compare with what maintainers wrote, and how long they
take. The answer is 1 when there is harm.
"""

from __future__ import annotations

import argparse
import sys

import fix_tables
from fix_printing import text
from fix_results import SETS, measured
from options import chosen
from tools import ToolError


def main() -> int:
    """Do what the command line asks for; 0 when it could be measured and no harm was found."""
    options = _parser().parse_args()
    try:
        results = measured(options.sets)
    except ToolError as error:
        print(f"fixes.py: {error}", file=sys.stderr)
        return 2
    sys.stdout.write(text(results, details=not options.quiet, verbose=options.verbose))
    if options.write_table:
        print(fix_tables.write(results))
    return int(any(mode.harm for one in results.sets for mode in one.modes))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=chosen(SETS), default=SETS, help=f"comma-separated, of {', '.join(SETS)}")
    parser.add_argument("--quiet", action="store_true", help="only figures and reasons, not every manager")
    parser.add_argument("--verbose", action="store_true", help="also every stripped manager without its tree")
    parser.add_argument("--write-table", action="store_true", help="into docs/certificate.md")
    return parser


if __name__ == "__main__":
    sys.exit(main())
