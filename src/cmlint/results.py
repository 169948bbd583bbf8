"""What a check comes to: the findings of one or many files, what could not be done, and counts of the work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from cmlint.problems import Problem

if TYPE_CHECKING:
    from cmlint.findings import Finding


@dataclass(frozen=True, slots=True)
class Counts:
    """What was done: files seen, managers analysed, managers left out; and how far the files went through the funnel.

    read: files whose bytes were read; triggered: those with the words of some protocol; cached: those of them that an
    earlier run had the answer for; slices: candidates that were looked at; screened: files in which nothing can be
    found; parsed: files of which something went on to libcst; unasked: files that were not asked whether they parse.
    """

    files: int = 0
    managers: int = 0
    not_analysed: int = 0
    read: int = 0
    triggered: int = 0
    cached: int = 0
    slices: int = 0
    screened: int = 0
    parsed: int = 0
    unasked: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, name) + getattr(other, name) for name in _COUNTED))

    @staticmethod
    def total(counts: Iterable[Counts]) -> Counts:
        """The sum of many, most of which are alike."""
        several = Counter(counts).items()
        return Counts(*(sum(getattr(each, name) * number for each, number in several) for name in _COUNTED))


_COUNTED = tuple(field.name for field in fields(Counts))


@dataclass(frozen=True)
class Result:
    """The findings of one or many files, what could not be done, and the texts that the findings are about.

    consulted: the other files that were looked into for it, or looked for, each with a digest of its bytes.
    """

    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
    counts: Counts = Counts()
    texts: dict[str, str] = field(default_factory=dict)
    consulted: Mapping[str, str] = field(default_factory=dict)


def merged(results: Iterable[Result]) -> Result:
    """One result of many, sorted by path, line and code."""
    total = list(results)
    texts: dict[str, str] = {}
    for result in total:
        texts.update(result.texts)
    return Result(
        findings=tuple(sorted((f for result in total for f in result.findings), key=lambda f: f.sort_key)),
        problems=tuple(problem for result in total for problem in result.problems),
        notes=tuple(note for result in total for note in result.notes),
        counts=Counts.total(result.counts for result in total),
        texts=texts,
    )
