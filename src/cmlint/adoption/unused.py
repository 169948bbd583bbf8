"""`--unused-noqa`: codes of cmlint in `# noqa: CODE` comments that silence nothing.

May miss one, never invents one: a code is judged only where every rule that it may mean was asked for, and a file only
where every manager could be analysed. Of a generator that nothing hands over here nothing is said: another file may.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cmlint import source as sources
from cmlint.checker import Marks, check_source
from cmlint.confidence import Confidence
from cmlint.config import Config
from cmlint.failures import guarded
from cmlint.findings import Finding
from cmlint.knowledge.of_settings import knowledge_of
from cmlint.outline import Definition, Outline
from cmlint.outlining import outline
from cmlint.problems import Problem
from cmlint.rule_codes import CODES
from cmlint.source import Source
from cmlint.subjects import handed_to, subjects_of
from cmlint.suppression import codes_named, lines_for_comment, skipping_lines

_PREFIX = "CML"


def unused_in_file(path: str, config: Config, marks: Marks) -> tuple[Problem, ...] | Problem:
    """The unused comments of the file at `path`, as what is wrong at their lines; or why it can't be judged."""

    def looked_for() -> tuple[Problem, ...]:
        if b"noqa" not in sources.read_bytes(path).lower():  # nearly every file ends here, undecoded
            return ()
        return tuple(_unused(sources.read(path), config, marks))

    return guarded(path, looked_for)


def _unused(source: Source, config: Config, marks: Marks) -> Iterator[Problem]:
    whole = outline(source.text)
    named = [(line, code) for line, said in whole.comments for code in codes_named(said) if code.startswith(_PREFIX)]
    if not named:
        return
    result = check_source(source, replace(config, noqa=False, min_confidence=Confidence.LOW), marks)
    if result.notes or any(line not in whole.masked for line in skipping_lines(source.text)):
        return
    loose = _handed_by_nobody_here(source, whole, config, marks)
    for line, code in named:
        meant = [each for each in CODES if each.startswith(code)]
        if not all(config.reports(each, source.path) for each in meant) or loose.intersection(_around(line, whole)):
            continue
        if not any(_silences(line, code, finding) for finding in result.findings):
            reason = "there is no finding here that it silences" if meant else "no rule has a code that begins so"
            yield source.problem(f"unused `# noqa: {code}`: {reason}", line)


def _silences(line: int, code: str, finding: Finding) -> bool:
    return finding.code.startswith(code) and line in lines_for_comment(finding.span, finding.noqa_lines)


def _handed_by_nobody_here(source: Source, whole: Outline, config: Config, marks: Marks) -> set[Definition]:
    """The functions that are no managers as far as this run knows, although they may be generators."""
    elsewhere = handed_to(source.path, whole, marks)
    managers = {subject.definition for subject in subjects_of(whole, knowledge_of(config), elsewhere)}
    functions = {each for each in whole.definitions if not each.is_class}
    return {each for each in functions - managers if "yield" in next(whole.slices(each)).text}


def _around(line: int, whole: Outline) -> Iterator[Definition]:
    return (each for each in whole.definitions if each.first_line <= line <= each.end_line)
