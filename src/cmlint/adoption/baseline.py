"""The baseline: a file with the findings that were there when cmlint was adopted, so that only new ones are reported.

The file is a JSON array: a header, then one finding a line, sorted, each line beginning with its comma, so that two
branches which add and remove findings touch no line of each other (it may be merged with `merge=union`). Paths are
relative to the file's folder, so it counts from any working folder.
"""

from __future__ import annotations

import json
import os
import stat
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from cmlint.adoption.known import Match, match
from cmlint.findings import Confidence, Finding
from cmlint.identity import Key, key
from cmlint.source import SourceError, put

DEFAULT_NAME = "cmlint-baseline.json"
_HEADER, _VERSION = "cmlint-baseline", 1
_KEYS = ("path", "code", "qualname", "kind")

# Whether a check would report, in the file at this path, what has this code and this confidence.
Reported = Callable[[str, str, Confidence], bool]


@dataclass(frozen=True)
class Looked:
    """What a check looked at: the files that could be checked, and the folders that were gone through."""

    files: Collection[str]
    folders: Sequence[str] = ()


@dataclass(frozen=True)
class Baseline:
    """What is known, read from `file` (an absolute path); `content` is what the file held, None when it is new."""

    file: str
    counts: Counter[Key] = field(default_factory=Counter)
    confidences: Mapping[Key, Confidence] = field(default_factory=dict)
    content: bytes | None = None

    def place(self, path: str) -> str:
        """`path` (relative to the working folder) as the entries have it."""
        folder, name = os.path.split(os.path.abspath(path))
        real = os.path.join(os.path.realpath(folder), name)
        try:
            return PurePath(os.path.relpath(real, self._folder)).as_posix()
        except ValueError:  # on another drive
            return PurePath(real).as_posix()

    def compare(self, findings: Sequence[Finding], looked: Looked, told: Reported) -> Match:
        """Which of `findings` are known, and which entries do not occur although the check would report them."""
        places = {self.place(path) for path in looked.files}
        found = match(findings, self.place, self.counts, lambda path: path in places or self._is_missing(path))
        gone = Counter({one: n for one, n in found.gone.items() if self._would_be_seen(one, looked, places, told)})
        return Match(found.known, gone, found.moved)

    def updated(self, findings: Sequence[Finding], looked: Looked, told: Reported) -> Baseline:
        """The baseline with `findings`, and with those of its entries that the check could not have seen."""
        compared = self.compare(findings, looked, told)
        actual: Counter[Key] = Counter()
        confidences = dict(self.confidences)
        for finding in findings:
            one = key(finding, self.place(finding.path))
            actual[one] += 1
            if actual[one] == 1 or finding.confidence.rank < confidences[one].rank:
                confidences[one] = finding.confidence
        places = {self.place(path) for path in looked.files}
        unseen = self.counts - compared.gone - compared.moved
        kept = {
            one: n
            for one, n in unseen.items()
            if one.path not in places or not self._is_told(one, told)  # of the others `findings` tells
        }
        total = actual | Counter(kept)
        return Baseline(self.file, total, {one: confidences[one] for one in total}, self.content)

    def write(self) -> None:
        """Write the file in one step, unless it says the same already. Raises SourceError."""
        data = self._rendered().encode()
        if data == self.content:
            return
        try:
            target = os.path.realpath(self.file)
            current = Path(target).read_bytes() if os.path.lexists(target) else None
            if current != self.content:
                raise SourceError(f"{shown(self.file)}: changed while the files were checked; run cmlint again")
            put(target, data, None if current is None else os.stat(target))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise SourceError(f"{shown(self.file)}: the baseline could not be written: {reason}") from error

    @property
    def _folder(self) -> str:
        return os.path.realpath(os.path.dirname(self.file))

    def _is_missing(self, place: str) -> bool:
        return not os.path.lexists(os.path.join(self._folder, place))

    def _is_told(self, one: Key, told: Reported) -> bool:
        return told(os.path.join(self._folder, one.path), one.code, self.confidences[one])

    def _would_be_seen(self, one: Key, looked: Looked, places: Collection[str], told: Reported) -> bool:
        if not self._is_told(one, told):
            return False
        return one.path in places or (self._is_missing(one.path) and self._is_below(one.path, looked.folders))

    def _is_below(self, place: str, folders: Iterable[str]) -> bool:
        inner = [self.place(folder) for folder in folders]
        return any(place.startswith(f"{one}/") or (one == "." and not place.startswith("../")) for one in inner)

    def _rendered(self) -> str:
        lines = [json.dumps({_HEADER: _VERSION})]
        lines += [json.dumps(_entry(one, self.counts[one], self.confidences[one])) for one in sorted(self.counts)]
        return "[" + "\n,".join(lines) + "\n]\n"


