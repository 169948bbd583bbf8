"""`--watch`: checks again what changes, and prints what came and what went.

A file is checked by itself, unless what it hands to a framework changes: then all are, as in a check. What is above the
watched folders (pyproject.toml, a baseline) is looked at once a second.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from cmlint.adoption.known import sift
from cmlint.command_line.options import Options, UsageError
from cmlint.command_line.presenting import print_findings
from cmlint.command_line.watched import Watched
from cmlint.config import ConfigError
from cmlint.exit_codes import CLEAN, FAILED
from cmlint.findings import Finding
from cmlint.identity import key
from cmlint.results import Result
from cmlint.source import SourceError
from cmlint.standard_streams import say
from cmlint.usage import MissingExtra

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

_QUIET = 20  # milliseconds without a change, after which a save is taken for finished
_LONGEST = 100  # milliseconds that changes are collected when there is no such pause
_TICK = 1000  # milliseconds after which what is above the folders is looked at
_RENAMING = 60  # milliseconds that a file may be missing while an editor replaces it


def watch(options: Options, reread: Callable[[], Options]) -> int:
    """Check, then check again what changes, until Ctrl-C; `reread` reads all settings anew. Returns the exit code."""
    missing = [path for path in options.paths if not os.path.exists(path)]
    if missing:
        say(f"cmlint: {missing[0]}: no such file or folder")
        return FAILED
    watcher = _watcher(options)  # before the first check, so that no change is overlooked
    with contextlib.suppress(KeyboardInterrupt):
        _run(watcher, Watched(options), reread)
    say("cmlint: no longer watching")
    return CLEAN


def _run(watcher: RustNotify, watched: Watched, reread: Callable[[], Options]) -> None:
    """Print what there is, then what changes, until a signal arrives."""
    shown = watched.new()
    _show(shown, watched.options)
    for line in (*shown.notes, *shown.problems):
        say(f"cmlint: {line}")
    say(f"{_total(shown)} Watching; Ctrl-C ends it.")
    for changed in _changes(watcher, watched):
        shown = _checked_again(watched, changed, shown, reread)


def _watcher(options: Options) -> RustNotify:
    try:
        from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError
    except ImportError as error:
        raise MissingExtra("--watch", "watchfiles", "watch") from error
    folders = {path if os.path.isdir(path) else os.path.dirname(path) or "." for path in options.paths}
    recursive = any(os.path.isdir(path) for path in options.paths)
    try:
        return RustNotify([os.path.realpath(folder) for folder in sorted(folders)], False, False, 300, recursive, True)
    except (OSError, WatchfilesRustInternalError) as error:
        raise UsageError(f"--watch: the system does not tell of changes: {error}") from error


def _changes(watcher: RustNotify, watched: Watched) -> Iterator[set[str]]:
    """The real paths that changed, save by save, and an empty set when what is not in the folders changed."""
    while True:
        told = watcher.watch(_LONGEST, _QUIET, _TICK, None)
        if isinstance(told, str):
            if told == "signal":
                return
            changed: set[str] = set()
        else:
            changed = {path for _, path in told}
            if watched.misses(changed):
                more = watcher.watch(_RENAMING, _QUIET, _RENAMING, None)
                changed |= set() if isinstance(more, str) else {path for _, path in more}
        if watched.concerns(changed):
            yield changed


def _checked_again(watched: Watched, changed: set[str], shown: Result, reread: Callable[[], Options]) -> Result:
    """Check what changed, print the difference to what was `shown`, and return what is to be taken for shown now."""
    try:
        what = watched.update(changed, reread)
        result = watched.new()
    except (ConfigError, SourceError, UsageError) as error:
        say(f"cmlint: {error}")
        return shown
    if not what:
        return shown
    came, went = _difference(shown, result), _difference(result, shown)
    if came:
        _show(Result(findings=came, texts=result.texts), watched.options)
    for finding in went:
        say(f"gone: {finding.path} {finding.code} `{finding.qualname}`")
    for line in (*result.notes, *result.problems):
        if line not in shown.notes and line not in shown.problems:
            say(f"cmlint: {line}")
    say(f"{time.strftime('%H:%M:%S')} {what}: {len(came)} new, {len(went)} gone. {_total(result)}")
    return result


def _show(result: Result, options: Options) -> None:
    print_findings(result, options)
    sys.stdout.flush()  # whoever reads it waits for it


def _difference(before: Result, after: Result) -> tuple[Finding, ...]:
    """The findings of `after` that `before` does not have, wherever their lines are."""
    return sift(after.findings, Counter(key(finding) for finding in before.findings)).new


def _total(result: Result) -> str:
    found, files = len(result.findings), result.counts.files
    return f"{found} finding{'' if found == 1 else 's'} in {files} file{'' if files == 1 else 's'}."
