"""Applies cmlint's fixes to files as `cmlint --fix` does, but in memory, and times each fix.

In worker processes, one file at a time; what travels back are texts and reports. Times are those of the processor, so
that a busy machine does not change them.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tools import Edit, Report, Reports

from cmlint import Config, Finding, Result, Source, SourceError, check_source, repair_source
from cmlint.fix.propose import Repairs
from cmlint.flow.manager import analyse
from cmlint.knowledge.loader import shipped
from cmlint.outlining import outline
from cmlint.source import read
from cmlint.subjects import subjects_of

SAFE, UNSAFE = MODES = ("safe fixes", "with unsafe fixes")


@dataclass(frozen=True)
class Applied:
    """A file after the fixes of one mode. `again`: whether a second run changes something."""

    mode: str
    text: str
    left: tuple[Report, ...]
    compiles: bool
    again: bool


@dataclass(frozen=True)
class Timing:
    """How many milliseconds one fix took: the fix with its certificate alone, and with the analysis before it."""

    qualname: str
    lines: int
    fix: float
    whole: float


@dataclass(frozen=True)
class Mended:
    """One file: its text, what is reported on it, what the fixes of each mode make of it, and their times."""

    file: Path
    text: str
    reports: tuple[Report, ...]
    applied: tuple[Applied, ...]
    timings: tuple[Timing, ...]

    def by(self, mode: str) -> Applied:
        """What the fixes of `mode` make of it."""
        return next(one for one in self.applied if one.mode == mode)

    def reported(self) -> Reports:
        """What is reported on it as it is."""
        return Reports({self.file.resolve(): list(self.reports)})


def mended(files: Iterable[Path]) -> dict[Path, Mended]:
    """All `files` that can be read, repaired."""
    with ProcessPoolExecutor() as pool:
        return {one.file: one for one in pool.map(_mended, list(files), chunksize=4) if one is not None}


def _mended(file: Path) -> Mended | None:
    try:
        source = read(str(file))
        result = check_source(source)
        return Mended(
            file=file,
            text=source.text,
            reports=_reports(file, result),
            applied=tuple(_applied(file, source, mode, result) for mode in MODES),
            timings=tuple(_timings(source, result.findings)),
        )
    except SourceError:
        return None


def _applied(file: Path, source: Source, mode: str, result: Result) -> Applied:
    if not any(finding.fix for finding in result.findings):
        return Applied(mode, source.text, _reports(file, result), compiles=True, again=False)
    unsafe = mode == UNSAFE
    repaired = repair_source(source, Config(), unsafe=unsafe)
    new = source.with_text(repaired.text)
    compiles = _compiles(new) or not _compiles(source)
    again = repaired.changed and compiles and repair_source(new, Config(), unsafe=unsafe).changed
    return Applied(mode, repaired.text, _reports(file, repaired.left), compiles, again)


def _compiles(source: Source) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source.encode(source.text), source.path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
    return True


def _reports(file: Path, result: Result) -> tuple[Report, ...]:
    return tuple(_report(file, finding) for finding in result.findings)


def _report(file: Path, finding: Finding) -> Report:
    fix = finding.fix
    return Report(
        file=file,
        line=finding.span.line,
        code=finding.code,
        message=finding.message,
        qualname=finding.qualname,
        cleanup_lines=finding.cleanup_lines,
        edits=tuple(Edit(edit.start, edit.end, edit.content) for edit in fix.edits) if fix else (),
        applicability=fix.applicability.value if fix else None,
        no_fix_reason=finding.no_fix_reason,
    )


def _timings(source: Source, findings: Sequence[Finding]) -> Iterator[Timing]:
    """The times of the managers of `source` whose finding has a fix with a certificate."""
    wanted = {finding.qualname for finding in findings if finding.fix and finding.fix.certificate}
    if not wanted:
        return
    for subject in subjects_of(outline(source.text), shipped()):
        if subject.qualname not in wanted:
            continue
        start = time.process_time()
        manager = analyse(subject)
        if not manager.leaks:
            continue
        middle = time.process_time()
        proposal = Repairs(manager).of_leaks
        end = time.process_time()
        if proposal.fix and proposal.fix.certificate:
            lines = subject.definition.end_line - subject.definition.first_line + 1
            yield Timing(subject.qualname, lines, 1000 * (end - middle), 1000 * (end - start))
