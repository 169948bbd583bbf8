"""Checks all files below some paths: finds them, sends them through the funnel, and puts the results in order."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cmlint.config_lookup import Finder
from cmlint.discovery import Found, discover
from cmlint.results import Result, merged
from cmlint.running.cache import Cache
from cmlint.running.funnel import Funnel, Marks, Passed
from cmlint.running.progress import shown
from cmlint.running.syntax import asking
from cmlint.running.workers import in_turn

if TYPE_CHECKING:
    from cmlint.knowledge.entries import Protocol

_MODULE = re.compile(r"\.pyi?$|/__init__\.pyi?$")


@dataclass(frozen=True, slots=True)
class Run:
    """How to run.

    jobs: at most so many processes, 0 for as many as pay; cache: the folder of the cache, if any; quiet: no progress is
    shown.
    """

    jobs: int = 1
    cache: str | None = None
    quiet: bool = True


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of some files, each result in the place of its file, and which functions they hand over."""

    results: tuple[Result, ...]
    marks: Marks


def check_paths(
    paths: Sequence[str], settings: Finder, *, force_exclude: bool = False, run: Run | None = None
) -> Result:
    """Check all Python files below `paths`. Raises ConfigError."""
    found = find_files(paths, settings, force_exclude=force_exclude)
    checked = check_files(found.files, settings, run or Run(), named=found.named)
    return merged([Result(problems=found.problems), *checked.results])


def find_files(paths: Sequence[str], settings: Finder, *, force_exclude: bool = False) -> Found:
    """The Python files below `paths` that the settings do not exclude. Raises ConfigError."""
    return discover(paths, _excludes(settings), force_exclude=force_exclude)


def _excludes(settings: Finder) -> Callable[[str], bool]:
    return lambda path: settings.for_file(path).excludes(path)


def check_files(
    files: Sequence[str], settings: Finder, run: Run, marks: Marks | None = None, *, named: Collection[str] = ()
) -> Checked:
    """Check `files`, of which some were `named` themselves; `marks` are what further files hand over.

    Raises ConfigError.
    """
    cache = Cache(run.cache)
    funnel = Funnel(settings, cache, asking(files, named))
    passed = list(shown(in_turn(funnel, files, run.jobs), len(files), quiet=run.quiet))
    together: dict[str, Protocol] = dict(marks or {})
    for each in passed:
        for name, protocol in each.marks.items():
            together.setdefault(name, protocol)
    _hand_over(funnel, files, passed, together)
    cache.save()
    return Checked(tuple(each.result for each in passed), together)


def _hand_over(funnel: Funnel, files: Sequence[str], passed: list[Passed], marks: Marks) -> None:
    """Check those files again whose functions other files hand over: known only when all of them were read."""
    if not marks:
        return
    owners = {name: name.lstrip(".").rpartition(".")[0] for name in marks}
    for number, path in enumerate(files):
        mine = _marks_for(path, marks, owners)
        if mine:
            passed[number] = Passed(funnel.check(path, mine).result)


def _marks_for(path: str, marks: Marks, owners: Mapping[str, str]) -> dict[str, Protocol]:
    """The marks that may be about the file at `path`, as `subjects.handed_to` decides it; `owners`: their modules."""
    module = f".{_MODULE.sub('', path.replace(os.sep, '/')).replace('/', '.')}"
    return {name: marks[name] for name, owner in owners.items() if owner and module.endswith(f".{owner}")}
