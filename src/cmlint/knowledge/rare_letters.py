"""Searches bytes for several words at once, by a letter that they share and that Python sources have few of.

A pattern that begins with one plain letter is searched for as fast as a single word, so the words that share one
cost one search together: `fixture`, `contextmanager` and `__exit__` have an `x`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from operator import methodcaller

_RARE = "qjzxkvw"  # the rarest first; none of them is more than one of a hundred characters
_Search = Callable[[bytes], object]


@cache
def searches(words: Sequence[bytes]) -> tuple[_Search, ...]:
    """Searches of which at least one finds something (what is true) in bytes that hold one of `words`, and no other."""
    found: list[_Search] = []
    left = list(words)
    while left:
        letter = max(_RARE.encode(), key=lambda each: sum(each in word for word in left))
        together = [word for word in left if letter in word]
        if len(together) < 2:
            return (*found, *(methodcaller("count", word) for word in left))
        found.append(re.compile(_pattern(together, letter)).search)
        left = [word for word in left if word not in together]
    return tuple(found)


def _pattern(words: Sequence[bytes], letter: int) -> bytes:
    """Matches one of `words` from the letter on; what is before it is looked at last."""
    rest = (re.escape(word[word.index(letter) + 1 :]) + b"(?<=" + re.escape(word) + b")" for word in words)
    return re.escape(bytes([letter])) + b"(?:" + b"|".join(rest) + b")"
