"""The words without which a file can't define or name a manager: what most files are searched for, and no more.

A file is searched for them as bytes, before it is decoded. Approximates from above: a word may stand in a comment;
a file without any of them uses no protocol. Where the word is the name of a module, the search ends at the last import:
what no import binds means nothing, unless `from module import *` may bring it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_STAR = re.compile(rb"import[ \t\\\r\n]*\*")
_NONE: frozenset[str] = frozenset()


class Need(NamedTuple):
    """What a file needs for the managers of one protocol: all of some words, and so the anchors in them.

    called: the protocol is called with functions, also with those of other files.
    """

    words: frozenset[str]
    anchors: frozenset[bytes]
    called: bool


class Triggers(NamedTuple):
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

    def may_hand_over(self, words: frozenset[str]) -> bool:
        """Whether a file that holds `words` may hand over functions of other files."""
        return any(need.called and need.words <= words for need in self.needs)

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
    end = raw.find(b"\n", at)
    while end >= 0 and raw.endswith((b"\\", b"\\\r"), at, end):
        end = raw.find(b"\n", end + 1)
    return len(raw) if end < 0 or _STAR.search(raw, 0, end) else end


def _held(raw: bytes, words: Iterable[str]) -> frozenset[str]:
    """Those of `words` that are in `raw`; one with an absent part is not looked for."""
    found: list[str] = []
    absent: list[str] = []
    for word in sorted(words, key=len):
        if not any(part in word for part in absent):
            (found if word.encode() in raw else absent).append(word)
    return frozenset(found)
