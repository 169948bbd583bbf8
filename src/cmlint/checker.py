"""The order of the passes: source -> outline -> managers -> graph -> rules -> fix -> suppression.

`check_source` is pure. `check_file` adds one file's reading. Many files go through the
funnel of `cmlint.running`, which takes the same passes for what is left in it. The analysis, the repairs and the rules
below know nothing of settings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cmlint import source as sources
from cmlint.config import Config
from cmlint.failures import guarded
from cmlint.findings import Finding, Problem
from cmlint.flow.manager import Manager, analyse
from cmlint.flow.reading.tree import NotAnalysed
from cmlint.knowledge.entries import Protocol
from cmlint.knowledge.loader import shipped
from cmlint.knowledge.of_settings import knowledge_of, triggers_of
from cmlint.knowledge.shipped_triggers import SHIPPED
from cmlint.neighbours import look_beside
from cmlint.nesting import stems_from
from cmlint.outline import Outline
from cmlint.outlining import outline
from cmlint.results import Counts, Result
from cmlint.rules import RULES
from cmlint.source import Source, SourceError
from cmlint.subjects import Subject, handed_elsewhere, handed_to, subjects_of
from cmlint.suppression import is_suppressed, skipping_lines

Marks = Mapping[str, Protocol]  # dotted name of a function -> the protocol that somebody hands it over to


def check_source(
    source: Source, config: Config | None = None, marks: Marks | None = None, passes: Passes | None = None
) -> Result:
    """Check one text; `marks` are what other texts hand over. Raises SourceError when it is not Python."""
    config, passes = config or Config(), passes or Passes()
    knowledge = knowledge_of(config)
    passes.check_syntax(source)
    if not triggers_of(config).words_in(_as_bytes(source)) and not _may_be_marked(source, marks or {}):
        return Result(counts=Counts(files=1))
    whole = outline(source.text)
    if any(line not in whole.masked for line in skipping_lines(source.text)):
        return Result(counts=Counts(files=1))
    look_beside(whole, source.folder)
    subjects = subjects_of(whole, knowledge, handed_to(source.path, whole, marks or {}))
    return check_subjects(source, whole, subjects, config, passes)


def check_subjects(
    source: Source, whole: Outline, subjects: Iterable[Subject], config: Config, passes: Passes | None = None
) -> Result:
    """What is found in some managers of one file."""
    passes = passes or Passes()
    findings: list[Finding] = []
    notes: list[Problem] = []
    analysed = 0
    for subject in subjects:
        try:
            findings.extend(passes.findings_of(subject, source.path, whole, config))
            analysed += 1
        except NotAnalysed as reason:
            message = f"`{subject.qualname}` was not analysed: {reason}"
            notes.append(source.problem(message, subject.definition.line))
    findings = _in_cells(findings, source)
    return Result(
        findings=tuple(sorted(findings, key=lambda finding: finding.sort_key)),
        notes=tuple(notes),
        counts=Counts(1, analysed, len(notes)),
        texts={source.path: source.text} if findings else {},
        consulted=dict(whole.elsewhere.consulted) if whole.elsewhere is not None else {},
    )


def _in_cells(findings: list[Finding], source: Source) -> list[Finding]:
    """The findings, in a notebook with the cell of each."""
    if source.notebook is None:
        return findings
    from cmlint.notebooks.notebook import cell_of, cells_in  # few runs see one

    cells = cells_in(source.text)
    return [replace(finding, cell=cell_of(finding.span.line, cells)) for finding in findings]


def _as_bytes(source: Source) -> bytes:
    return source.text.encode("utf-8", "surrogatepass")


def _may_be_marked(source: Source, marks: Marks) -> bool:
    return any(mark.rpartition(".")[2] in source.text for mark in marks)


def marks_of(paths: Iterable[str]) -> Marks:
    """What the files at `paths` hand to frameworks that make managers of it; files that can't be read have none."""
    knowledge = shipped()
    marks: dict[str, Protocol] = {}
    for path in paths:
        try:
            source = sources.read(path)
        except SourceError:
            continue  # the check says so
        words = SHIPPED.words_in(_as_bytes(source))
        if SHIPPED.may_hand_over(words):
            for name, protocol in handed_elsewhere(outline(source.text), knowledge, words).items():
                marks.setdefault(name, protocol)
    return marks


def findings_of(subject: Subject, path: str, whole: Outline, config: Config) -> list[Finding]:
    """What is found in one manager. Raises NotAnalysed, also for code that is nested deeper than the passes can go."""
    try:
        return list(_reported(analyse(subject), path, whole, config))
    except NotAnalysed:
        raise
    except Exception as error:
        if stems_from(error, RecursionError):
            raise NotAnalysed("it is nested too deeply") from None
        raise


@dataclass(frozen=True)
class Passes:
    """The two dear passes of a check, for those who know a way that comes to the same and is cheaper."""

    check_syntax: Callable[[Source], None] = sources.check_syntax
    findings_of: Callable[[Subject, str, Outline, Config], Sequence[Finding]] = findings_of


def _reported(manager: Manager, path: str, whole: Outline, config: Config) -> Iterator[Finding]:
    """What the rules find in one manager, less what is not selected or suppressed, each with its fix."""
    found = [
        replace(finding, path=path)
        for rule in RULES
        if (manager.subject.codes is None or rule.code in manager.subject.codes)
        and config.reports(rule.code, path)
        and rule.highest.rank >= config.min_confidence.rank
        for finding in rule.check(manager)
        if finding.confidence.rank >= config.min_confidence.rank
        and not (config.noqa and is_suppressed(finding.code, whole.lines, _noqa_lines(finding)))
    ]
    if not found:
        return
    from cmlint.fix.propose import Repairs  # a quarter of the passes: most runs find nothing to repair

    repairs = Repairs(manager)
    for finding in found:
        proposal = repairs.of(finding)
        yield replace(finding, fix=proposal.fix, no_fix_reason=proposal.reason)


def _noqa_lines(finding: Finding) -> Iterable[int]:
    return (*finding.noqa_lines, *range(finding.span.line, finding.span.end_line + 1))


def check_file(path: str, config: Config, marks: Marks | None = None) -> Result:
    """Check the file at `path`; what is wrong with it is a problem of the result."""
    found = guarded(path, lambda: check_source(sources.read(path), config, marks))
    return Result(problems=(found,)) if isinstance(found, Problem) else found


def dump_manager(source: Source, qualname: str, config: Config | None = None) -> str:
    """The graphs of the managers called `qualname` as text; the last name will do. Raises SourceError without any."""
    sources.check_syntax(source)
    whole = outline(source.text)
    look_beside(whole, source.folder)
    subjects = list(subjects_of(whole, knowledge_of(config or Config())))
    found = [subject for subject in subjects if subject.is_called(qualname)]
    found = found or [subject for subject in subjects if subject.qualname.endswith(f".{qualname}")]
    if not found:
        names = ", ".join(subject.qualname for subject in subjects) or "none"
        raise SourceError(f"there is no manager called `{qualname}`; there are: {names}")
    try:
        managers = [analyse(subject) for subject in found]
    except NotAnalysed as reason:
        raise SourceError(f"`{qualname}` was not analysed: {reason}") from reason
    from cmlint.flow.dump import dump  # a check needs none of it

    return "\n".join(dump(manager.graph, manager.leaks) for manager in managers)
