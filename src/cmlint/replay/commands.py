"""What the command line asks of replays: one manager by name, or all that a check found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cmlint.checker import Marks, Result, check_source, marks_of
from cmlint.config import Config
from cmlint.findings import Confidence, Finding, Verdict
from cmlint.flow.manager import analyse
from cmlint.flow.tree import NotAnalysed
from cmlint.replay.order import REPLAYABLE
from cmlint.replay.replaying import Observed, observed, observed_without_finding, subject_of, subjects_in
from cmlint.source import Source, SourceError

LOST, KEPT, UNKNOWN = 1, 0, 2


@dataclass(frozen=True)
class Replayed:
    """One replay of a manager: of a finding, or of the whole where there is none."""

    title: str
    finding: Finding | None
    observed: Observed


def replay_manager(source: Source, qualname: str, config: Config) -> list[Replayed]:
    """Replay the managers called `qualname`, finding by finding. Raises SourceError when there is none.

    Whoever names a manager wants to know about it, so what is reported at low confidence counts as well.
    """
    likely = check_source(source, replace(config, min_confidence=Confidence.LOW)).findings
    sure = check_source(source, config).findings
    subjects = subjects_in(source, config, {})
    named = [subject for subject in subjects if subject.qualname == qualname]
    if not named:
        names = ", ".join(subject.qualname for subject in subjects) or "none"
        raise SourceError(f"there is no manager called `{qualname}`; there are: {names}")
    found = [finding for finding in likely if finding.code in REPLAYABLE and subject_of(finding, named)]
    found = found or [finding for finding in sure if subject_of(finding, named)]
    replayed = [
        Replayed(f"{source.path}:{finding.span.line} {finding.code} `{qualname}`", finding, observed(finding, named))
        for finding in found
    ]
    if not found:
        try:
            without = [each for subject in named for each in observed_without_finding(analyse(subject))]
        except NotAnalysed as reason:
            raise SourceError(f"`{qualname}` was not analysed: {reason}") from reason
        replayed = [Replayed(f"{source.path} `{qualname}`", None, each) for each in without]
    return replayed


def exit_code(replayed: list[Replayed]) -> int:
    """1 when something is lost, 2 when nothing is and something could not be replayed, else 0."""
    replays = [each.observed.replay for each in replayed]
    if any(replay.lost for replay in replays):
        return LOST
    return UNKNOWN if any(replay.verdict is Verdict.NOT_REPLAYED for replay in replays) else KEPT


def replay_findings(result: Result, configs: Mapping[str, Config]) -> list[Replayed]:
    """Replay all findings of a check, in their order; `configs` are the settings of every file that was checked."""
    marks = marks_of(configs)
    return [each for path in result.texts for each in _of_file(result, path, configs, marks)]


def _of_file(result: Result, path: str, configs: Mapping[str, Config], marks: Marks) -> list[Replayed]:
    found = [finding for finding in result.findings if finding.path == path]
    subjects = subjects_in(Source(path, result.texts[path]), configs[path], marks)
    return [Replayed(f"{path}:{finding.span.line}", finding, observed(finding, subjects)) for finding in found]


def with_replays(result: Result, replayed: list[Replayed]) -> Result:
    """The result with each finding's replay in it."""
    known = {id(each.finding): each.observed.replay for each in replayed}
    return replace(
        result, findings=tuple(replace(finding, replay=known.get(id(finding))) for finding in result.findings)
    )
