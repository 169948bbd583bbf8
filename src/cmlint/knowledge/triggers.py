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
    candidates = frozenset(word for words in needed for word in words)
    chosen: list[bytes] = []
    left = list(needed)
    while left:
        covered = {each: sum(_holds(each, words) for words in left) for each in candidates}
        best = max(candidates, key=lambda each: (covered[each], each in modules, len(each), each))
        chosen.append(best)
        left = [words for words in left if not _holds(best, words)]
    return tuple(chosen)


def _holds(anchor: bytes, words: frozenset[bytes]) -> bool:
    return any(anchor in word for word in words)
