"""The funnel: bytes -> trigger words -> screen -> outline -> screen of each manager -> the passes of the checker.

Every file is asked whether it parses, because a checker that calls a broken file clean is worse than a slow one; for
most nothing else is done. What is left has the findings that `checker.check_source` has: every step only drops what
can't give any.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cmlint import source as sources
from cmlint.config import Config, ConfigError, Finder
from cmlint.findings import Problem
from cmlint.knowledge.entries import Making, Protocol
from cmlint.knowledge.loader import shipped
from cmlint.knowledge.of_settings import knowledge_of, protocols_of
from cmlint.knowledge.triggers import Triggers, triggers_of
from cmlint.outline import outline
from cmlint.results import Counts, Result
from cmlint.rule_codes import CODES
from cmlint.running.cache import Cache, key_of
from cmlint.screening.screen import Asked, Screen
from cmlint.source import Source, SourceError
from cmlint.subjects import handed_elsewhere, handed_to, subjects_of
from cmlint.suppression import skipping_lines

Marks = Mapping[str, Protocol]


@dataclass(frozen=True)
class Passed:
    """What came of one file: its result, and which functions of other files it hands over."""

    result: Result
    marks: Marks = field(default_factory=dict)

    def with_note(self, text: str) -> Passed:
        """The same, and something to say about the run as a whole."""
        return replace(self, result=replace(self.result, notes=(*self.result.notes, Problem("", text))))


@dataclass
class Funnel:
    """The funnel for the files of one run."""

    settings: Finder
    cache: Cache
    _triggers: dict[Config, Triggers] = field(default_factory=dict)

    def check(self, path: str, marks: Marks | None = None) -> Passed:
        """Check the file at `path`; what is wrong with it is a problem of the result. Raises ConfigError."""
        config = self.settings.for_path(path)
        try:
            return self._read(path, config, marks or {})
        except SourceError as error:
            return Passed(Result(problems=(Problem(path, error.message, error.line),), counts=Counts(read=1)))
        except ConfigError:
            raise
        except Exception as error:  # so that a defect of cmlint costs one file, and is said
            from cmlint.checker import own_failure

            return Passed(Result(problems=(own_failure(path, error),)))

    def _read(self, path: str, config: Config, marks: Marks) -> Passed:
        raw = sources.read_bytes(path)
        makings = self._triggers_of(config).makings(raw)
        counts = Counts(files=1, read=1, triggered=int(bool(makings)))
        key = key_of(path, raw, config, marks)
        known = self.cache.get(key)
        if known is not None:
            return _told(known, path, raw, counts + Counts(cached=1))
        source = sources.decode(path, raw)
        sources.check_syntax(source)
        passed = self._decoded(source, config, marks, makings) if makings or marks else Passed(Result())
        self.cache.put(key, passed.result, passed.marks)
        return replace(passed, result=replace(passed.result, counts=passed.result.counts + counts))

    def _decoded(self, source: Source, config: Config, marks: Marks, makings: frozenset[Making]) -> Passed:
        """What is found in a text, without the counts of what was read."""
        knowledge = knowledge_of(config)
        handed = handed_elsewhere(outline(source.text), shipped()) if Making.CALL in makings else {}
        asked = Asked(tuple(code for code in CODES if config.reports(code, source.path)), config.min_confidence)
        screen = Screen(source.text, knowledge, asked)
        seen = screen.file()
        if not seen.may_find and not marks:
            return Passed(Result(counts=Counts(slices=seen.slices, screened=1)), handed)
        whole = outline(source.text)
        if any(line not in whole.masked for line in skipping_lines(source.text)):
            return Passed(Result(counts=Counts(slices=seen.slices)), handed)
        elsewhere = handed_to(source.path, whole, marks)
        left = [subject for subject in subjects_of(whole, knowledge, elsewhere) if screen.subject(subject)]
        counts = Counts(slices=seen.slices, screened=int(not left), parsed=int(bool(left)))
        if not left:
            return Passed(Result(counts=counts), handed)
        from cmlint.checker import check_subjects  # libcst is imported only when something survives

        result = check_subjects(source, whole, left, config)
        counts += replace(result.counts, files=0)
        return Passed(replace(result, counts=counts), handed)

    def _triggers_of(self, config: Config) -> Triggers:
        if config not in self._triggers:
            self._triggers[config] = triggers_of(protocols_of(config))
        return self._triggers[config]


def _told(known: tuple[Result, Marks], path: str, raw: bytes, counts: Counts) -> Passed:
    """What the cache knows, with the text where findings are to be shown in it."""
    result, marks = known
    texts = {path: sources.decode(path, raw).text} if result.findings else {}
    return Passed(replace(result, texts=texts, counts=result.counts + counts), marks)
