"""The files under watch, each with its latest result: what has to be checked again when some of them change."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from cmlint.adoption.baseline import Baseline, Looked
from cmlint.adoption.novelty import known_by, read_baselines, reported
from cmlint.checker import Marks, check_file, marks_of
from cmlint.command_line.options import Options
from cmlint.config import Config
from cmlint.discovery import SKIPPED_FOLDERS, is_python
from cmlint.knowledge.entries import Protocol
from cmlint.problems import Problem
from cmlint.results import Result, merged
from cmlint.running.paths import Run, check_files, find_files

_SETTINGS = ("pyproject.toml", ".gitignore")


@dataclass(frozen=True)
class _Listing:
    """The files there are, each with its settings, what is wrong with the paths, and the baselines they name."""

    configs: Mapping[str, Config]
    named: frozenset[str]
    problems: tuple[Problem, ...]
    baselines: Mapping[str, Baseline]

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(self.configs)


class Watched:
    """The state of a watch. Raises ConfigError and SourceError where settings or a baseline can't be used."""

    def __init__(self, options: Options) -> None:
        self._load(options)

    def _load(self, options: Options) -> None:
        """Check everything; when that fails, all is as it was."""
        listing = _listed(options)
        marks = {path: marks_of([path]) for path in listing.files}
        run = Run(options.jobs, options.cache_dir, options.quiet)
        checked = check_files(listing.files, options.settings, run, _together(marks), named=listing.named)
        self.options = options
        self._listing = listing
        self._results = dict(zip(listing.files, checked.results, strict=True))
        self._marks = marks
        self._by_real = _by_real(listing.files)
        self._roots = [os.path.realpath(root) for root in options.paths]
        self._above = self._state_above()

    def new(self) -> Result:
        """What a check would report now."""
        whole = merged([Result(problems=self._listing.problems), *self._results.values()])
        configs, told = self._listing.configs, reported(self.options.settings)
        failed = {problem.path for problem in whole.problems}
        looked = Looked(configs.keys() - failed, [path for path in self.options.paths if os.path.isdir(path)])
        known = known_by(self._listing.baselines.values(), whole.findings, looked, configs, told)
        return known.new_of(whole)

    def misses(self, changed: Iterable[str]) -> bool:
        """Whether one of the files at these real paths is under watch and not there at the moment."""
        return any(path in self._by_real and not os.path.lexists(path) for path in changed)

    def concerns(self, changed: Collection[str]) -> bool:
        """Whether a check could come out otherwise when these real paths changed, or what is not in the folders."""
        files = any(path in self._by_real or self._is_listed_anew(path) for path in changed)
        return files or bool(self._that_looked_into(changed)) or self._are_settings(changed)

    def update(self, changed: Collection[str], reread: Callable[[], Options]) -> str:
        """Check again what has to be, and say in words what that was; nothing when it was nothing."""
        if self._are_settings(changed):
            self._above = self._state_above()  # also where the new settings can't be used: that is said once
            self._load(reread())
            return "new settings"
        touched = {self._by_real[path] for path in changed if path in self._by_real}
        if self.misses(changed) or any(self._is_listed_anew(path) for path in changed):
            touched |= self._list()
        again = sorted((touched | self._that_looked_into(changed)) & self._results.keys())
        before = _together(self._marks)
        self._marks.update((path, marks_of([path])) for path in again)
        marks = _together(self._marks)
        for path in again if marks == before else self._results:
            self._check(path, marks)
        return next(iter(touched)) if len(touched) == 1 else f"{len(touched)} files" if touched else ""

    def _that_looked_into(self, changed: Collection[str]) -> set[str]:
        """The files whose check looked into one of those at these real paths, or for one."""
        return {
            path
            for path, result in self._results.items()
            if any(os.path.realpath(other) in changed for other in result.consulted)
        }

    def _is_listed_anew(self, path: str) -> bool:
        """Whether there may be other files than before: a new one, or a folder that came, went or was renamed.

        Of a folder the system may tell nothing of the files in it.
        """
        if self._is_skipped(path):
            return False
        if is_python(path):
            return path not in self._by_real
        return os.path.isdir(path) or any(real.startswith(path + os.sep) for real in self._by_real)

    def _is_skipped(self, path: str) -> bool:
        """Whether it is in a folder that is never gone through, as that of cmlint's own cache."""
        inner = next((path.removeprefix(root) for root in self._roots if path.startswith(root)), path)
        return not SKIPPED_FOLDERS.isdisjoint(inner.split(os.sep))

    def _list(self) -> set[str]:
        """List the files anew, and return those that came or went."""
        listing = _listed(self.options)
        differing = set(listing.files) ^ self._results.keys()
        self._listing = listing
        self._results = {path: self._results.get(path, Result()) for path in listing.files}
        self._marks = {path: self._marks.get(path, {}) for path in listing.files}
        self._by_real = _by_real(listing.files)
        return differing

    def _check(self, path: str, marks: Marks) -> None:
        """Check one file; one that can't be checked, as it happens while it is edited, keeps its findings."""
        result = check_file(path, self._listing.configs[path], marks)
        last = self._results[path]
        self._results[path] = replace(last, problems=result.problems) if result.problems else result

    def _are_settings(self, changed: Iterable[str]) -> bool:
        named = (path for path in changed if os.path.basename(path) in _SETTINGS and not self._is_skipped(path))
        return any(named) or self._above != self._state_above()

    def _state_above(self) -> list[tuple[str, int, int]]:
        """Of the settings that may be outside of the folders: path, time of the last change, size."""
        places = {os.path.abspath(path) for path in self.options.paths}
        folders = {parent for place in places for parent in _upwards(place)}
        files = {os.path.join(folder, "pyproject.toml") for folder in folders} | set(self._listing.baselines)
        if self.options.config_file is not None:
            files.add(self.options.config_file)
        return [_state(file) for file in sorted(files)]


def _listed(options: Options) -> _Listing:
    found = find_files(options.paths, options.settings, force_exclude=options.force_exclude)
    configs = {path: options.settings.for_path(path) for path in found.files}
    return _Listing(configs, found.named, found.problems, read_baselines(configs.values()))


def _together(marks: Mapping[str, Marks]) -> Marks:
    together: dict[str, Protocol] = {}
    for of_file in marks.values():
        together = {**of_file, **together} if of_file else together
    return together


def _by_real(files: Iterable[str]) -> dict[str, str]:
    """The files as they were given, by the paths at which the system tells of a change."""
    folders: dict[str, str] = {}
    named: dict[str, str] = {}
    for path in files:
        folder, name = os.path.split(path)
        if folder not in folders:
            folders[folder] = os.path.realpath(folder)
        named[os.path.join(folders[folder], name)] = path
    return named


def _upwards(place: str) -> Iterable[str]:
    yield place
    while os.path.dirname(place) != place:
        place = os.path.dirname(place)
        yield place


def _state(file: str) -> tuple[str, int, int]:
    try:
        status = os.stat(file)
    except OSError:
        return (file, 0, 0)
    return (file, status.st_mtime_ns, status.st_size)
