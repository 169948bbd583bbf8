"""The words without which a file can't define or name a manager, derived from the protocols of the knowledge base.

A file is searched for them as bytes, before it is decoded. Approximates from above: a word may stand in a comment;
a file without any of them uses no protocol. Where the word is the name of a module, the search ends at the last import:
what no import binds means nothing, unless `from module import *` may bring it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cmlint.knowledge.entries import Knowledge, Making

_LEAST = 6  # letters of a part of words that is searched for in their place: a shorter one is everywhere
_STAR = re.compile(rb"import[ \t\\\r\n]*\*")
_END_OF_LINE = re.compile(rb"(?<!\\)(?<!\\\r)[\r\n]")
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Need:
    """What a file needs for managers of one kind: all of some words, and so the anchors that are parts of them."""

    making: Making
    words: frozenset[str]
    anchors: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class Triggers:
    """anchors: one word of each protocol, as few as will do, except `modules`, which are such words, too.

    needs: all words of each protocol.
    """

    anchors: tuple[bytes, ...]
    modules: tuple[bytes, ...]
    needs: tuple[Need, ...]

    def words_in(self, raw: bytes) -> frozenset[str]:
        """The words of protocols in a file with the bytes `raw`; none when it lacks one of every protocol."""
        for anchor in self.anchors:
            if anchor in raw:
                return self._words_in(raw)
        if self.modules:
            end = _end_of_imports(raw)
            for module in self.modules:
                if raw.find(module, 0, end) >= 0:
                    return self._words_in(raw)
        return _NONE

    def makings(self, words: frozenset[str]) -> frozenset[Making]:
        """How the managers of a file that holds `words` may be made."""
        return frozenset(need.making for need in self.needs if need.words <= words)

    def _words_in(self, raw: bytes) -> frozenset[str]:
        there = frozenset(anchor for anchor in (*self.anchors, *self.modules) if anchor in raw)
        possible = [need.words for need in self.needs if need.anchors <= there]
        found = _held(raw, frozenset(word for words in possible for word in words))
        return found if any(words <= found for words in possible) else _NONE


def _end_of_imports(raw: bytes) -> int:
    """Where the line ends on which the last import may stand, or the file where an import may bring any name."""
    at = raw.rfind(b"import")
    if at < 0:
        return 0
    end = _END_OF_LINE.search(raw, at)
    return len(raw) if end is None or _STAR.search(raw, 0, end.start()) else end.start()


def _held(raw: bytes, words: Iterable[str]) -> frozenset[str]:
    """Those of `words` that are in `raw`; one with an absent part is not looked for."""
    found: list[str] = []
    absent: list[str] = []
    for word in sorted(words, key=len):
        if not any(part in word for part in absent):
            (found if word.encode() in raw else absent).append(word)
    return frozenset(found)


def triggers_of(knowledge: Knowledge) -> Triggers:
    """The trigger words of all protocols in `knowledge`."""
    modules = frozenset(name.lstrip("*.").partition(".")[0] for name in knowledge.protocols)
    chosen = _anchors([needed for _, needed in knowledge.triggers], modules)
    needs = tuple(
        Need(making, words, frozenset(anchor.encode() for anchor in chosen if any(anchor in word for word in words)))
        for making, words in knowledge.triggers
    )
    imported = frozenset(anchor for anchor in chosen if all(_is_module(anchor, name) for name in knowledge.protocols))
    anchors = tuple(anchor.encode() for anchor in chosen if anchor not in imported)
    return Triggers(anchors, tuple(anchor.encode() for anchor in chosen if anchor in imported), needs)


def _is_module(word: str, protocol: str) -> bool:
    """Whether the name of a protocol has `word` only as that of the module that it is imported from, if at all."""
    module, dot, rest = protocol.partition(".")
    return (word == module and bool(dot) and word not in rest) or word not in protocol


def _anchors(needed: Sequence[frozenset[str]], modules: frozenset[str]) -> list[str]:
    """Few words of which each of `needed` holds one, at least as a part: `exit__` is in `__exit__` and `__aexit__`.

    Of two words that serve as well the name of a module is the rarer one, then the longer one.
    """
    words = frozenset(word for each in needed for word in each)
    held_by = {word: [number for number, each in enumerate(needed) if word in each] for word in words}
    alone = [word for each in needed if len(each) == 1 for word in each]
    parts = words | {end for one in alone for other in alone if len(end := _common_end(one, other)) >= _LEAST}
    covers = {part: frozenset(number for word in words if part in word for number in held_by[word]) for part in parts}
    chosen: list[str] = []
    left = frozenset(range(len(needed)))
    while left:
        best = max(parts, key=lambda each: (len(covers[each] & left), each in modules, len(each), each))
        chosen.append(best)
        left -= covers[best]
    return chosen


def _common_end(one: str, other: str) -> str:
    shorter = min(len(one), len(other))
    return next((one[-length:] for length in range(shorter, 0, -1) if one[-length:] == other[-length:]), "")
