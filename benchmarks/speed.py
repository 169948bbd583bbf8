"""Measures how fast cmlint is beside ruff (RUF075), pylint (W0135) and flake8-bugbear, in one run, taking turns.

Beside them stands what a Python program takes that only reads the files (`reading.py`).

Wall time, CPU time and peak memory, processes that a tool starts included; medians; ratios to ruff without a cache.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import speed_tables
from options import chosen
from timing import Command, Figures, side_by_side
from trees import CLEAN, GROWTH, SMALL, TREES, WHEEL, Tree, laid_out, multiplied

_PYLINT = "contextmanager-generator-missing-cleanup"
_SLOW = (SMALL, WHEEL, CLEAN)  # pylint takes minutes on the others


def main() -> int:
    """Do what the command line asks for; 0 when it could be measured."""
    options = _parser().parse_args()
    times = 1 if options.quick else options.times
    measured: dict[str, tuple[Tree, list[Figures]]] = {}
    with tempfile.TemporaryDirectory(prefix="cmlint-speed-") as place:
        for name in options.trees:
            tree = laid_out(name, Path(place))
            if tree is None:
                print(f"speed.py: the package index does not give {name}", file=sys.stderr)
                return 2
            figures = side_by_side(_commands(tree, Path(place), others=not options.quick), times)
            if not options.quick and name in _SLOW:
                figures += side_by_side(_slow_commands(tree), 1 if name != SMALL else times)
            measured[name] = (tree, figures)
            sys.stdout.write(speed_tables.text(tree, figures))
            sys.stdout.flush()
        growth = _growth(Path(place), times) if options.growth and not options.quick else []
        sys.stdout.write(speed_tables.growth_text(growth))
    for line in speed_tables.write(measured, growth) if options.write_table else ():
        print(line)
    return 0


def _commands(tree: Tree, place: Path, *, others: bool) -> list[Command]:
    folder = str(tree.folder)
    ours, theirs = place / "cmlint-cache", place / "ruff-cache"
    reading = str(Path(__file__).with_name("reading.py"))
    cmlint = (sys.executable, "-m", "cmlint", "--isolated", "--quiet", "--output-format", "concise")
    ruff = (_program("ruff"), "check", "--isolated", "--preview", "--select", "RUF075", "--quiet")
    commands = [
        Command("cmlint", (*cmlint, "--no-cache", folder)),
        Command("ruff", (*ruff, "--no-cache", folder)),
        Command("cmlint, cached", (*cmlint, "--cache-dir", str(ours), folder)),
        Command("ruff, cached", (*ruff, "--cache-dir", str(theirs), folder)),
        Command("Python reading alone", (sys.executable, "-I", "-S", reading, folder)),
    ]
    shutil.rmtree(ours, ignore_errors=True)
    return commands if others else commands[:3]


def _slow_commands(tree: Tree) -> list[Command]:
    found = []
    if find_spec("pylint"):
        pylint = (sys.executable, "-m", "pylint", "--rcfile", os.devnull, "--disable=all", f"--enable={_PYLINT}")
        found.append(Command("pylint W0135", (*pylint, "--jobs", "0", "--recursive=y", str(tree.folder))))
    if find_spec("bugbear"):
        flake8 = (sys.executable, "-m", "flake8", "--isolated", "--select", "B", str(tree.folder))
        found.append(Command("flake8-bugbear", flake8))
    return found


def _growth(place: Path, times: int) -> list[tuple[Tree, list[Figures]]]:
    """The Airflow wheel taken 1, 2, 4 and 8 times."""
    (place / "growth").mkdir()
    once = laid_out(WHEEL, place / "growth")
    if once is None:
        return []
    found = []
    for factor in GROWTH:
        tree = multiplied(once, factor, place / "growth")
        found.append((tree, side_by_side(_commands(tree, place, others=False)[:2], times)))
    return found


def _program(name: str) -> str:
    """The program beside the running interpreter: a wrapper in Python would cost what it does not measure."""
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else name


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trees", type=chosen(TREES), default=TREES, help=f"comma-separated, of {', '.join(TREES)}")
    parser.add_argument("--times", type=int, default=7, help="runs of each command (default: 7)")
    parser.add_argument("--quick", action="store_true", help="one run each of cmlint and ruff, for development")
    parser.add_argument(
        "--no-growth", dest="growth", action="store_false", help="leave out the tree taken 2, 4, 8 times"
    )
    parser.add_argument("--write-table", action="store_true", help="into docs/performance.md, with the plot")
    return parser


if __name__ == "__main__":
    sys.exit(main())
