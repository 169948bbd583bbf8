"""What was found in the managers of a document, kept while nothing that it depends on changes.

A manager belongs to the outermost definition around it. What is found in it depends on the text of that definition, on
what the names in it mean, on the functions of the file that have such a name (and what the names in those mean), on the
functions that may call it and throw the result away, and on the one that returns it. All of that is the key; where an
analysis looked at anything else, into another file as well, it is not kept. It may ask for an analysis that was not
needed; it never keeps a finding that would not be found again. Findings move with their definition.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from cmlint.checker import findings_of
from cmlint.config import Config
from cmlint.findings import Edit, Finding, Fix, Span
from cmlint.flow.calls.callers import returning
from cmlint.flow.reading.tree import NotAnalysed
from cmlint.lsp.observing import Observed, Others
from cmlint.outline import Definition, Outline
from cmlint.subjects import Subject

_MOST_WORDS = 5_000  # texts of definitions whose words are remembered
_WORD = re.compile(r"\w+")
_NAMES_A_LINE = re.compile(r"\blines? \d")
_BEGINS = re.compile(r"(?:^|[;:\\]|(?<![\w\])])\()[\s(]*(?:self\s*\.\s*)?$")  # what stands before a statement


@dataclass(frozen=True)
class _Place:
    """Where a definition begins: the index of its line and its offset."""

    line: int
    offset: int


@dataclass(frozen=True)
class _Surroundings:
    """A top-level definition, what the names in it mean, and the functions elsewhere in the file that it may use."""

    text: str
    meanings: frozenset[tuple[str, str]]
    helpers: frozenset[tuple[Hashable, ...]]


@dataclass(frozen=True)
class _Kept:
    """What an analysis came to, and where the definition was then."""

    place: _Place
    findings: tuple[Finding, ...]
    reason: str | None  # why the manager was not analysed


class _File:
    """One version of a document: its words and definitions by name, looked up once for all managers."""

    def __init__(self, whole: Outline, words_of: Callable[[str], frozenset[str]]) -> None:
        self.whole = whole
        self._words_of = words_of
        self._surroundings: dict[int, _Surroundings] = {}
        self._told: dict[int, tuple[Hashable, ...]] = {}

    @cached_property
    def observed(self) -> Observed:
        """The outline as those see it who are observed; what was worked out is shared."""
        observed = Observed(self.whole.text, self.whole.line_starts, self.whole.definitions, self.whole.bindings)
        vars(observed).update(vars(self.whole))
        observed.looked_at = set()
        return observed

    @cached_property
    def _functions(self) -> list[Definition]:
        return [definition for definition in self.whole.definitions if not definition.is_class]

    @cached_property
    def _starts(self) -> list[int]:
        return [self.whole.line_starts[function.first_line - 1] for function in self._functions]

    @cached_property
    def _by_name(self) -> dict[str, list[Definition]]:
        by_name: dict[str, list[Definition]] = {}
        for function in self._functions:
            by_name.setdefault(function.name, []).append(function)
        return by_name

    def place(self, definition: Definition) -> _Place:
        """Where `definition` begins."""
        return _Place(definition.first_line, self.whole.line_starts[definition.first_line - 1])

    def _text(self, definition: Definition) -> str:
        return next(self.whole.slices(definition)).text

    def tells_of(self, outermost: Definition, definition: Definition) -> bool:
        """Whether what `surroundings` tells of a top-level definition has all of another one."""
        if _is_in(definition, outermost):
            return True
        return not definition.is_class and self.told_of(definition) in self.surroundings(outermost).helpers

    def surroundings(self, outermost: Definition) -> _Surroundings:
        """What the managers inside a top-level definition depend on."""
        if id(outermost) not in self._surroundings:
            text = self._text(outermost)
            words = self._words_of(text)
            meanings = self._meanings(outermost, words)
            named = words | {meaning.rpartition(".")[2] for _, meaning in meanings if meaning.startswith(".")}
            found = (definition for name in named for definition in self._by_name.get(name, ()))
            helpers = frozenset(self.told_of(helper) for helper in found if not _is_in(helper, outermost))
            self._surroundings[id(outermost)] = _Surroundings(text, meanings, helpers)
        return self._surroundings[id(outermost)]

    def told_of(self, definition: Definition) -> tuple[Hashable, ...]:
        """What a manager can learn of another function of its file."""
        if id(definition) not in self._told:
            text = self._text(definition)
            meanings = self._meanings(definition, self._words_of(text))
            self._told[id(definition)] = (definition.qualname, definition.owner, text, meanings)
        return self._told[id(definition)]

    def _meanings(self, definition: Definition, words: frozenset[str]) -> frozenset[tuple[str, str]]:
        """What those of `words` mean that mean something around `definition`."""
        visible = self._module_names if definition.parent is None else self.whole.visible(definition)
        return frozenset((word, visible[word]) for word in words if word in visible)

    @cached_property
    def _module_names(self) -> Mapping[str, str]:
        return self.whole.module_names

    def callers(self, name: str) -> Iterator[Definition]:
        """The functions in which a statement may begin with `name`, each of those around such a place."""
        text = self.whole.text
        for match in re.finditer(re.escape(name), text):
            line = max(text.rfind("\n", 0, match.start()), text.rfind("\r", 0, match.start())) + 1
            if _BEGINS.search(text[line : match.start()]) is None:
                continue
            index = bisect_right(self._starts, match.start()) - 1
            for function in self._functions[index::-1] if index >= 0 else ():
                if self.place(function).offset + len(self._text(function)) >= match.end():
                    yield function
                if function.parent is None:
                    break


class Remembering:
    """Findings of the managers of one document; `is_stale` ends a check for which nobody waits any more."""

    def __init__(self, is_stale: Callable[[], bool] = lambda: False) -> None:
        self.is_stale = is_stale
        self._config: tuple[str, Config] | None = None
        self._old: dict[Hashable, _Kept] = {}
        self._new: dict[Hashable, _Kept] = {}
        self._words: dict[str, frozenset[str]] = {}
        self._file: _File | None = None

    @property
    def whole(self) -> Outline | None:
        """The outline of the last text, where that has managers."""
        return None if self._file is None else self._file.whole

    def begin(self) -> None:
        """Begin a check."""
        self._file = None

    def completed(self) -> None:
        """End a check that was not given up: what it did not ask for is forgotten."""
        self._old, self._new = self._new, {}
        if len(self._words) > _MOST_WORDS:
            self._words = {}

    def findings_of(self, subject: Subject, path: str, whole: Outline, config: Config) -> Sequence[Finding]:
        """What `cmlint.checker.findings_of` finds, from memory where that is the same. Raises NotAnalysed, Stale."""
        if self.is_stale():
            raise Stale
        if self._config != (path, config):
            self._config, self._old, self._new = (path, config), {}, {}
        if self._file is None or self._file.whole is not whole:
            self._file = _File(whole, self._words_of)
        outermost = _outermost(subject.definition)
        place, key = self._file.place(outermost), _key(subject, outermost, self._file)
        kept = self._new.get(key, self._old.get(key))
        moved = None if kept is None else _moved(kept, place)
        if moved is None:
            moved = self._analysed(subject, path, config, outermost, key)
        elif kept is not None:
            self._new[key] = replace(kept, place=place, findings=moved)
            if kept.reason is not None:
                raise NotAnalysed(kept.reason)
        return moved

    def _words_of(self, text: str) -> frozenset[str]:
        if text not in self._words:
            self._words[text] = frozenset(_WORD.findall(text))
        return self._words[text]

    def _analysed(
        self, subject: Subject, path: str, config: Config, outermost: Definition, key: Hashable
    ) -> tuple[Finding, ...]:
        assert self._file is not None
        place = self._file.place(outermost)
        observed = self._file.observed
        observed.went_past = False
        observed.looked_at.clear()
        others = None if self._file.whole.elsewhere is None else Others(self._file.whole.elsewhere)
        observed.elsewhere = others
        try:
            kept = _Kept(place, tuple(findings_of(replace(subject, whole=observed), path, observed, config)), None)
        except NotAnalysed as error:
            kept = _Kept(place, (), str(error))
        asked = others is not None and others.was_asked
        told = all(self._file.tells_of(outermost, each) for each in observed.looked_at)
        if not observed.went_past and not asked and told:
            self._new[key] = kept
        if kept.reason is not None:
            raise NotAnalysed(kept.reason)
        return kept.findings


class Stale(Exception):
    """The document changed while it was checked."""


def _outermost(definition: Definition) -> Definition:
    while definition.parent is not None:
        definition = definition.parent
    return definition


def _key(subject: Subject, outermost: Definition, file: _File) -> Hashable:
    """Everything in the file on which the findings of `subject` depend."""
    place = file.place(outermost)
    callers = frozenset(
        (caller.first_line - place.line, file.place(caller).offset - place.offset, file.told_of(caller))
        for caller in file.callers(subject.definition.name)
        if not _is_in(caller, outermost)
    )
    relative = subject.definition.line - place.line
    returned = returning(file.whole, subject.definition)
    told = None if returned is None else (returned.first_line - place.line, file.told_of(returned))
    return (relative, subject.qualname, subject.protocol, file.surroundings(outermost), callers, told)


def _is_in(definition: Definition, outermost: Definition) -> bool:
    return outermost.first_line <= definition.first_line <= outermost.end_line


def _moved(kept: _Kept, place: _Place) -> tuple[Finding, ...] | None:
    """The findings where the definition is now; None when some words of them name a line, which would be wrong now."""
    if kept.place == place:
        return kept.findings
    lines, offset = place.line - kept.place.line, place.offset - kept.place.offset
    if lines and any(_NAMES_A_LINE.search(said) for finding in kept.findings for said in _said(finding)):
        return None
    return tuple(_shifted(finding, lines, offset) for finding in kept.findings)


def _said(finding: Finding) -> Iterator[str]:
    yield finding.message
    yield from (step.message for step in finding.witness)
    yield finding.no_fix_reason or ""
    if finding.fix is not None:
        yield from (finding.fix.title, str(finding.fix.certificate and finding.fix.certificate.caveat))


def _shifted(finding: Finding, lines: int, offset: int) -> Finding:
    return replace(
        finding,
        span=_down(finding.span, lines),
        witness=tuple(replace(step, span=_down(step.span, lines)) for step in finding.witness),
        cleanup_lines=tuple(line + lines for line in finding.cleanup_lines),
        success_only_lines=tuple(line + lines for line in finding.success_only_lines),
        noqa_lines=tuple(line + lines for line in finding.noqa_lines),
        fix=None if finding.fix is None else _moved_fix(finding.fix, offset),
    )


def _down(span: Span, lines: int) -> Span:
    return Span(span.line + lines, span.column, span.end_line + lines, span.end_column)


def _moved_fix(fix: Fix, offset: int) -> Fix:
    return replace(fix, edits=tuple(Edit(edit.start + offset, edit.end + offset, edit.content) for edit in fix.edits))
