"""The words without which a file can't define or name a manager, derived from the protocols of the knowledge base.

A file is searched for them as bytes, before it is decoded. Approximates from above: a word may stand in a comment;
a file without any of them uses no protocol.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cmlint.knowledge.entries import Knowledge, Making

_LEAST = 6  # letters of a part of words that is searched for in their place: a shorter one is everywhere


@dataclass(frozen=True, slots=True)
class Triggers:
    """anchors: one word of each protocol, as few as will do; words: all words of each protocol, by how it is made."""

    anchors: tuple[bytes, ...]
    words: tuple[tuple[Making, frozenset[bytes]], ...]

    def makings(self, raw: bytes) -> frozenset[Making]:
        """How the managers of a file with the bytes `raw` may be made; none when it can hold none."""
        for anchor in self.anchors:
            if anchor in raw:
                return self._made(raw)
        return frozenset()

    def _made(self, raw: bytes) -> frozenset[Making]:
        return frozenset(making for making, words in self.words if all(word in raw for word in words))


def triggers_of(knowledge: Knowledge) -> Triggers:
    """The trigger words of all protocols in `knowledge`."""
    words = tuple((making, frozenset(map(str.encode, needed))) for making, needed in knowledge.triggers)
    modules = frozenset(name.lstrip("*.").partition(".")[0].encode() for name in knowledge.protocols)
    return Triggers(_anchors([needed for _, needed in words], modules), words)


def _anchors(needed: Sequence[frozenset[bytes]], modules: frozenset[bytes]) -> tuple[bytes, ...]:
    """Few words of which each of `needed` holds one, at least as a part: `exit__` is in `__exit__` and `__aexit__`.

    Of two words that serve as well the name of a module is the rarer one, then the longer one.
    """
    words = frozenset(word for each in needed for word in each)
    held_by = {word: [number for number, each in enumerate(needed) if word in each] for word in words}
    alone = [word for each in needed if len(each) == 1 for word in each]
    parts = words | {end for one in alone for other in alone if len(end := _common_end(one, other)) >= _LEAST}
    covers = {part: frozenset(number for word in words if part in word for number in held_by[word]) for part in parts}
    chosen: list[bytes] = []
    left = frozenset(range(len(needed)))
    while left:
        best = max(parts, key=lambda each: (len(covers[each] & left), each in modules, len(each), each))
        chosen.append(best)
        left -= covers[best]
    return tuple(chosen)


def _common_end(one: bytes, other: bytes) -> bytes:
    shorter = min(len(one), len(other))
    return next((one[-length:] for length in range(shorter, 0, -1) if one[-length:] == other[-length:]), b"")
