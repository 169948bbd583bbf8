"""What the command line asks of replays: one manager by name, or all that a check found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cmlint import source as sources
from cmlint.checker import check_subjects, marks_of
from cmlint.config import Config
from cmlint.findings import Confidence, Finding, Problem, Replay, Verdict
from cmlint.flow.manager import analyse
from cmlint.flow.reading.tree import NotAnalysed
from cmlint.notebooks.notebook import SUFFIX
from cmlint.replay.emit import Emitted, emit
from cmlint.replay.order import REPLAYABLE
from cmlint.replay.replaying import Observed, observed, observed_without_finding, subjects_in
from cmlint.replay.sentences import told
from cmlint.results import Result
from cmlint.source import Source, SourceError

KEPT, LOST, UNKNOWN = 0, 1, 2


@dataclass(frozen=True)
class Told:
    """What `cmlint replay` answers."""

    replays: tuple[Replay, ...]
    text: str
    notes: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 when something is lost, 2 when nothing is and something could not be replayed, else 0."""
        if self.problems:
            return UNKNOWN
        if any(replay.lost for replay in self.replays):
            return LOST
        return UNKNOWN if any(replay.verdict is Verdict.NOT_REPLAYED for replay in self.replays) else KEPT


def replay_manager(path: str, qualname: str, config: Config, emit_test: str | None = None) -> Told:
    """Replay the managers called `qualname` in the file at `path`. Raises SourceError when there is none.

    Whoever names a manager wants to know about it, so what settings and comments silence counts as well.
    """
    if path.endswith(SUFFIX):
        raise SourceError(f"{path}: is a notebook: `cmlint --replay` runs what is found in it")
    try:
        source = sources.read(path)
        seen = replayed(source, qualname, Config(own_knowledge=config.own_knowledge, noqa=False))
    except SourceError as error:
        raise SourceError(f"{path}: {error}") from error
    emitted = _emitted(((f, o) for f, o in seen if f is not None), source, emit_test)
    return Told(
        replays=tuple(each.replay for _, each in seen),
        text="".join(told(_title(path, qualname, finding), each.replay, source.text) for finding, each in seen),
        notes=tuple(each.said for each in emitted if not each.is_failure),
        problems=tuple(each.said for each in emitted if each.is_failure),
    )


def _title(path: str, qualname: str, finding: Finding | None) -> str:
    return f"{path} `{qualname}`" if finding is None else f"{path}:{finding.span.line} {finding.code} `{qualname}`"


def replayed(source: Source, qualname: str, config: Config) -> list[tuple[Finding | None, Observed]]:
    """The replays of the managers called `qualname`, finding by finding. Raises SourceError when there is none.

    What is reported at low confidence counts as well, and what is in a file that is skipped.
    """
    sources.check_syntax(source)
    subjects = subjects_in(source, config, {})
    named = [subject for subject in subjects if subject.is_called(qualname)]
    if not named:
        names = ", ".join(subject.qualname for subject in subjects) or "none"
        raise SourceError(f"there is no manager called `{qualname}`; there are: {names}")
    likely = check_subjects(source, named[0].whole, named, replace(config, min_confidence=Confidence.LOW)).findings
    found = [finding for finding in likely if finding.code in REPLAYABLE]
    found = found or [finding for finding in likely if finding.confidence.rank >= config.min_confidence.rank]
    if found:
        return [(finding, observed(finding, named)) for finding in found]
    try:
        return [(None, each) for subject in named for each in observed_without_finding(analyse(subject))]
    except NotAnalysed as reason:
        raise SourceError(f"`{qualname}` was not analysed: {reason}") from reason


def replay_findings(result: Result, configs: Mapping[str, Config], emit_test: str | None) -> Result:
    """The result of a check with the replay of each finding; `configs` are the settings of every file checked."""
    marks = marks_of(configs)
    findings: list[Finding] = []
    emitted: list[Emitted] = []
    for path, text in result.texts.items():
        source = Source(path, text)
        subjects = subjects_in(source, configs[path], marks)
        seen = [(found, observed(found, subjects)) for found in result.findings if found.path == path]
        findings.extend(replace(finding, replay=each.replay) for finding, each in seen)
        emitted.extend(_emitted(seen, source, emit_test))
    return replace(
        result,
        findings=tuple(sorted(findings, key=lambda finding: finding.sort_key)),
        notes=(*result.notes, *(each.said for each in emitted if not each.is_failure)),
        problems=(*result.problems, *(each.said for each in emitted if each.is_failure)),
    )


def _emitted(seen: Iterable[tuple[Finding, Observed]], source: Source, folder: str | None) -> list[Emitted]:
    return [] if folder is None else [emit(finding, each, source, Path(folder)) for finding, each in seen]
