"""Repairs an affected file, with a backup beside it, and takes the repair back.

The backup's name holds the beginning of the digest of the repaired file, so a file that was changed since is
recognised without keeping anything else.
"""

from __future__ import annotations

import contextlib
import os
from fnmatch import fnmatchcase
from pathlib import Path

from cmlint import source as sources
from cmlint.airflow.condition import CODE, Condition, State
from cmlint.airflow.manifest import digest
from cmlint.config import Config
from cmlint.repair import repair_source
from cmlint.source import Source, SourceError

_LENGTH = 16  # characters of the digest in a backup's name


def repaired_by_fix(condition: Condition) -> tuple[Source, str] | None:
    """The file of `condition` and its text after `cmlint --fix`; None when there is nothing to do.

    Raises SourceError when the file can't be read or a leak would be left.
    """
    if condition.state is State.UNREADABLE:
        raise SourceError(condition.reason)
    if condition.source is None:
        return None
    repaired = repair_source(condition.source, Config(), unsafe=False)
    left = [finding for finding in repaired.left.findings if finding.code == CODE]
    if left:
        raise SourceError(f"`{left[0].qualname}` can't be repaired: {left[0].no_fix_reason or 'no safe fix'}", None)
    return condition.source, repaired.text


def replaced_by_module(condition: Condition, module: bytes) -> tuple[Source, str] | None:
    """The file of `condition` and the text of the shipped module; None when there is nothing to do.

    Raises SourceError where the module can't stand in: it does so for files as they were released, and for no others.
    """
    if condition.state is State.UNREADABLE:
        raise SourceError(condition.reason)
    if condition.state is State.REPAIRED:
        raise SourceError("is repaired already, and the shipped module would hide that: `cmlint airflow revert` first")
    if condition.source is None:
        return None
    if condition.released is None or not condition.released.shipped:
        known = condition.released.named if condition.released else "a file that no release has"
        raise SourceError(f"the shipped module stands in for 2.5.0 to 2.6.3 only, and this is {known}")
    return condition.source, module.decode()


def backup_of(path: Path, repaired: bytes) -> Path:
    """Where the backup of the file at `path` goes when its repaired content is `repaired`."""
    return path.with_name(f"{path.name}.{digest(repaired)[:_LENGTH]}.orig")


def apply(source: Source, text: str) -> Path:
    """Write `text` over the file of `source`, its old content into a backup, and return the backup's path.

    Raises SourceError; then the file was not written. A backup that was there before is never changed or removed, and
    neither is one that the file needs, because another cmlint repaired it at the same time.
    """
    path = Path(source.path)
    before = _encoded(source, source.text)
    backup = backup_of(path, _encoded(source, text))
    is_new = _kept(backup, before, path)
    try:
        sources.write(source, text)
    except SourceError:
        if is_new and sources.read_bytes(str(path)) == before:
            backup.unlink(missing_ok=True)
        raise
    _forget_compiled(path)
    return backup


def _encoded(source: Source, text: str) -> bytes:
    """`text` in the encoding of `source`. Raises SourceError: some codecs read what they can't write."""
    try:
        return source.encode(text)
    except UnicodeError as error:
        raise SourceError(f"can't be written in {source.encoding}, so it was left alone") from error


def _kept(backup: Path, content: bytes, path: Path) -> bool:
    """See to it that `backup` holds `content`, readable for whom `path` is; whether it was made. Raises SourceError."""
    if os.path.lexists(backup):
        if not backup.is_file() or sources.read_bytes(str(backup)) != content:
            raise SourceError(f"{backup.name} is in the way of the backup and differs: move it away first")
        return False
    try:
        sources.put(str(backup), content, os.stat(path))
    except OSError as error:
        raise SourceError(f"the backup {backup.name} could not be written: {(error.strerror or '').lower()}") from error
    return True


def backups(path: Path) -> list[Path]:
    """The backups beside the file at `path`. Raises SourceError where its folder can't be looked at."""
    try:
        names = sorted(os.listdir(path.parent))
    except OSError as error:
        raise SourceError(f"its backups can't be looked for: {(error.strerror or '').lower()}") from error
    return [path.with_name(name) for name in names if fnmatchcase(name, f"{path.name}.{'?' * _LENGTH}.orig")]


def revert(path: Path) -> Path:
    """Put the backup back that belongs to the present content of `path`, remove it, and return what its path was.

    A backup of what the file holds already, which an interrupted repair leaves, is only removed. Raises SourceError
    when there is none, or when the file was changed since it was repaired.
    """
    present = sources.read(str(path))
    content = _encoded(present, present.text)
    backup = backup_of(path, content)
    if backup.is_file():
        sources.write(present, sources.read(str(backup)).text)
        _forget_compiled(path)
    else:
        backup = _left_behind(path, content)
    try:
        backup.unlink(missing_ok=True)
    except OSError as error:
        raise SourceError(f"{backup.name} could not be removed: {(error.strerror or '').lower()}") from error
    return backup


def _left_behind(path: Path, content: bytes) -> Path:
    """The backup that holds `content`, which is that of `path`. Raises SourceError when there is none."""
    for backup in backups(path):
        if backup.is_file() and sources.read_bytes(str(backup)) == content:
            return backup
    raise SourceError("was changed since it was repaired, so it was left alone")


def _forget_compiled(path: Path) -> None:
    """Remove what Python compiled of the file at `path`: in some images it never looks whether the source is newer."""
    real = Path(os.path.realpath(path))
    for folder in {path.parent, real.parent}:
        for compiled in (folder / "__pycache__").glob(f"{path.stem}.*.pyc"):
            with contextlib.suppress(OSError):
                compiled.unlink()
