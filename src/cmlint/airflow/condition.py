"""What state the affected files of one Airflow are in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from cmlint.airflow.manifest import Manifest, Released
from cmlint.checker import check_source
from cmlint.findings import Applicability, Finding
from cmlint.source import Source, SourceError, decode, read_bytes

CODE = "CML101"  # a child process that keeps running


class State(Enum):
    """What is known of a file."""

    AFFECTED = "affected"
    REPAIRED = "repaired"
    UNAFFECTED = "not affected"
    UNREADABLE = "could not be read"


@dataclass(frozen=True)
class Condition:
    """The state of one file; `released` is None for a file that no release has, such as a fork's."""

    path: Path
    state: State
    reason: str
    released: Released | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def is_repairable(self) -> bool:
        """Whether cmlint has a safe fix for everything that was found."""
        return all(finding.fix and finding.fix.applicability is Applicability.SAFE for finding in self.findings)


def conditions(folder: Path, manifest: Manifest) -> list[Condition]:
    """The state of each file of `folder` that is affected in some release; files that are not there are left out."""
    return [_condition(folder / path, manifest) for path in manifest.paths if (folder / path).exists()]


def _condition(path: Path, manifest: Manifest) -> Condition:
    try:
        content = read_bytes(str(path))
        if manifest.is_repaired(content):
            return Condition(path, State.REPAIRED, "as cmlint repairs it")
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
    return Condition(path, State.AFFECTED, reason, released, found)


def _findings(source: Source) -> tuple[Finding, ...]:
    return tuple(finding for finding in check_source(source).findings if finding.code == CODE)
