"""Shows on a terminal how far a long check is: files, findings, rate. Standard output never sees any of it.

It appears after a second, so that short runs stay quiet, and it is wiped out before anything else is printed. In a
pipe and where the environment has `CI` (some services pretend to be a terminal) there is none.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

from cmlint.results import Result

PATIENCE = 1.0  # seconds that a run lasts before anything is shown


class Checked(Protocol):
    """What came of one file."""

    @property
    def result(self) -> Result:
        """Its result."""


_Item = TypeVar("_Item", bound=Checked)


def shown(items: Iterable[_Item], total: int, *, quiet: bool) -> Iterator[_Item]:
    """The same `items`, of `total` files, with the progress shown meanwhile where there is somebody to see it."""
    return iter(items) if quiet or not _is_watched() else _drawn(items, total)


def _is_watched() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")


def _drawn(items: Iterable[_Item], total: int) -> Iterator[_Item]:
    began = time.monotonic()
    source = iter(items)
    files = findings = 0
    for item in source:
        files, findings = files + 1, findings + len(item.result.findings)
        yield item
        if time.monotonic() - began > PATIENCE and files < total:
            yield from _with_bar(source, total, files, findings, began)


def _with_bar(source: Iterator[_Item], total: int, files: int, findings: int, began: float) -> Iterator[_Item]:
    from rich.console import Console  # few runs are long enough to need it
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (BarColumn(), TextColumn("{task.completed}/{task.total} files, {task.fields[told]}"))
    with Progress(*columns, console=Console(file=sys.stderr), transient=True, refresh_per_second=5) as progress:
        task = progress.add_task("", total=total, completed=files, told="")
        for item in source:
            files, findings = files + 1, findings + len(item.result.findings)
            rate = files / (time.monotonic() - began)
            told = f"{findings} finding{'' if findings == 1 else 's'}, {rate:.0f} files/s"
            progress.update(task, completed=files, told=told)
            yield item
