"""Shows on a terminal how far a long check is: files, findings, rate. Standard output never sees any of it.

It appears after a second, so that short runs stay quiet, and it is wiped out before anything else is printed. In a
pipe and where the environment has `CI` (some services pretend to be a terminal) there is none.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator

from cmlint.results import Result

PATIENCE = 1.0  # seconds that a run lasts before anything is shown


def shown(results: Iterable[Result], total: int, *, quiet: bool) -> Iterator[Result]:
    """The same `results`, of `total` files, with the progress shown meanwhile where there is somebody to see it."""
    return iter(results) if quiet or not _is_watched() else _drawn(results, total)


def _is_watched() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")


def _drawn(results: Iterable[Result], total: int) -> Iterator[Result]:
    began = time.monotonic()
    source = iter(results)
    files = findings = 0
    for result in source:
        files, findings = files + 1, findings + len(result.findings)
        yield result
        if time.monotonic() - began > PATIENCE and files < total:
            yield from _with_bar(source, total, files, findings, began)


def _with_bar(source: Iterator[Result], total: int, files: int, findings: int, began: float) -> Iterator[Result]:
    from rich.console import Console  # few runs are long enough to need it
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (BarColumn(), TextColumn("{task.completed}/{task.total} files, {task.fields[told]}"))
    with Progress(*columns, console=Console(file=sys.stderr), transient=True, refresh_per_second=5) as progress:
        task = progress.add_task("", total=total, completed=files, told="")
        for result in source:
            files, findings = files + 1, findings + len(result.findings)
            rate = files / (time.monotonic() - began)
            told = f"{findings} finding{'' if findings == 1 else 's'}, {rate:.0f} files/s"
            progress.update(task, completed=files, told=told)
            yield result
