"""Measures that need no labels: managers that their maintainers protected, as they are and stripped.

As they are, CML101 to CML103 must be quiet. Stripped, they must be flagged, with exactly the moved lines as clean-up,
and the fix must give the original function back. What only tells (see `telling`) is nobody's clean-up: a manager whose
`finally` does nothing else is not asked for, and a telling line counts neither way. The strict figures, over all and
with every line, stand beside. A function that stands in several files word for word (a vendored copy) counts once.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import md5
from pathlib import Path

from measures import Share
from packages import CACHE
from stripping import Manager, Stripped, original_tree, stripped
from tools import RAISING, Edit, Report, Reports, cmlint

_VERSION = re.compile(r"-\d.*")


@dataclass(frozen=True)
class Outcome:
    """What cmlint makes of one manager; `found` are the findings on its stripped form."""

    package: str
    path: str
    manager: Manager
    kept: tuple[Report, ...]
    found: tuple[Report, ...]
    found_low: bool  # at `--min-confidence low`
    reversed: bool | None  # by one of the fixes; None: no fix
    safely: bool | None  # the same of safe fixes
    placed: bool | None  # the same of safe fixes, wherever the `try` begins

    @property
    def lines(self) -> frozenset[int]:
        """The lines that cmlint takes for clean-up."""
        return frozenset(line for report in self.found for line in report.cleanup_lines)

    @property
    def exact(self) -> bool:
        """Whether it is found with exactly the moved lines."""
        return bool(self.found) and self.lines == self.manager.moved

    @property
    def right(self) -> bool:
        """The same up to the lines that only tell."""
        return bool(self.found) and self.lines - self.manager.telling == self.manager.moved - self.manager.telling

    @property
    def half(self) -> int:
        """Half of the packages by a hash of the name, whatever the version: failures are read in half 0 only."""
        return md5(_VERSION.sub("", self.package).encode(), usedforsecurity=False).digest()[0] % 2

    @property
    def title(self) -> str:
        """How it is named in lists."""
        return f"{self.package} {self.path}:{self.manager.original.line} {self.manager.qualname}"


@dataclass(frozen=True)
class LabelFree:
    """All outcomes on some packages."""

    packages: int
    outcomes: tuple[Outcome, ...]

    @property
    def asked(self) -> tuple[Outcome, ...]:
        """The managers that lose something without their `finally`."""
        return tuple(one for one in self.outcomes if one.manager.loses)

    @property
    def found(self) -> Share:
        """Stripped managers that lose something and are flagged."""
        return Share.of(bool(one.found) for one in self.asked)

    @property
    def found_low(self) -> Share:
        """The same at low confidence."""
        return Share.of(one.found_low for one in self.asked)

    @property
    def right(self) -> Share:
        """Stripped managers that lose something and are flagged with the right lines."""
        return Share.of(one.right for one in self.asked)

    @property
    def found_of_all(self) -> Share:
        """Stripped managers that are flagged, also those that lose nothing."""
        return Share.of(bool(one.found) for one in self.outcomes)

    @property
    def exact(self) -> Share:
        """Stripped managers that are flagged with every moved line and no other, also those that lose nothing."""
        return Share.of(one.exact for one in self.outcomes)

    @property
    def telling(self) -> Share:
        """Stripped managers that lose nothing and are flagged all the same: false alarms."""
        return Share.of(bool(one.found) for one in self.outcomes if not one.manager.loses)

    def of_half(self, half: int) -> LabelFree:
        """The outcomes in one half of the packages."""
        return replace(self, outcomes=tuple(one for one in self.outcomes if one.half == half))

    @property
    def fixed(self) -> Share:
        """Stripped managers that are flagged and have a fix."""
        return Share.of(one.reversed is not None for one in self.outcomes if one.found)

    @property
    def reversed(self) -> Share:
        """Fixes that give the original back."""
        return Share.of(one.reversed is True for one in self.outcomes if one.reversed is not None)

    @property
    def safely_reversed(self) -> Share:
        """Stripped managers to which the safe fix gives the original back."""
        return Share.of(one.safely is True for one in self.outcomes)

    @property
    def safely_placed(self) -> Share:
        """The same up to where the `try` begins: what stood in it before the yield can't be told from the rest."""
        return Share.of(one.placed is True for one in self.outcomes)

    @property
    def safely_reversed_of_single(self) -> Share:
        """The strict figure where the `try` held only the yield, found or not."""
        return Share.of(one.safely is True for one in self.outcomes if one.manager.only_yield)

    @property
    def safe_fixes_that_reverse(self) -> Share:
        """Safe fixes that give the original back."""
        return Share.of(one.safely is True for one in self.outcomes if one.safely is not None)

    @property
    def reversed_of_single(self) -> Share:
        """The same where the `try` held only the yield: else a fix can't know where the `try` began."""
        single = [one for one in self.outcomes if one.manager.only_yield]
        return Share.of(one.reversed is True for one in single if one.reversed is not None)

    @property
    def alarms(self) -> Share:
        """Protected managers that are flagged."""
        return Share(len(self.protected), len(self.outcomes))

    @property
    def protected(self) -> tuple[Outcome, ...]:
        """Protected managers that are flagged: false alarms."""
        return tuple(one for one in self.outcomes if one.kept)


