"""The command line that runs the test suites of released packages before and after cmlint's safe fixes.

The same tests must pass. The answer is 1 when they do not, or when nothing was repaired.
"""

from __future__ import annotations

import argparse
import sys

from options import chosen
from suite_runs import Suite, SuiteError, Tested, tested

SUITES = (
    Suite("alembic", "1.20.1", "alembic", ("tests",), needs=("pytest>8,<9", "pytest-xdist", "black==25.9.0", "tzdata")),
    Suite("luigi", "3.8.1", "luigi", ("test/task_test.py", "test/parameter_test.py")),
    Suite("nibabel", "5.0.0", "nibabel", ("nibabel",), needs=("pytest", "numpy<2", "setuptools<81")),
    Suite("pyinfra", "3.10.0", "pyinfra", ("tests",), needs=("pytest<9", "pyinfra-testing", "pyyaml"), root="src"),
)
_NAMES = tuple(suite.name for suite in SUITES)


def main() -> int:
    """Do what the command line asks for; 0 when the same tests pass everywhere."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", type=chosen(_NAMES), default=_NAMES, help=f"comma-separated, of {', '.join(_NAMES)}")
    options = parser.parse_args()
    return max([_run(suite) for suite in SUITES if suite.name in options.only])


def _run(suite: Suite) -> int:
    """Run one suite and print what came of it; 0 when all is well."""
    print(f"{suite.name} {suite.version}: ", end="", flush=True)
    try:
        found = tested(suite)
    except SuiteError as error:
        print(f"could not be run: {error}")
        return 2
    return _print(found)


def _print(found: Tested) -> int:
    print(f"{len(found.before)} tests pass before, {len(found.after)} after, {len(found.repaired)} managers repaired")
    for what, tests in (("no longer", found.before - found.after), ("only now", found.after - found.before)):
        for test in sorted(tests):
            print(f"  passes {what}: {test}")
    for manager in found.repaired:
        print(f"  repaired: {manager}")
    return int(found.before != found.after or not found.repaired)


if __name__ == "__main__":
    sys.exit(main())
