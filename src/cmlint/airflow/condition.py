"""What state the affected files of one Airflow are in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from cmlint.airflow.manifest import Manifest, Released
from cmlint.checker import check_source
from cmlint.findings import Finding
from cmlint.source import Source, SourceError, decode, read_bytes

CODE = "CML101"  # a child process that keeps running


class State(Enum):
    """What is known of a file."""

    AFFECTED = "affected"
    REPAIRED = "repaired"
    REPLACED = "replaced"
    UNAFFECTED = "not affected"
    UNREADABLE = "could not be read"


@dataclass(frozen=True)
class Condition:
    """The state of one file; `released` is None for a file that no release has, such as a fork's.

    source: what was looked at, where it is affected, so that nothing else is repaired in its place.
    """

    path: Path
    state: State
    reason: str
    released: Released | None = None
    source: Source | None = None


def conditions(folders: Sequence[Path], manifest: Manifest) -> list[Condition]:
    """The state of each file in `folders` that is affected in some release; files that are not there are left out."""
    return [_condition(path, manifest) for path in files(folders, manifest)]


def files(folders: Sequence[Path], manifest: Manifest) -> list[Path]:
    """Each file that is affected in some release, in the first of `folders` that has it."""
    places = [[folder / path for folder in folders if _is_there(folder / path)] for path in manifest.paths]
    return [found[0] for found in places if found]


def _is_there(path: Path) -> bool:
    """Whether something has this name, be it a link to nowhere or out of reach: reading it says what is wrong."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _condition(path: Path, manifest: Manifest) -> Condition:
    try:
        content = read_bytes(str(path))
        if content == manifest.module:
            return Condition(path, State.REPLACED, "by the scheduler command that cmlint ships")
        if repaired := manifest.as_repaired(content):
            still = f"; {repaired.remains}" if repaired.remains else ""
            return Condition(path, State.REPAIRED, f"as cmlint repairs {repaired.named}{still}")
        source = decode(str(path), content)
        found = _findings(source)
    except SourceError as error:
        return Condition(path, State.UNREADABLE, str(error))
    released = manifest.as_released(content)
    if not found:
        return Condition(path, State.UNAFFECTED, "its children are stopped on every way out")
    functions = " and ".join(f"`{finding.qualname}`" for finding in found)
    known = f"as in {released.named}, {released.effect}" if released else "no release has this file"
    reason = f"{functions} let{'' if len(found) > 1 else 's'} a child process run on when the body raises ({known})"
    return Condition(path, State.AFFECTED, reason, released, source)


def _findings(source: Source) -> tuple[Finding, ...]:
    return tuple(finding for finding in check_source(source).findings if finding.code == CODE)
