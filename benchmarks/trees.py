"""The trees that speed is measured on, laid out in a temporary folder outside any repository.

Files are linked where the file system can, so that a tree taken eight times costs no space; every tool sees the same
Python files and no settings.
"""

from __future__ import annotations

import csv
import os
import shutil
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from packages import unpacked
from rows import DATA

AIRFLOW = ("apache-airflow", "2.6.3")
DJANGO = ("django", "5.2.19")
SMALL, WHEEL, CLEAN, LIBRARY, PACKAGES = "one small file", "Airflow 2.6.3", "Django", "standard library", "39 packages"
TREES = (SMALL, WHEEL, CLEAN, LIBRARY, PACKAGES)
GROWTH = (1, 2, 4, 8)
# Django without the three files in which something is found: what a clean tree costs.
_FOUND = ("django/db/transaction.py", "django/db/backends/base/schema.py", "django/template/context.py")
_SMALL = """import os


def size(path):
    return os.stat(path).st_size
"""


@dataclass(frozen=True)
class Tree:
    """A folder to check, with the number of its Python files and their bytes."""

    name: str
    folder: Path
    files: int
    size: int


def laid_out(name: str, place: Path) -> Tree | None:
    """The tree called `name` below `place`; None when the package index does not give it."""
    folder = place / name.replace(" ", "-")
    if name == SMALL:
        folder.mkdir()
        (folder / "small.py").write_text(_SMALL, encoding="utf-8")
    elif name == LIBRARY:
        _link(Path(sysconfig.get_path("stdlib")), folder)
    else:
        sources = [unpacked(*pinned) for pinned in _pinned(name)]
        if not all(sources):
            return None
        for source in filter(None, sources):
            _link(source, folder / source.name)
    for finding in _FOUND if name == CLEAN else ():
        (folder / "-".join(DJANGO) / finding).unlink()
    return _measured(name, folder)


def multiplied(tree: Tree, times: int, place: Path) -> Tree:
    """`tree` taken `times` times, in folders side by side."""
    folder = place / f"{tree.folder.name}-x{times}"
    for number in range(times):
        _link(tree.folder, folder / f"copy{number}")
    return _measured(f"{tree.name} x {times}", folder)


def _pinned(name: str) -> Iterable[tuple[str, str]]:
    if name == PACKAGES:
        with open(DATA / "managers.tsv", encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            return sorted({(row["package"], row["version"]) for row in rows})
    return [{WHEEL: AIRFLOW, CLEAN: DJANGO}[name]]


def _link(source: Path, target: Path) -> None:
    for file in _python_files(source.resolve()):
        place = target / file.relative_to(source.resolve())
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(file, place)
        except OSError:
            shutil.copyfile(file, place)


def _python_files(folder: Path) -> Iterator[Path]:
    for current, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in ("site-packages", "dist-packages", "__pycache__")]
        yield from (Path(current, name) for name in names if name.endswith(".py"))


def _measured(name: str, folder: Path) -> Tree:
    sizes = [file.stat().st_size for file in _python_files(folder)]
    return Tree(name, folder, len(sizes), sum(sizes))
