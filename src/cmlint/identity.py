"""What makes two findings of different versions of a file the same finding.

The key has the path, the code, the manager's qualified name and what is lost, but no line, no wording and nothing that
a formatter changes (spaces, quotes, trailing commas): it survives code that moves, is reformatted, or is told about in
other words. Two findings of one file may have the same key.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from pathlib import PurePath
from typing import NamedTuple

from cmlint.findings import Finding

_NAMED = re.compile(r"`([^`]+)`")
_FORMATTED = re.compile(r"\s+|,\s*(?=[)\]}])")


class Key(NamedTuple):
    """path: with slashes; lost: what the message names, unformatted, sorted and without repetition."""

    path: str
    code: str
    qualname: str
    kind: str
    lost: tuple[str, ...]


def key(finding: Finding, path: str | None = None) -> Key:
    """The key of `finding`; `path` is the one to use in place of the finding's own."""
    place = PurePath(finding.path if path is None else path).as_posix()
    lost = tuple(sorted({_unformatted(name) for name in _NAMED.findall(finding.message)}))
    return Key(place, finding.code, finding.qualname, finding.kind, lost)


def _unformatted(name: str) -> str:
    """`name` without what a formatter may change; different code may come to the same, which only a key can bear."""
    return _FORMATTED.sub("", name).replace("'", '"')


class Numbering:
    """Fingerprints of the findings of one report, no two of them equal: of equal keys the second is number 2."""

    def __init__(self) -> None:
        self._seen: Counter[Key] = Counter()

    def fingerprint(self, finding: Finding, path: str) -> str:
        """64 hexadecimal digits, the same on every machine; `path` is the one to use in place of the finding's own."""
        mine = key(finding, path)
        self._seen[mine] += 1
        return self.of_text(*mine[:4], *mine.lost, str(self._seen[mine]))

    @staticmethod
    def of_text(*parts: str) -> str:
        """The fingerprint of some texts."""
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
