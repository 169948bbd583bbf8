"""What a file with a word of some protocol comes to: the screen, the outline, and the passes for what is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cmlint import source as sources
from cmlint.config import Config
from cmlint.knowledge.entries import Protocol
from cmlint.knowledge.loader import shipped
from cmlint.knowledge.of_settings import knowledge_of
from cmlint.outlining import outline
from cmlint.results import Counts, Result
from cmlint.rule_codes import CODES
from cmlint.screening.screen import Asked, Screen
from cmlint.source import Source
from cmlint.subjects import handed_elsewhere, handed_to, subjects_of
from cmlint.suppression import skipping_lines

Marks = Mapping[str, Protocol]


def look_at(
    source: Source, config: Config, marks: Marks, words: frozenset[str], *, hands_over: bool, asked: bool
) -> tuple[Result, Marks]:
    """What is found in a text, without the counts of reading it, and which functions of other files it hands over.

    words: those of protocols that it holds, at least; hands_over: it may hand functions over; asked: it is known to
    parse. Raises SourceError when it does not.
    """
    knowledge = knowledge_of(config)
    whole = outline(source.text) if hands_over else None
    handed = {} if whole is None else handed_elsewhere(whole, shipped(), words)
    codes = tuple(code for code in CODES if config.reports(code, source.path))
    screen = Screen(source.text, knowledge, Asked(codes, config.min_confidence), words)
    seen = screen.file()
    if not seen.may_find and not marks:
        return Result(counts=Counts(slices=seen.slices, screened=1, unasked=int(not asked))), handed
    if not asked:
        sources.check_syntax(source)
    whole = whole or outline(source.text)
    if any(line not in whole.masked for line in skipping_lines(source.text)):
        return Result(counts=Counts(slices=seen.slices)), handed
    elsewhere = handed_to(source.path, whole, marks)
    subjects = subjects_of(whole, knowledge, elsewhere, words)
    asked_about = (replace(each, codes=screen.codes_of(each)) for each in subjects)
    left = [subject for subject in asked_about if subject.codes]
    counts = Counts(slices=seen.slices, screened=int(not left), parsed=int(bool(left)))
    if not left:
        return Result(counts=counts), handed
    from cmlint.checker import check_subjects  # libcst is imported only when something survives
    from cmlint.neighbours import look_beside

    look_beside(whole, source.folder)
    result = check_subjects(source, whole, left, config)
    return replace(result, counts=counts + replace(result.counts, files=0)), handed
