"""Compares cmlint's fixes with those that the maintainers of the same functions made (fixes.tsv).

Maintainers often change more than the protection in one release. So beside the same tree two looser figures stand. They
look at the statements that both releases and the fix hold: whether each stands in the same part of the function, and
whether the same ones are clean-up. What the maintainers wrote in another way is not looked at.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from definitions import Function, Node, parsed, walk
from measures import Share
from mending import versions
from parts import Part, Placed, placed
from reasons import why_not
from repairing import Mended
from rows import FixPair
from tools import RAISING


@dataclass(frozen=True)
class Compared:
    """One pair in one mode: what is not repaired, and how the fix compares with the maintainers'."""

    pair: FixPair
    obstacle: str | None
    same_tree: bool
    same_parts: bool
    same_cleanup: bool


@dataclass(frozen=True)
class Comparison:
    """The fixes of one mode on all pairs."""

    mode: str
    compared: tuple[Compared, ...]

    @property
    def repaired(self) -> Share:
        """Functions that are rewritten and in which nothing is reported any more."""
        return self._share(one.obstacle is None for one in self.compared)

    @property
    def same_tree(self) -> Share:
        """Functions that are what the maintainers made of them."""
        return self._share(one.same_tree for one in self.compared)

    @property
    def same_parts(self) -> Share:
        """The same up to what the maintainers changed besides."""
        return self._share(one.same_parts for one in self.compared)

    @property
    def same_cleanup(self) -> Share:
        """Functions in which the same statements are clean-up."""
        return self._share(one.same_cleanup for one in self.compared)

    @cached_property
    def not_repaired(self) -> tuple[Compared, ...]:
        """The pairs that are not repaired."""
        return tuple(one for one in self.compared if one.obstacle is not None)

    def _share(self, values: Iterable[bool]) -> Share:
        return Share(sum(values), len(self.compared))


def compare(mode: str, pairs: Sequence[FixPair], files: Mapping[Path, Mended]) -> Comparison:
    """The fixes of `mode` on `pairs`."""
    found = [_compared(mode, pair, files[pair.bad.file]) for pair in pairs if pair.bad.file in files]
    return Comparison(mode, tuple(found))


def _compared(mode: str, pair: FixPair, file: Mended) -> Compared:
    applied = file.by(mode)
    bad, ours = versions(pair.bad, file.text, applied.text)
    theirs = _fixed(pair)
    rewritten = bad is not None and ours is not None and ast.dump(bad) != ast.dump(ours)
    reports = file.reported().about(pair.bad.file, pair.bad.definition, RAISING)
    left = tuple(report for report in applied.left if report.code in RAISING and report.qualname == pair.bad.qualname)
    obstacle = None if rewritten and not left else why_not(reports, left, rewritten=rewritten)
    if rewritten and isinstance(bad, Function) and isinstance(ours, Function) and isinstance(theirs, Function):
        return Compared(pair, obstacle, *_alike(bad, ours, theirs))
    return Compared(pair, obstacle, same_tree=False, same_parts=False, same_cleanup=False)


def _alike(bad: Function, ours: Function, theirs: Function) -> tuple[bool, bool, bool]:
    """Whether the fix of `bad` and the maintainers' have the same tree, the same parts, the same clean-up."""
    parts = list(_parts_in_both(bad, ours, theirs))
    same_cleanup = _cleans_up(theirs) and all((a is Part.CLEANUP) is (b is Part.CLEANUP) for a, b in parts)
    same_parts = same_cleanup and (Part.TRIED, Part.TRIED) in parts and all(a is b for a, b in parts)
    return ast.dump(ours) == ast.dump(theirs), same_parts, same_cleanup


def _fixed(pair: FixPair) -> Node | None:
    place = pair.fixed.definition
    tree = parsed(pair.fixed.file.read_bytes())
    return next((node for _, node in walk(tree) if place and node.lineno == place.line), None)


def _cleans_up(function: Function) -> bool:
    return any(statement.part is Part.CLEANUP for statement in placed(function))


def _parts_in_both(bad: Function, ours: Function, theirs: Function) -> Iterator[tuple[Part, Part]]:
    """Where the fix and the maintainers put the statements that stand as often in all three versions."""
    first, second, third = (_by_text(placed(function)) for function in (bad, ours, theirs))
    for text, statements in first.items():
        mine, other = second.get(text, []), third.get(text, [])
        if len(statements) == len(mine) == len(other):
            yield from zip((one.part for one in mine), (one.part for one in other), strict=True)


def _by_text(statements: Iterable[Placed]) -> dict[str, list[Placed]]:
    found: dict[str, list[Placed]] = {}
    for statement in statements:
        found.setdefault(statement.text, []).append(statement)
    return found
