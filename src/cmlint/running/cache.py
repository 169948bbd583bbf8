"""The cache: what was found in files whose bytes, settings, knowledge, cmlint and Python are the same as now.

Keyed by the content, so that no clock and no file system can make it stale; what else was looked into is read again.
One file of JSON for each version of cmlint and Python, replaced in one step: of two runs at once the later one wins,
and neither sees a half. Its first line is the digest of the rest. Whatever is wrong with it (garbage, a changed byte,
a full disk, no permission, a pipe, a symbolic link) makes a run slower, never different. It is data: nothing in it
is executed. The digest is no signature: who may write to the folder, and makes the digest anew, can change what a run
says.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cmlint.config import Config
from cmlint.digests import digest
from cmlint.results import Result

if TYPE_CHECKING:
    from cmlint.knowledge.entries import Protocol

_MOST_ENTRIES = 50_000
_OWN = {
    ".gitignore": "# Made by cmlint.\n*\n",
    "CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache of cmlint.\n",
}
_RESULTS = ("results-", ".results-")


class Cache:
    """The entries in `folder`; nothing is kept when it is None. `new` are those that this run added."""

    def __init__(self, folder: str | None) -> None:
        self._folder = folder
        self._entries: dict[str, Any] = {} if folder is None else _read(_place(folder))
        self._used: dict[str, Any] = {}
        self.new: dict[str, Any] = {}

    @property
    def is_kept(self) -> bool:
        """Whether there is a cache."""
        return self._folder is not None

    @property
    def knows_something(self) -> bool:
        """Whether an earlier run left anything."""
        return bool(self._entries)

    def get(self, key: tuple[str, str], *, asked: bool) -> tuple[Result, dict[str, Protocol]] | None:
        """What is known for a key of `key_of`; where it is `asked` whether the file parses only what answers that."""
        path, name = key
        stored = self._entries.get(name)
        if not isinstance(stored, dict):
            return None
        from cmlint.neighbours import digest_of
        from cmlint.running.stored import from_json  # here and below: without a cache nothing of it is needed

        try:
            known = from_json(stored, path)
        except Exception:  # whatever else it is, it is nothing that cmlint wrote: the work is done again
            return None
        if asked and known[0].counts.unasked:
            return None
        if any(digest_of(beside) != before for beside, before in known[0].consulted.items()):
            return None  # another file that was looked into is another one now
        self._used[name] = stored
        return known

    def put(self, key: tuple[str, str], result: Result, marks: Mapping[str, Protocol]) -> None:
        """Remember what was found, unless something could not be done."""
        if self._folder is not None and not result.problems:
            from cmlint.running.stored import as_json

            self.new[key[1]] = as_json(result, marks)

    def take(self, entries: Mapping[str, Any]) -> None:
        """Remember what another process found."""
        self.new.update(entries)

    def save(self) -> None:
        """Write what is new; the oldest entries that were not used are dropped when there are too many."""
        if self._folder is None or not self.new:
            return
        kept = {**self._entries, **self._used, **self.new}
        for name in list(kept)[: max(0, len(kept) - _MOST_ENTRIES)]:
            del kept[name]
        import json

        try:
            _write(self._folder, _place(self._folder), _sealed(json.dumps(kept, separators=(",", ":"))))
        except (OSError, ValueError):
            return  # the next run does the work again


def key_of(path: str, raw: bytes, config: Config, marks: Mapping[str, Protocol]) -> tuple[str, str]:
    """The key for the file at `path` with the bytes `raw`: a path and a digest."""
    from hashlib import blake2b  # which loads a library for encryption

    whole = blake2b(raw, digest_size=20)
    handed = sorted((name, repr(protocol)) for name, protocol in marks.items())
    whole.update(repr((path, config, handed)).encode("utf-8", "surrogatepass"))
    return path, whole.hexdigest()


def _place(folder: str) -> str:
    return os.path.join(folder, f"results-{_version()}.json")


def _version() -> str:
    """A digest of what decides the answers beside the files: the files of cmlint and libcst, and the Python version."""
    from hashlib import blake2b

    whole = blake2b(sys.version.encode(), digest_size=8)
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for current, folders, names in os.walk(package):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            status = os.stat(os.path.join(current, name))
            whole.update(f"{current}/{name} {status.st_size} {status.st_mtime_ns}".encode("utf-8", "surrogatepass"))
    from importlib.util import find_spec

    libcst = find_spec("libcst")
    if libcst is not None and libcst.origin is not None:
        whole.update(f"{libcst.origin} {os.stat(libcst.origin).st_mtime_ns}".encode("utf-8", "surrogatepass"))
    return whole.hexdigest()


def _sealed(entries: str) -> str:
    """The entries in JSON behind their digest, which is JSON as a whole."""
    return f'["{digest(entries.encode())}",\n{entries}\n]\n'


def _read(place: str) -> dict[str, Any]:
    """The entries in the file at `place`; none where it holds anything but what `_sealed` made."""
    import json

    try:
        handle = os.open(place, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as file:
            data = file.read() if stat.S_ISREG(os.fstat(handle).st_mode) else b""
        first, _, rest = data.partition(b"\n")
        kept = rest.removesuffix(b"\n]\n")
        entries = json.loads(kept) if first == f'["{digest(kept)}",'.encode() else None
    except (OSError, ValueError, RecursionError, MemoryError):
        return {}
    return entries if isinstance(entries, dict) else {}


def _write(folder: str, place: str, text: str) -> None:
    if os.path.islink(folder):
        return
    os.makedirs(folder, exist_ok=True)
    if all(name in _OWN or name.startswith(_RESULTS) for name in os.listdir(folder)):
        # What else a folder holds is somebody's, and must not be hidden from git.
        for name, content in _OWN.items():
            if not os.path.lexists(os.path.join(folder, name)):
                _put(folder, os.path.join(folder, name), content)
    _put(folder, place, text)


def _put(folder: str, place: str, text: str) -> None:
    import tempfile

    handle, beside = tempfile.mkstemp(prefix=".results-", dir=folder)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogatepass") as file:
            file.write(text)
        os.replace(beside, place)
    except BaseException:
        os.unlink(beside)
        raise