@dataclass(frozen=True)
class _Pair:
    package: str
    path: str
    original: Path
    copy: Path
    text: str
    result: Stripped


def measure(folders: Sequence[Path]) -> LabelFree:
    """Strip the managers of all files under `folders` and run cmlint on both forms."""
    with _copies(folders) as pairs:
        before = cmlint([pair.original for pair in pairs])
        copies = [pair.copy for pair in pairs]
        after, low = cmlint(copies), cmlint(copies, "--min-confidence", "low")
        return LabelFree(len(folders), tuple(_outcomes(pairs, before, after, low)))


def measure_stripped(folders: Sequence[Path]) -> LabelFree:
    """The same with the stripped forms only, at default settings: what the fixes need, in a third of the time."""
    with _copies(folders) as pairs:
        after = cmlint([pair.copy for pair in pairs])
        return LabelFree(len(folders), tuple(_outcomes(pairs, Reports(), after, Reports())))


@contextmanager
def _copies(folders: Sequence[Path]) -> Iterator[list[_Pair]]:
    """The files with managers that can be stripped, beside their stripped copies, while the `with` lasts."""
    with tempfile.TemporaryDirectory(dir=CACHE.parent) as place:
        yield [pair for folder in folders for pair in _pairs(folder, Path(place).resolve())]


def _pairs(folder: Path, place: Path) -> Iterator[_Pair]:
    for file in sorted(folder.rglob("*.py")):
        raw = file.read_bytes() if file.is_file() else b""
        if b"contextmanager" not in raw or b"finally" not in raw:
            continue
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            continue
        result = stripped(text)
        if result is not None:
            copy = place / file.relative_to(folder.parent)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(result.text.encode("utf-8"))
            yield _Pair(folder.name, str(file.relative_to(folder)), file, copy, text, result)


def _outcomes(pairs: Sequence[_Pair], before: Reports, after: Reports, low: Reports) -> Iterator[Outcome]:
    seen = set()
    for pair in pairs:
        for manager in pair.result.managers:
            if manager.text in seen:
                continue
            seen.add(manager.text)
            found = after.about(pair.copy, manager.stripped, RAISING)
            safe = [report for report in found if report.applicability == "safe"]
            yield Outcome(
                package=pair.package,
                path=pair.path,
                manager=manager,
                kept=before.about(pair.original, manager.original, RAISING),
                found=found,
                found_low=bool(low.about(pair.copy, manager.stripped, RAISING)),
                reversed=_reversed(pair, manager, found),
                safely=_reversed(pair, manager, safe),
                placed=_reversed(pair, manager, safe, placed=True),
            )


def _reversed(pair: _Pair, manager: Manager, found: Sequence[Report], *, placed: bool = False) -> bool | None:
    """Whether one of the fixes gives the original function back, also with another begin of the `try` if `placed`.

    None when there is no fix.
    """
    fixes = {report.edits for report in found if report.edits}
    if not fixes:
        return None
    wanted = original_tree(pair.text, manager)
    given = [manager.tree_in(_applied(pair.result.text, edits)) for edits in fixes]
    if placed:
        return any(tree and wanted and tree.placed == wanted.placed for tree in given)
    return any(tree and wanted and tree.strict == wanted.strict for tree in given)


def _applied(text: str, edits: Sequence[Edit]) -> str:
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.content + text[edit.end :]
    return text
