"""The command line of `cmlint airflow`: status, apply and revert."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from cmlint.airflow import mending
from cmlint.airflow.condition import Condition, State, conditions, files
from cmlint.airflow.locate import NotFound, from_interpreter, from_path
from cmlint.airflow.manifest import Manifest, read_manifest
from cmlint.report import diff
from cmlint.source import Source, SourceError
from cmlint.standard_streams import print_bytes, say
from cmlint.usage import Parser, UsageError

CLEAN, AFFECTED, FAILED = 0, 1, 2
_ACTIONS = ("status", "apply", "revert")
_DESCRIPTION = """\
Says whether an Airflow is one whose scheduler never exits when its database fails (2.5.0 to 2.6.3), or whose commands
leave child processes behind (up to 2.8.4, and celery provider 3.6.1); repairs it, and takes the repair back. Exit code
0: not affected, or done; 1: affected; 2: something could not be done.
"""


def main(arguments: Sequence[str]) -> int:
    """Do what `arguments` (after `cmlint airflow`) ask for and return the exit code. Raises UsageError."""
    given = parser().parse_intermixed_args(_with_action(arguments))
    if "" in (given.path, given.python):
        raise UsageError("PATH or PYTHON is empty: is a variable of your script not set?")
    if given.path and given.python:
        raise UsageError("give a PATH or --python, not both")
    if given.action != "apply" and (given.shipped or given.dry_run):
        raise UsageError("--shipped and --dry-run belong to `cmlint airflow apply`")
    try:
        folders = from_path(given.path) if given.path else from_interpreter(given.python or sys.executable)
    except NotFound as error:
        raise UsageError(str(error)) from error
    manifest = read_manifest()
    if given.action == "revert":
        return _revert(folders, manifest)
    found = conditions(folders, manifest)
    if given.action == "status":
        return _status(folders[0], found, _target(given))
    return _apply(found, _maker(manifest, shipped=given.shipped), _dry_run if given.dry_run else _write)


def _with_action(arguments: Sequence[str]) -> list[str]:
    """The arguments with the action that is meant when a path comes first."""
    names_path = bool(arguments) and not arguments[0].startswith("-") and arguments[0] not in _ACTIONS
    return ["status", *arguments] if names_path else list(arguments)


def parser() -> Parser:
    """The parser of what follows `cmlint airflow`."""
    airflow = Parser("cmlint airflow", _DESCRIPTION)
    airflow.add_argument("action", nargs="?", default="status", choices=_ACTIONS)
    airflow.add_argument(
        "path", nargs="?", help="a checkout, a site-packages folder, a virtual environment, or the package `airflow`"
    )
    airflow.add_argument("--python", help="the interpreter whose Airflow is meant (default: the one that runs cmlint)")
    airflow.add_argument("--dry-run", action="store_true", help="apply: show the change as a patch, write nothing")
    airflow.add_argument(
        "--shipped",
        action="store_true",
        help="apply: put cmlint's own scheduler_command.py in place, which also kills a child that ignores SIGTERM "
        "(2.5.0 to 2.6.3 only; default: repair the file that is there)",
    )
    return airflow


def _target(given: argparse.Namespace) -> str:
    """What was given to say which Airflow is meant, for a command that can be pasted."""
    named = ["--python", given.python] if given.python else [given.path] if given.path else []
    return "".join(f" {shlex.quote(part)}" for part in named)


def _status(folder: Path, found: Sequence[Condition], target: str) -> int:
    print(f"Airflow in {folder}:")
    for condition in found:
        print(f"  {_below(condition.path, folder)}: {condition.state.value}; {condition.reason}")
    if not found:
        print("  it has none of the files that are affected in some release")
    if any(condition.state is State.UNREADABLE for condition in found):
        return FAILED
    if any(condition.state is State.AFFECTED for condition in found):
        print(f"`cmlint airflow apply{target}` repairs it, `cmlint airflow apply --dry-run{target}` shows how.")
        return AFFECTED
    return CLEAN


def _below(path: Path, folder: Path) -> Path:
    return path.relative_to(folder) if path.is_relative_to(folder) else path


Maker = Callable[[Condition], tuple[Source, str] | None]
Doer = Callable[[Source, str], None]


def _maker(manifest: Manifest, *, shipped: bool) -> Maker:
    """What makes the new text of an affected file; the module is for the scheduler's file, the fix for the others."""
    if not shipped:
        return mending.repaired_by_fix

    def made(condition: Condition) -> tuple[Source, str] | None:
        if condition.path.name != "scheduler_command.py":
            return mending.repaired_by_fix(condition)
        return mending.replaced_by_module(condition, manifest.module)

    return made


def _apply(found: Sequence[Condition], make: Maker, do: Doer) -> int:
    """Make every new text before the first is written: when one can't be had, all files stay as they are."""
    made, failed = [], False
    for condition in found:
        try:
            change = make(condition)
            if change is None:
                say(f"{condition.path}: {condition.state.value}, nothing to do")
            else:
                made.append(change)
        except SourceError as error:
            failed = True
            say(f"cmlint: {condition.path}: {error.message}; nothing was written")
    if failed:
        return FAILED
    for source, text in made:
        try:
            do(source, text)
        except SourceError as error:
            failed = True
            say(f"cmlint: {source.path}: {error.message}")
    if made and do is _write and not failed:
        print("Restart what runs this Airflow: a running process keeps the code that it has read.")
    return FAILED if failed else CLEAN


def _write(source: Source, text: str) -> None:
    backup = mending.apply(source, text)
    print(f"{source.path}: repaired; what it was is in {backup.name}")


def _dry_run(source: Source, text: str) -> None:
    print_bytes(diff.unified_diff(source.path, source.text, text, source.encoding))


def _revert(folders: Sequence[Path], manifest: Manifest) -> int:
    failed = done = False
    for path in files(folders, manifest):
        try:
            if not mending.backups(path):
                continue
            mending.revert(path)
            print(f"{path}: as it was before the repair")
            done = True
        except SourceError as error:
            failed = True
            say(f"cmlint: {path}: {error.message}")
    if not failed and not done:
        print(f"Airflow in {folders[0]}: there is no repair to take back")
    return FAILED if failed else CLEAN
