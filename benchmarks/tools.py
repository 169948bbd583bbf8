"""Runs cmlint, ruff and pylint on files, each in processes of its own, and reads what they report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from definitions import Definition, innermost

RAISING = ("CML101", "CML102", "CML103")
PYLINT = "contextmanager-generator-missing-cleanup"
_CRASH = "please report it"  # what cmlint says when it fails on a file
_METHODS = ("__enter__", "__exit__", "__aenter__", "__aexit__")


class ToolError(Exception):
    """A tool did not answer with findings."""


@dataclass(frozen=True)
class Edit:
    """Characters `start` to `end` of a file become `content`."""

    start: int
    end: int
    content: str


@dataclass(frozen=True)
class Report:
    """One finding of a tool. Only cmlint gives the name of the function, the lines and the edits."""

    file: Path
    line: int
    code: str
    message: str
    qualname: str | None = None
    cleanup_lines: tuple[int, ...] = ()
    edits: tuple[Edit, ...] = ()
    applicability: str | None = None  # of the edits
    no_fix_reason: str | None = None

    def is_in(self, definition: Definition) -> bool:
        """Whether it is about `definition`."""
        if self.qualname is None:
            found = innermost(self.file, self.line)
            return found is not None and (found.qualname, found.line) == (definition.qualname, definition.line)
        names = [definition.qualname]
        if definition.is_class:
            names += [f"{definition.qualname}.{method}" for method in _METHODS]
        return self.qualname in names and definition.holds(self.line)


@dataclass(frozen=True)
class Reports:
    """What one tool reports on some files."""

    by_file: dict[Path, list[Report]] = field(default_factory=dict)

    def about(self, file: Path, definition: Definition | None, codes: Sequence[str] = ()) -> tuple[Report, ...]:
        """The reports about one definition of `file`, only those with one of `codes` if any are given."""
        if definition is None:
            return ()
        here = self.by_file.get(file.resolve(), ())
        return tuple(report for report in here if (not codes or report.code in codes) and report.is_in(definition))


def cmlint(files: Iterable[Path], *options: str) -> Reports:
    """What cmlint reports on `files` without any configuration."""
    command = [sys.executable, "-m", "cmlint", "--isolated", "--quiet", "--output-format", "json", *options]
    found = _run(command, files)
    return _grouped(
        Report(
            file=Path(item["path"]),
            line=item["line"],
            code=item["code"],
            message=item["message"],
            qualname=item["qualname"],
            cleanup_lines=tuple(item["cleanup_lines"]),
            edits=tuple(Edit(e["start"], e["end"], e["content"]) for e in (item["fix"] or {"edits": []})["edits"]),
            applicability=item["fix"] and item["fix"]["applicability"],
            no_fix_reason=item["no_fix_reason"],
        )
        for item in found
    )


def ruff(files: Iterable[Path]) -> Reports:
    """What ruff's RUF075 reports on `files`."""
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--preview", "--select", "RUF075", "--no-cache"]
    found = _run([*command, "--output-format", "json"], files)
    return _grouped(
        Report(Path(item["filename"]), item["location"]["row"], item["code"], item["message"])
        for item in found
        if item["code"] == "RUF075"
    )


def pylint(files: Iterable[Path]) -> Reports | None:
    """What pylint's W0135 reports on `files`; None when pylint is not installed."""
    if find_spec("pylint") is None:
        return None
    command = [sys.executable, "-m", "pylint", "--rcfile", os.devnull, "--disable=all", f"--enable={PYLINT}"]
    found = _run([*command, "--output-format=json"], files)
    return _grouped(
        Report(Path(item["path"]), item["line"], item["message-id"], item["message"])
        for item in found
        if item["symbol"] == PYLINT
    )


def _run(command: list[str], files: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """The findings of `command` on `files`, which as many processes share as there are processors."""
    names = [str(file) for file in files]
    workers = os.cpu_count() or 1
    shares = [share for first in range(workers) if (share := names[first::workers])]
    with ThreadPoolExecutor(workers) as pool:
        for found in pool.map(lambda share: _run_once(command, share), shares):
            yield from found


def _run_once(command: list[str], names: list[str]) -> list[dict[str, Any]]:
    done = subprocess.run([*command, *names], capture_output=True, text=True, check=False, encoding="utf-8")
    if _CRASH in done.stderr:
        raise ToolError(f"{command[2]} did not look at every file: {done.stderr[-2000:]}")
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)
    except ValueError as error:
        raise ToolError(f"{command[2]} failed with exit code {done.returncode}: {done.stderr[-2000:]}") from error
    return found


def _grouped(reports: Iterable[Report]) -> Reports:
    by_file: dict[Path, list[Report]] = defaultdict(list)
    for report in reports:
        by_file[report.file.resolve()].append(report)
    return Reports(dict(by_file))
