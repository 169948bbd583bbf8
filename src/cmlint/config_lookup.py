"""Which settings a file has: those of the nearest `pyproject.toml` above it, and what the command line adds."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from cmlint.config import Config, Reader, placed


class Finder:
    """Finds the settings for a path: the nearest pyproject.toml with a [tool.cmlint] table, upwards."""

    def __init__(self, reader: Reader, overrides: Mapping[str, Any], fixed: Config | None = None) -> None:
        self._reader = reader
        self._overrides = dict(overrides)
        self._fixed = None if fixed is None else self._with_overrides(fixed)
        self._by_folder: dict[str, Config] = {}
        self._by_name: dict[str, Config] = {}

    def for_path(self, path: str) -> Config:
        """The settings for a file or folder, with what the command line said on top. Raises ConfigError."""
        if self._fixed is not None:
            return self._fixed
        place = placed(path)
        return self._for_folder(place if os.path.isdir(place) else os.path.dirname(place))

    def for_file(self, path: str) -> Config:
        """`for_path` of what is no folder: asked for each of many files."""
        folder = os.path.dirname(path)
        found = self._by_name.get(folder)
        if found is None:
            found = self._by_name[folder] = self._fixed or self._for_folder(placed(folder))
        return found

    def _for_folder(self, folder: str) -> Config:
        if folder not in self._by_folder:
            candidate = os.path.join(folder, "pyproject.toml")
            found = self._reader.from_file(candidate) if os.path.isfile(candidate) else None
            if found is not None:
                self._by_folder[folder] = self._with_overrides(found)
            elif os.path.dirname(folder) == folder:
                self._by_folder[folder] = self._with_overrides(Config())
            else:
                self._by_folder[folder] = self._for_folder(os.path.dirname(folder))
        return self._by_folder[folder]

    def _with_overrides(self, config: Config) -> Config:
        known = {field.name for field in fields(Config)}
        changes = {key: value for key, value in self._overrides.items() if key in known}
        config = _with_selected(config, changes)
        for key in ("exclude", "extend_select", "ignore"):
            if key in changes:
                changes[key] = (*getattr(config, key), *changes[key])
        return replace(config, **changes)


def _with_selected(config: Config, changes: Mapping[str, Any]) -> Config:
    """The settings of a file, less what they say against rules that the command line selects, as in ruff.

    `--select` is a list of its own, so neither `ignore` nor `extend-select` of the file changes it.
    """
    if "select" in changes:
        return replace(config, ignore=(), extend_select=())
    wanted = tuple(changes.get("extend_select", ()))
    return replace(config, ignore=tuple(code for code in config.ignore if not code.startswith(wanted)))
