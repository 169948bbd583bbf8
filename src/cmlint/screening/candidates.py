"""Where the managers of a file may be, told by a few searches instead of an outline.

Approximates from above: whatever may be a manager is a candidate, in strings and comments as well. Where the searches
can't tell (a function is handed over by a call, only one of two methods is there), the answer is that they can't.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from cmlint.knowledge.entries import Knowledge, Protocol
from cmlint.screening.slices import end_of
from cmlint.screening.words import FileWords

_DECORATOR = re.compile(r"@[ \t]*((?:\w+[ \t]*\.[ \t]*)*\w+)")
_METHOD = re.compile(r"def[ \t]+__(a?)(enter|exit)__")
_DEF = re.compile(r"(?:async[ \t]+)?def[ \t]+(\w+)")
_HANDED = re.compile(r"[ \t]*\(\s*(?:\w+\s*=\s*)?\[?\s*(?P<given>[A-Za-z_][\w.]*)\s*[,)\]]")
_CLASS = re.compile(r"^[ \t\f]*class\b", re.MULTILINE)
_DEFINING = re.compile(r"[ \t\f]*(?:(?:async[ \t]+)?def|class)\b")
_LINES_ABOVE = 300  # how far the definition above a method is looked for


class Unclear(Exception):
    """The searches can't tell where the managers are: the file has to be outlined."""


class Candidate(NamedTuple):
    """A function that may be a manager: its text from the first decorator on, its indentation, and its protocols."""

    name: str
    text: str
    indent: str
    protocols: tuple[Protocol, ...]


class Methods(NamedTuple):
    """`__enter__` and `__exit__` of what may be a class."""

    enter: Candidate
    leave: Candidate


def candidates(
    text: str, words: FileWords, knowledge: Knowledge, there: frozenset[str]
) -> Iterator[Candidate | Methods]:
    """What may be a manager in `text`, which holds the words `there` of protocols. Raises Unclear."""
    by_word = _by_word(there, knowledge)
    names = words.standing_for(frozenset(by_word))
    if names:
        _refuse_handing_over(text, names, words)
        yield from _decorated(text, names, by_word)
    if "__exit__" in there or "__aexit__" in there:
        yield from _methods(text, knowledge)


def _by_word(there: frozenset[str], knowledge: Knowledge) -> dict[str, tuple[Protocol, ...]]:
    """The protocols that the file may use, by the last word of their names; those of methods are left out."""
    found: dict[str, tuple[Protocol, ...]] = {}
    for last, needed, protocols in knowledge.protocol_words:
        if needed <= there:
            found[last] = (*found.get(last, ()), *protocols)
    return found


def _refuse_handing_over(text: str, names: frozenset[str], words: FileWords) -> None:
    """Raises Unclear when a function of the file may be handed to one of `names`."""
    for name in names:
        at = text.find(name)
        while at >= 0:
            handed = _HANDED.match(text, at + len(name))
            if handed and handed["given"] in words.functions:
                raise Unclear
            at = text.find(name, at + 1)


def _decorated(text: str, names: frozenset[str], by_word: dict[str, tuple[Protocol, ...]]) -> Iterator[Candidate]:
    for match in _DECORATOR.finditer(text):
        last = match[1].rpartition(".")[2].strip()
        start = _line_start(text, match.start())
        if last in names and not text[start : match.start()].strip():
            definition = _DEF.search(text, match.end())
            if definition is None:
                continue
            indent = text[start : match.start()]
            # A name that stands for another may be any of them.
            protocols = by_word.get(last) or tuple(each for several in by_word.values() for each in several)
            end = end_of(text, definition.start(), indent)
            yield Candidate(definition[1], text[start:end], indent, protocols)


def _methods(text: str, knowledge: Knowledge) -> Iterator[Methods]:
    matches = list(_METHOD.finditer(text))
    if len(matches) % 2:
        raise Unclear
    for first, second in zip(matches[::2], matches[1::2], strict=True):
        one, other = _method(text, first, knowledge), _method(text, second, knowledge)
        alike = first[1] == second[1] and one.indent == other.indent
        if first[2] == second[2] or not alike or _CLASS.search(text, first.end(), second.start()):
            raise Unclear
        yield Methods(one, other) if first[2] == "enter" else Methods(other, one)


def _method(text: str, match: re.Match[str], knowledge: Knowledge) -> Candidate:
    start = _line_start(text, match.start())
    before = text[start : match.start()]
    indent = before[: len(before) - len(before.lstrip())]
    if before.strip() not in ("", "async"):
        raise Unclear
    if _may_be_decorated(text, start):
        raise Unclear
    protocols = knowledge.protocols_of(f"__{match[1]}exit__")
    return Candidate(f"__{match[1]}{match[2]}__", text[start : end_of(text, match.start(), indent)], indent, protocols)


def _may_be_decorated(text: str, at: int) -> bool:
    """Whether a line between the definition above and the one at `at` begins with an `@`."""
    for _ in range(_LINES_ABOVE):
        if at == 0:
            return False
        at = _line_start(text, at - 1)
        if _DEFINING.match(text, at):
            return False
        if text[at : at + 80].lstrip().startswith("@"):
            return True
    return True


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1
