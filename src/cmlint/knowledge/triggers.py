"""The words without which a file can't define or name a manager: what most files are searched for, and no more.

A file is searched for them as bytes, before it is decoded. Approximates from above: a word may stand in a comment;
a file without any of them uses no protocol. The name of a module is searched for on the lines that import something:
what no import binds means nothing, unless `from module import *` may bring it.
"""

from __future__ import annotations

from typing import NamedTuple

from cmlint.knowledge.import_lines import import_lines
from cmlint.knowledge.rare_letters import searches

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
        there: list[bytes] = []
        for search in searches(self.anchors):
            if search(raw):
                there = [anchor for anchor in self.anchors if anchor in raw]
                break
        imports = import_lines(raw)
        there += [module for module in self.modules if module in imports]
        return self._words_in(raw, imports, frozenset(there)) if there else _NONE

    def may_hand_over(self, words: frozenset[str]) -> bool:
        """Whether a file that holds `words` may hand over functions of other files."""
        return any(need.called and need.words <= words for need in self.needs)

    def _words_in(self, raw: bytes, imports: bytes, there: frozenset[bytes]) -> frozenset[str]:
        """The words of protocols, where the anchors and modules `there` are."""
        possible = [need.words for need in self.needs if need.anchors <= there]
        found: list[str] = []
        absent: list[str] = []
        for word in sorted(frozenset(word for words in possible for word in words), key=len):
            if not any(part in word for part in absent):
                spelt = word.encode()
                text = imports if any(module in spelt for module in self.modules) else raw
                (found if spelt in text else absent).append(word)
        return frozenset(found) if any(words <= frozenset(found) for words in possible) else _NONE
