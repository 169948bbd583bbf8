"""What to check and what to show: what the client says on top of `[tool.cmlint]`, read again when a file changed.

A file that changed is seen by its time and size at the next check, whether or not the client watches files.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from cmlint.config import Config, ConfigError, Reader, nearest
from cmlint.config_lookup import Finder
from cmlint.discovery import SKIPPED_FOLDERS
from cmlint.rule_codes import CODES

_READER = Reader(CODES)
_NAMES = {"minConfidence": "min-confidence", "extendSelect": "extend-select", "unsafeFixes": "unsafe-fixes"}
_KEYS = ("select", "ignore", "extend-select", "exclude", "min-confidence", "unsafe-fixes")
_WHERE = "settings of the editor"
_Signature = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Wishes:
    """What the client asks for: settings above those of the files, and whether unsafe fixes are offered."""

    overrides: Mapping[str, Any] = field(default_factory=dict)
    unsafe_fixes: bool = True


def wishes(given: object) -> Wishes:
    """The wishes in what a client sent. Raises ConfigError, which names the key and what would be right."""
    if given is None:
        return Wishes()
    if not isinstance(given, Mapping):
        raise ConfigError(f"{_WHERE}: not an object of settings")
    own = given["cmlint"] if isinstance(given.get("cmlint"), Mapping) else given
    named = {_NAMES.get(key, key): value for key, value in own.items() if value is not None}
    for key in named:
        if key not in _KEYS:
            raise ConfigError(f"{_WHERE}: unknown key `{key}`{nearest(key, _KEYS)}")
    unsafe = named.pop("unsafe-fixes", True)
    if not isinstance(unsafe, bool):
        raise ConfigError(f"{_WHERE}: `unsafe-fixes` must be true or false")
    read = _READER.from_table(named, _WHERE, "")
    return Wishes({key.replace("-", "_"): getattr(read, key.replace("-", "_")) for key in named}, unsafe)


@dataclass
class Settings:
    """The settings for every path; `roots` are the folders of the workspace."""

    wishes: Wishes = field(default_factory=Wishes)
    roots: tuple[str, ...] = ()
    _known: dict[str, tuple[_Signature, Wishes, Config]] = field(default_factory=dict)

    def for_path(self, path: str | None) -> Config:
        """The settings for a file, or for a text that is none. Raises ConfigError."""
        place = path or os.path.join(self.roots[0] if self.roots else os.getcwd(), "untitled.py")
        folder = os.path.dirname(place)
        signature = _signature(folder)
        known = self._known.get(folder)
        if known is None or known[:2] != (signature, self.wishes):
            config = Finder(_READER, self.wishes.overrides).for_path(place)
            self._known[folder] = known = (signature, self.wishes, config)
        return known[2]

    def leaves_out(self, path: str | None, config: Config) -> bool:
        """Whether a file is excluded, or in a folder of the usual kinds (virtual environments, build output)."""
        if path is None:
            return False
        return config.excludes(path) or not SKIPPED_FOLDERS.isdisjoint(_inside(path, self.roots).parts[:-1])


def _inside(path: str, roots: Iterable[str]) -> PurePath:
    """The path as seen from the innermost folder of the workspace, or as it is."""
    around = [root for root in roots if PurePath(path).is_relative_to(root)]
    return PurePath(path).relative_to(max(around, key=len)) if around else PurePath(path)


def _signature(folder: str) -> _Signature:
    """What is known of each pyproject.toml that counts for a folder: its path, the time of its change, its size."""
    found: list[tuple[str, int, int]] = []
    for parent in (PurePath(folder), *PurePath(folder).parents):
        candidate = str(parent / "pyproject.toml")
        try:
            status = os.stat(candidate)
        except OSError:
            continue
        found.append((candidate, status.st_mtime_ns, status.st_size))
    return tuple(found)
