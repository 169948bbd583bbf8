"""Applies fixes: to a text, as often as they bring new ones, and to files, one whole file at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from cmlint import source as sources
from cmlint.adoption.known import sift, spared
from cmlint.checker import Marks, Passes, check_source
from cmlint.config import Config
from cmlint.failures import guarded
from cmlint.findings import Applicability, Edit, Finding, Problem, apply_edits
from cmlint.identity import Key
from cmlint.results import Result
from cmlint.rounds import Round, told
from cmlint.source import Source, SourceError

_MAX_ROUNDS = 10  # a fix never brings a new finding; nested managers need a round for each nesting


@dataclass(frozen=True)
class Repaired:
    """A text after its fixes: what it was, what it is, what was fixed, and what is left.

    behind: those of the fixed, the last ones, that came up only when something before them was fixed; they were
    never reported, and their lines are those of `text`.
    """

    source: Source
    text: str
    fixed: tuple[Finding, ...]
    left: Result
    behind: tuple[Finding, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether any fix was applied."""
        return self.text != self.source.text


def repair_source(
    source: Source,
    config: Config,
    marks: Marks | None = None,
    passes: Passes | None = None,
    *,
    unsafe: bool,
    known: Counter[Key] | None = None,
) -> Repaired:
    """Apply the fixes of `source` until there are no more; what is `known` is left as it is.

    Raises SourceError when it is not Python.
    """
    rounds: list[Round] = []
    current = source
    result = check_source(current, config, marks, passes)
    reported = result.findings
    for _ in range(_MAX_ROUNDS):
        sifted = sift(result.findings, known or Counter())
        chosen = _applicable(spared(sifted.new, sifted.known), unsafe=unsafe)
        if not chosen:
            break
        edits = tuple(sorted({edit for finding in chosen for edit in _edits(finding)}, key=lambda edit: edit.start))
        rounds.append(Round(current.text, chosen, edits))
        current = current.with_text(apply_edits(current.text, edits))
        result = check_source(current, config, marks, passes)
    fixed, behind = told(reported, rounds)
    return Repaired(source, current.text, (*fixed, *behind), result, behind)


def _applicable(findings: Iterable[Finding], *, unsafe: bool) -> list[Finding]:
    """The findings to fix now: their edits are allowed and do not overlap others."""
    wanted = {Applicability.SAFE, Applicability.UNSAFE} if unsafe else {Applicability.SAFE}
    chosen: list[Finding] = []
    taken: list[Edit] = []
    for finding in findings:
        edits = _edits(finding)
        if finding.fix is None or finding.fix.applicability not in wanted or not edits:
            continue
        if all(edit in taken or not any(_overlap(edit, other) for other in taken) for edit in edits):
            chosen.append(finding)
            taken.extend(edits)
    return chosen


def _edits(finding: Finding) -> tuple[Edit, ...]:
    return finding.fix.edits if finding.fix else ()


def _overlap(one: Edit, other: Edit) -> bool:
    return one.start < other.end and other.start < one.end


def read_and_repair(
    path: str, config: Config, marks: Marks, *, unsafe: bool, known: Counter[Key] | None = None
) -> Repaired | Problem:
    """Read the file at `path` and repair its text; nothing is written."""
    return guarded(path, lambda: repair_source(sources.read(path), config, marks, unsafe=unsafe, known=known))


def write_repaired(repaired: Repaired) -> Problem | None:
    """Write a repaired file back in one step; what stands in the way is returned, and the file is as it was."""
    try:
        sources.check_syntax(Source(repaired.source.path, repaired.text))
        sources.write(repaired.source, repaired.text)
    except SourceError as error:
        return Problem(repaired.source.path, error.message)
    return None
