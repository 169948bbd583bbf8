"""The command line that runs the test suites of released packages before and after cmlint's safe fixes.

The same tests must pass. The answer is 1 when they do not, or when nothing was repaired.
"""

from __future__ import annotations

import argparse
import sys

from options import chosen
from suite_runs import Suite, SuiteError, Tested, tested

# It asserts how many seconds it takes, and on a busy machine the first of two runs takes more.
_TIMED_OF_LUIGI = "test_tasks_parallel"
_SLOW_OF_LUIGI = ("contrib", "visualiser", "mypy_test.py", "server_test.py", "rpc_test.py", "worker*", "lock_test.py")
SUITES = (
    Suite("alembic", "1.20.1", "alembic", ("tests",), needs=("pytest>8,<9", "pytest-xdist", "black==25.9.0", "tzdata")),
    # What talks to services stays out, and so do workers and servers, which take minutes.
    Suite(
        name="luigi",
        version="3.8.1",
        package="luigi",
        tests=("test", *(f"--ignore-glob=test/{name}" for name in _SLOW_OF_LUIGI), "-k", f"not {_TIMED_OF_LUIGI}"),
        needs=("pytest", "mock", "psutil", "sqlalchemy<2"),
    ),
    Suite("nibabel", "5.0.0", "nibabel", ("nibabel",), needs=("pytest", "numpy<2", "setuptools<81")),
    Suite(
        "pyinfra",
        "3.10.0",
        "pyinfra",
        ("tests", "--ignore=tests/end-to-end"),
        needs=("pytest<9", "pyinfra-testing", "pyyaml"),
        root="src",
    ),
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
