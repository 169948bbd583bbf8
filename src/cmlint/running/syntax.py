"""Which files are asked whether they parse.

To ask every file costs more than all else together, and a file without a word of any protocol holds nothing that
cmlint could check. So in a small check every file is asked, and what is named on the command line always is; of a
larger one only those files are in which something may be found. It depends on the files alone, and not on the cache,
the processes or the order.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from typing import NamedTuple

SMALL = 2_000_000  # bytes of Python up to which a check is small: every file is asked


class Asking(NamedTuple):
    """Every file is asked (`every`), or of those without a word of a protocol only the `named` ones."""

    every: bool = True
    named: frozenset[str] = frozenset()

    def asks(self, path: str) -> bool:
        """Whether the file at `path` is asked whatever is in it."""
        return self.every or path in self.named


def asking(files: Sequence[str], named: Collection[str]) -> Asking:
    """Which of `files` are asked; `named` are those that were named themselves, and not found in a folder."""
    return Asking(not is_larger(files, SMALL), frozenset(named))


def is_larger(files: Sequence[str], size: int) -> bool:
    """Whether the files come to more than `size` bytes."""
    total = 0
    for path in files:
        try:
            total += os.stat(path).st_size
        except OSError:
            continue  # whoever reads it says so
        if total > size:
            return True
    return False
