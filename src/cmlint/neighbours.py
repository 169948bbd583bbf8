"""The other files of a package, read when an import of one file leads to them: `from .lock import Lock`.

A module is looked for below the topmost folder with an `__init__.py`, or around it where that is part of a namespace,
as Python would, never by running anything, and a name that a file only imports is followed on. Of other packages
nothing is read. Each file that was asked for is remembered with a digest of its bytes, also when it is not there: what
was found depends on them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from cmlint import source as sources
from cmlint.digests import digest
from cmlint.outline import Outline
from cmlint.outlining import outline
from cmlint.source import SourceError

_MOST_FILES = 12
_MOST_BYTES = 400_000
_MOST_STEPS = 3  # from one import to the next
_MOST_ABOVE = 3  # folders of a namespace around a package
_INIT = "__init__.py"
_ABSENT = ""
_UNNAMED = "?"  # the folder that is begun with; the root of a file system has no name


def digest_of(path: str) -> str:
    """A digest of the bytes of a file, or the size of a very large one; empty where it can't be read."""
    return _bytes_of(path)[0]


def _bytes_of(path: str) -> tuple[str, bytes | None]:
    """The digest of a file and its bytes; no bytes of one that is very large or can't be read."""
    try:
        size = os.path.getsize(path)
        if size > _MOST_BYTES:
            return str(size), None
        raw = sources.read_bytes(path)
    except (OSError, SourceError):
        return _ABSENT, None
    return digest(raw), raw


@dataclass(frozen=True)
class Neighbours:
    """The files below `root` as a module of `package` names them; `consulted`: those asked for, with their digests."""

    root: str
    package: tuple[str, ...]
    consulted: dict[str, str] = field(default_factory=dict)
    known: dict[str, Outline | None] = field(default_factory=dict)

    def find(self, dotted: str) -> tuple[Outline, str] | None:
        """The file that defines what an import names, and its name there; None where no file of the package does.

        dotted: absolute, or with leading dots as in the import statement.
        """
        absolute = _resolved(dotted, self.package)
        for _ in range(_MOST_STEPS):
            root = self._root_of(absolute.partition(".")[0])
            found = None if root is None else self._module_of(absolute, root)
            if found is None:
                return None
            whole, package, name = found
            first = name.partition(".")[0]
            if first in whole.by_name:
                return None if whole.is_ambiguous(first) else (whole, name)
            target = whole.module_names.get(first, "")
            absolute = _resolved(target, package) + name[len(first) :] if target else ""
        return None

    def _root_of(self, first: str) -> str | None:
        """The folder that holds the topmost package of an absolute name; it may have no `__init__.py` (PEP 420)."""
        if not self.package:
            return None
        if first == self.package[0]:
            return self.root
        folder = self.root
        for _ in range(_MOST_ABOVE):
            folder, name = os.path.split(os.path.abspath(folder))
            if name == first:
                return folder
        return None

    def _module_of(self, absolute: str, root: str) -> tuple[Outline, tuple[str, ...], str] | None:
        """The outline of the longest beginning that is a module, its package, and what is named inside it."""
        parts = tuple(absolute.split("."))
        for length in range(len(parts) - 1, 0, -1):
            path = os.path.join(root, *parts[:length])
            places = ((f"{path}.py", parts[: length - 1]), (os.path.join(path, _INIT), parts[:length]))
            for candidate, package in places:
                whole = self._outline(candidate, package)
                if whole is not None:
                    return whole, package, ".".join(parts[length:])
        return None

    def _outline(self, path: str, package: tuple[str, ...]) -> Outline | None:
        if path not in self.known:
            whole = self._read(path)
            if whole is not None:
                whole.elsewhere = Neighbours(self.root, package, self.consulted, self.known)
            self.known[path] = whole
        return self.known[path]

    def _read(self, path: str) -> Outline | None:
        self.consulted[path] = _ABSENT
        if not os.path.isfile(path) or sum(whole is not None for whole in self.known.values()) >= _MOST_FILES:
            return None
        self.consulted[path], raw = _bytes_of(path)
        if raw is None:
            return None
        try:
            source = sources.decode(path, raw)
            sources.check_syntax(source)  # which refuses what is nested too deeply for any parser
        except SourceError:
            return None
        return outline(source.text)


def neighbours_of(folder: str) -> Neighbours:
    """The files around those in `folder`: it is a package itself, or there are none."""
    names: list[str] = []
    root, name = folder, _UNNAMED
    while name and os.path.isfile(os.path.join(root, _INIT)):
        root, name = os.path.split(os.path.abspath(root))
        names.insert(0, name)
    return Neighbours(root, tuple(filter(None, names)))


def look_beside(whole: Outline, folder: str | None) -> None:
    """Let an outline see the other files of its package, where its text stands on disk."""
    if folder is not None:
        whole.elsewhere = neighbours_of(folder)


def _resolved(target: str, package: tuple[str, ...]) -> str:
    """The absolute name of what a module of `package` imports; empty where that leads out of it."""
    dots = len(target) - len(target.lstrip("."))
    if not dots:
        return target
    kept = package[: len(package) - dots + 1]
    return ".".join((*kept, target[dots:])) if kept and dots <= len(package) else ""