def _entry(one: Key, count: int, confidence: Confidence) -> dict[str, Any]:
    named = {name: getattr(one, name) for name in _KEYS}
    return {**named, "lost": list(one.lost), "confidence": confidence.value, "count": count}


def shown(file: str) -> str:
    """The path of a baseline as it is told to the user."""
    try:
        return os.path.relpath(file)
    except ValueError:  # on another drive
        return file


def read(file: str) -> Baseline:
    """The baseline in `file` (an absolute path). Raises SourceError with one line that says what is wrong with it."""
    try:
        kind = stat.S_IFMT(os.stat(file).st_mode)
        if kind not in (stat.S_IFREG, stat.S_IFDIR):  # the system itself says what is wrong with a folder
            named = "a pipe" if kind == stat.S_IFIFO else "no regular file"
            raise SourceError(f"it is {named}, so it can't be written again")
        content = Path(file).read_bytes()
        return _parsed(file, content)
    except FileNotFoundError:
        raise SourceError(f"{shown(file)}: there is no such baseline; `cmlint --update-baseline` writes one") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SourceError(f"{shown(file)}: the baseline can't be read: {reason}") from error
    except SourceError as error:
        raise SourceError(f"{shown(file)}: the baseline can't be used: {error}") from error


def read_or_new(file: str) -> Baseline:
    """The baseline in `file`, an empty one when there is no such file. Raises SourceError."""
    return read(file) if os.path.lexists(file) else Baseline(file)


def _parsed(file: str, content: bytes) -> Baseline:
    try:
        lines = json.loads(content.decode("utf-8-sig"))
    except ValueError as error:
        hint = " (there are the markers of a merge conflict in it)" if b"<<<<<<< " in content else ""
        raise SourceError(f"it is not JSON: {error}{hint}") from error
    except RecursionError:
        raise SourceError("it is not JSON of a sane depth") from None
    if not isinstance(lines, list) or not lines or not isinstance(lines[0], dict) or _HEADER not in lines[0]:
        raise SourceError(f"it is not an array that begins with {json.dumps({_HEADER: _VERSION})}")
    if lines[0][_HEADER] != _VERSION:
        raise SourceError(f"it has version {lines[0][_HEADER]!r}, and this cmlint reads version {_VERSION}")
    counts: Counter[Key] = Counter()
    confidences: dict[Key, Confidence] = {}
    for number, line in enumerate(lines[1:], 1):
        try:
            one, confidence, count = _parsed_entry(line)
        except KeyError as error:
            raise SourceError(f"entry {number} has no {error}") from None
        except (TypeError, ValueError) as error:
            raise SourceError(f"entry {number}: {error}") from None
        counts[one] = max(count, counts[one])  # the same line twice is what a merge of two branches may leave
        confidences[one] = confidence
    return Baseline(file, counts, confidences, content)


def _parsed_entry(entry: Any) -> tuple[Key, Confidence, int]:
    """The parts of one entry. Raises KeyError, TypeError and ValueError."""
    if not isinstance(entry, dict):
        raise TypeError("it is not an object")
    texts, lost, count = [entry[name] for name in _KEYS], entry["lost"], entry["count"]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError(f"{', '.join(_KEYS)} must be strings")
    if not isinstance(lost, list) or not all(isinstance(name, str) for name in lost):
        raise TypeError("lost must be a list of strings")
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise TypeError("count must be a number from 1 on")
    path, code, qualname, kind = texts
    return Key(path, code, qualname, kind, tuple(lost)), Confidence(entry["confidence"]), count
