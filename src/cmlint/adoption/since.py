"""`--since REV`: which findings of the files that a change touches were there before it.

Both versions of a file are asked the same: with the settings for its path of today, and with what the whole tree hands
over today. So a change that hands a function of an untouched file to a framework brings no finding there.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cmlint import source as sources
from cmlint.adoption.known import match
from cmlint.adoption.revisions import Changes, Repository, RevisionError, repository_of
from cmlint.checker import Marks, check_source
from cmlint.config import ConfigError
from cmlint.config_lookup import Finder
from cmlint.discovery import is_python
from cmlint.failures import own_failure
from cmlint.findings import Finding, Problem
from cmlint.identity import Key, key
from cmlint.source import SourceError


@dataclass(frozen=True)
class Before:
    """What was known before the change: the findings' own keys with their number, and what could not be checked."""

    known: Counter[Key]
    notes: tuple[Problem, ...]


@dataclass(frozen=True)
class Change:
    """What the working tree changes against the merge base of HEAD and `revision`."""

    revision: str
    repository: Repository
    changes: Changes

    def touches(self, path: str) -> bool:
        """Whether the file at `path` differs from the merge base, or git does not track it."""
        inner = self.repository.path_in(path)
        return inner in self.changes.old or inner not in self.changes.tracked

    def before(self, findings: Sequence[Finding], files: Iterable[str], settings: Finder, marks: Marks) -> Before:
        """Which of `findings`, which are those of `files`, were there before. Raises ConfigError, RevisionError."""
        if not findings:
            return Before(Counter(), ())
        gone = {os.path.join(self.repository.top, inner): blob for inner, blob in self.changes.gone.items()}
        named = {path: self.changes.old.get(self.repository.path_in(path)) for path in files}
        wanted = {path: blob for path, blob in gone.items() if is_python(path)}
        wanted |= {path: blob for path, blob in named.items() if blob}
        contents = self.repository.contents(wanted.values())
        expected: Counter[Key] = Counter()
        notes: list[Problem] = []
        for path, blob in wanted.items():
            found = _checked(path, contents[blob], settings, marks)
            if isinstance(found, Problem):
                notes.append(found)
            else:
                expected.update(key(finding) for finding in found)
        return Before(match(findings, lambda path: path, expected, lambda _: True).known, tuple(notes))

    def before_text(self, path: str, findings: Sequence[Finding], settings: Finder) -> Before:
        """The same for a text that is to become the file at `path`, whatever is on disk there now."""
        inner = self.repository.path_in(path)
        if inner in self.changes.old or inner not in self.changes.tracked:
            return self.before(findings, [path], settings, {})
        try:
            found = _checked(path, sources.read_bytes(path), settings, {})
        except SourceError as error:
            found = Problem(path, error.message)
        if isinstance(found, Problem):
            return Before(Counter(), (found,))
        expected = Counter(key(finding) for finding in found)
        return Before(match(findings, lambda path: path, expected, lambda _: True).known, ())


def _checked(path: str, content: bytes, settings: Finder, marks: Marks) -> Sequence[Finding] | Problem:
    try:
        return check_source(sources.decode(path, content), settings.for_path(path), marks).findings
    except SourceError as error:
        reason = f"its earlier version can't be checked, so all in it counts as new: {error.message}"
        return Problem(path, reason, error.line)
    except ConfigError:
        raise
    except Exception as error:  # so that a defect of cmlint costs one file, and is said
        return own_failure(path, error)


def change_since(revision: str, paths: Iterable[str]) -> Change:
    """What changed since HEAD left `revision` in the one repository that `paths` are in. Raises RevisionError."""
    repositories = {repository_of(path) for path in paths}
    if len(repositories) > 1:
        tops = ", ".join(sorted(repository.top for repository in repositories))
        raise RevisionError(f"--since: the paths are in different repositories: {tops}")
    (repository,) = repositories
    return Change(revision, repository, repository.changes(repository.merge_base(revision)))
