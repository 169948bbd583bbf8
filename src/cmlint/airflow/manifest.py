"""The released files that are affected, and the module that can stand in for one of them: read from what cmlint ships.

The data lies in `fixes/airflow/` of the project; an installed cmlint carries a copy of it beside this module.
"""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_NAME = "manifest.toml"
_MODULE = "scheduler_command.py"


@dataclass(frozen=True)
class Released:
    """One affected file as it was released; digests are SHA-256 in hexadecimal.

    effect: what the leak does there; remains: what the repair does not change, or nothing.
    """

    distribution: str
    releases: tuple[str, ...]
    path: str
    functions: tuple[str, ...]
    before: str
    after: str
    shipped: bool
    effect: str
    remains: str

    @property
    def named(self) -> str:
        """The releases in words: `apache-airflow 2.6.0 to 2.6.3`."""
        first, last = self.releases[0], self.releases[-1]
        return f"{self.distribution} {first}" + ("" if first == last else f" to {last}")


@dataclass(frozen=True)
class Manifest:
    """Every affected released file, and the bytes of the module that stands in for some of them."""

    files: tuple[Released, ...]
    module: bytes

    @property
    def paths(self) -> tuple[str, ...]:
        """Where such files lie, relative to the folder that holds the package `airflow`."""
        return tuple(dict.fromkeys(released.path for released in self.files))

    def as_released(self, content: bytes) -> Released | None:
        """The released file that has this content."""
        return next((released for released in self.files if released.before == digest(content)), None)

    def as_repaired(self, content: bytes) -> Released | None:
        """The released file of which a repair makes this content."""
        return next((released for released in self.files if released.after == digest(content)), None)


def read_manifest() -> Manifest:
    """The manifest that this cmlint ships."""
    folder = _folder()
    tables = tomllib.loads((folder / _NAME).read_text(encoding="utf-8"))["file"]
    return Manifest(tuple(map(_released, tables)), (folder / _MODULE).read_bytes())


def _released(table: dict[str, Any]) -> Released:
    lists = {name: tuple(table[name]) for name in ("releases", "functions")}
    return Released(**{**table, **lists})


def digest(content: bytes) -> str:
    """The SHA-256 of `content` in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _folder() -> Path:
    installed = Path(__file__).with_name("shipped")
    return installed if installed.is_dir() else Path(__file__).parents[3] / "fixes" / "airflow"
