"""Checks all files below some paths: finds them, sends them through the funnel, and puts the results in order."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cmlint.config import Finder
from cmlint.discovery import discover
from cmlint.findings import Problem
from cmlint.knowledge.entries import Protocol
from cmlint.results import Result, merged
from cmlint.running.cache import Cache
from cmlint.running.funnel import Funnel, Passed
from cmlint.running.workers import in_turn

_MODULE = re.compile(r"\.pyi?$|/__init__\.pyi?$")


@dataclass(frozen=True, slots=True)
class Run:
    """How to run: jobs: at most so many processes, 0 for as many as pay; cache: the folder of the cache, if any."""

    jobs: int = 1
    cache: str | None = None


def check_paths(
    paths: Sequence[str], settings: Finder, *, force_exclude: bool = False, run: Run | None = None
) -> Result:
    """Check all Python files below `paths`. Raises ConfigError."""
    run = run or Run()
    found = discover(paths, lambda path: settings.for_path(path).excludes(path), force_exclude=force_exclude)
    named = frozenset(path for path in paths if not os.path.isdir(path))
    cache = Cache(run.cache)
    funnel = Funnel(settings, named, cache)
    passed, said = in_turn(funnel, found.files, run.jobs)
    _hand_over(funnel, found.files, passed)
    cache.save()
    problems = Result(problems=found.problems, notes=tuple(Problem("", line) for line in said))
    return merged([problems, *(each.result for each in passed)])


def _hand_over(funnel: Funnel, files: Sequence[str], passed: list[Passed]) -> None:
    """Check those files again whose functions other files hand over: known only when all of them were read."""
    marks: dict[str, Protocol] = {}
    for each in passed:
        for name, protocol in each.marks.items():
            marks.setdefault(name, protocol)
    if not marks:
        return
    for number, path in enumerate(files):
        mine = _marks_for(path, marks)
        if mine:
            passed[number] = Passed(funnel.check(path, mine).result)


def _marks_for(path: str, marks: Mapping[str, Protocol]) -> dict[str, Protocol]:
    """The marks that may be about the file at `path`, as `subjects.handed_to` decides it."""
    module = f".{_MODULE.sub('', path.replace(os.sep, '/')).replace('/', '.')}"
    owners = {name: name.lstrip(".").rpartition(".")[0] for name in marks}
    return {name: marks[name] for name, owner in owners.items() if owner and module.endswith(f".{owner}")}
