"""The words without which a file can't define or name a manager, derived from the protocols of the knowledge base.

A file is searched for them as bytes, before it is decoded. Approximates from above: a word may stand in a comment;
a file without any of them uses no protocol.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cmlint.knowledge.entries import Knowledge, Making


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
    """Few words of which each of `needed` holds one, at least as a part: `contextmanager` is in `asynccontextmanager`.

    Of two words that serve as well the name of a module is the rarer one, then the longer one.
    """
    words = frozenset(word for each in needed for word in each)
    held_by = {word: [number for number, each in enumerate(needed) if word in each] for word in words}
    covers = {part: frozenset(number for word in words if part in word for number in held_by[word]) for part in words}
    chosen: list[bytes] = []
    left = frozenset(range(len(needed)))
    while left:
        best = max(words, key=lambda each: (len(covers[each] & left), each in modules, len(each), each))
        chosen.append(best)
        left -= covers[best]
    return tuple(chosen)
