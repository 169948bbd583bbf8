"""Splits the statements after a yield into clean-up and success-only ones.

A statement is clean-up when it holds a release or a companion of one, or when a clean-up statement needs a name
that it binds, or when it keeps house right beside one or logs between two. Everything else is success-only. Where a
statement may be both, `doubt` says so in words; where it is, or the releases do not stand in a block around the yield,
`obstacle` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import libcst as cst

from cmlint.findings import Span
from cmlint.fix.alongside import goes_along
from cmlint.fix.blocks import bound_above, bound_in, names_in, path_to, sites_in
from cmlint.fix.following import Setup, asks_what_is_left, places_of
from cmlint.fix.mixture import Mixing
from cmlint.flow.events import Call, Form, Store
from cmlint.flow.graph import Site
from cmlint.flow.leaks import Leak
from cmlint.flow.manager import Manager
from cmlint.flow.obligations.naming import logs
from cmlint.flow.syntax import own_nodes

_WAITING = frozenset({"join", "wait", "communicate", "wait_closed"})


@dataclass(frozen=True)
class Level:
    """A block around the yield: the statement at `index` holds the yield; `cleanup` are later positions in it."""

    block: cst.IndentedBlock
    index: int
    cleanup: frozenset[int]


@dataclass(frozen=True)
class Split:
    """The levels that hold clean-up, innermost first, and the lines (1-based) of the two kinds of statements."""

    levels: tuple[Level, ...]
    cleanup: tuple[Span, ...]
    success_only: tuple[Span, ...]
    obstacle: str | None
    doubt: str | None = None

    @property
    def cleanup_lines(self) -> tuple[int, ...]:
        """All lines of the clean-up statements."""
        return lines_of(self.cleanup)

    @property
    def success_only_lines(self) -> tuple[int, ...]:
        """All lines of the success-only statements."""
        return lines_of(self.success_only)


def lines_of(spans: Iterable[Span]) -> tuple[int, ...]:
    """The lines that `spans` cover, in order."""
    return tuple(sorted({line for span in spans for line in range(span.line, span.end_line + 1)}))


def split(manager: Manager, leaks: Sequence[Leak]) -> Split:
    """The split around the yield of `leaks`, which all leave by the same one."""
    return _Splitting(manager, leaks).run()


class _Splitting:
    def __init__(self, manager: Manager, leaks: Sequence[Leak]) -> None:
        self.manager = manager
        self.yielding = leaks[0].site
        self.after = [site for site in manager.graph.sites if site.span > self.yielding.span]
        before = (site for site in manager.graph.sites if site.span < self.yielding.span and not site.grafted)
        self.setup = Setup(tuple(before), manager.scope)
        self.releases = {site.index for leak in leaks for site in leak.obligation.releases}
        self.companions = {site.index for leak in leaks for site in leak.obligation.companions}
        self.mixing = Mixing(manager, self.yielding, frozenset(self.releases | self.companions))
        self.obstacle: str | None = None
        self.doubt: str | None = None

    def run(self) -> Split:
        path = path_to(self.manager.tree.function.body, self.yielding.statement)
        levels: list[Level] = []
        spans: dict[bool, list[Span]] = {True: [], False: []}
        for block, index in reversed(path):
            cleanup = self._cleanup_positions(block, index)
            if cleanup:
                levels.append(Level(block, index, cleanup))
            for position in range(index + 1, len(block.body)):
                if not _is_empty(block.body[position]):
                    spans[position in cleanup].append(self.manager.tree.span(block.body[position]))
        self._note_unplaced(levels)
        return Split(tuple(levels), tuple(sorted(spans[True])), tuple(sorted(spans[False])), self.obstacle, self.doubt)

    def _sites_in(self, statement: cst.CSTNode) -> list[Site]:
        return sites_in(statement, self.after)

    def _cleanup_positions(self, block: cst.IndentedBlock, index: int) -> frozenset[int]:
        later = range(index + 1, len(block.body))
        sites = {position: self._sites_in(block.body[position]) for position in later}
        marked = {p for p in later if any(site.index in self.releases for site in sites[p])}
        if not marked:
            return frozenset()
        marked |= self._completing(marked, sites)
        marked |= {
            p
            for p in later
            if min(marked) < p < max(marked) and all(logs(site.event) for site in sites[p]) and sites[p]
        }
        along = [p for p in later if goes_along(sites[p], self.setup)]
        marked |= _beside(marked, along)
        marked |= self._asking(marked, sites, block)
        self._add_needed(marked, block, index)
        marked |= _beside(marked, along)
        self._add_needed(marked, block, index)
        for position in sorted(marked):
            needed = {name for p in later if p > position and p not in marked for name in names_in(block.body[p])}
            self._note_mixed(position, needed, sites[position], block)
        self._note_wait_behind_gap(marked, sites)
        return frozenset(marked)

    def _asking(self, marked: set[int], sites: dict[int, list[Site]], block: cst.IndentedBlock) -> set[int]:
        """What asks, right behind a release, how much is still held."""
        found: set[int] = set()
        for position in sorted(marked):
            places = places_of(site for site in sites[position] if site.index in self.releases)
            after = position + 1
            if after in sites and asks_what_is_left(block.body[after], sites[after], places):
                found.add(after)
        return found

    def _note_wait_behind_gap(self, marked: set[int], sites: dict[int, list[Site]]) -> None:
        """A wait that is parted from what tells its object to end could run without it, and for ever."""
        gap = next((p for p in range(min(marked), max(marked)) if p not in marked and sites[p]), None)
        waits = (site.event for p in marked if gap is not None and p > gap for site in sites[p])
        if any(isinstance(event, Call) and event.method in _WAITING for event in waits):
            self.obstacle = (
                "the clean-up waits, and a success-only statement stands between what it waits for and the wait"
            )

    def _completing(self, releases: set[int], sites: dict[int, list[Site]]) -> set[int]:
        """What completes a release: behind one anywhere, before one only when nothing else stands between them."""
        completing = {p for p in sites if any(site.index in self.companions for site in sites[p])}
        found = {p for p in completing if p > min(releases)}
        for position in sorted(completing - found, reverse=True):
            if position + 1 in releases | found:
                found.add(position)
        return found

    def _add_needed(self, marked: set[int], block: cst.IndentedBlock, index: int) -> None:
        """Statements that bind a name which the clean-up reads belong to it, and so on backwards."""
        needed: set[str] = set()
        earlier = self._bound_before(block.body[index])
        for position in range(len(block.body) - 1, index, -1):
            bound = bound_in(block.body[position])
            if position not in marked and needed & bound & earlier and self._tells_how_it_went(block.body[position]):
                needed -= bound  # it stays as it was when the body raises
            elif position in marked or needed & bound:
                marked.add(position)
                needed = (needed - bound) | names_in(block.body[position])
        self._note_released_before(block.body[index])
        inside = bound_in(block.body[index])
        if not self._is_the_yield(block.body[index]):
            inside -= self._bound_before(block.body[index])
        if needed & inside:
            name = min(needed & inside)
            self.obstacle = f"the clean-up needs `{name}`, which may not be bound yet when an exception arrives"

    def _note_released_before(self, statement: cst.CSTNode) -> None:
        """A handler around the yield that releases would release a second time."""
        for node in own_nodes(statement):
            if isinstance(node, (cst.ExceptHandler, cst.ExceptStarHandler)):
                inside = {id(inner) for inner in own_nodes(node)}
                sites = (site for site in self.manager.graph.sites if site.index in self.releases)
                if any(id(site.statement) in inside for site in sites):
                    self.obstacle = "a handler around the `yield` releases as well, so it could run twice"

    def _tells_how_it_went(self, statement: cst.BaseStatement | cst.BaseSmallStatement) -> bool:
        """Whether it only gives a constant to a name that had another value before: `ok = True`."""
        events = [site.event for site in self._sites_in(statement)]
        return all(isinstance(e, Store) and e.value.form in (Form.CONSTANT, Form.NONE) for e in events)

    def _is_the_yield(self, statement: cst.CSTNode) -> bool:
        return statement is self.yielding.statement and isinstance(statement, cst.SimpleStatementLine)

    def _bound_before(self, statement: cst.BaseStatement | cst.BaseSmallStatement) -> set[str]:
        return bound_above(self.manager.tree.span(statement).line, self.manager.graph.sites)

    def _note_mixed(self, position: int, made: set[str], sites: list[Site], block: cst.IndentedBlock) -> None:
        """What else a clean-up statement does, `made` being the names that success-only code reads."""
        statement = block.body[position]
        mixture = self.mixing.of(self.manager.tree.span(statement).line, sites, frozenset(bound_in(statement) & made))
        self.obstacle = mixture.obstacle or self.obstacle
        self.doubt = self.doubt or mixture.doubt

    def _note_unplaced(self, levels: list[Level]) -> None:
        if self.obstacle is not None or levels:
            return
        line = self.yielding.statement
        if isinstance(line, cst.SimpleStatementLine) and len(line.body) > 1:
            self.obstacle = "the `yield` and the release share one line"
        else:
            self.obstacle = "the release does not follow the `yield` in its block or in one around it"


def _beside(marked: set[int], candidates: Sequence[int]) -> set[int]:
    """Which candidates stand next to a marked position, or next to one that does."""
    found: set[int] = set()
    for position in [*candidates, *reversed(candidates)]:
        if not {position - 1, position + 1}.isdisjoint(marked | found):
            found.add(position)
    return found


def _is_empty(statement: cst.CSTNode) -> bool:
    """Whether the statement only leaves the function, or does nothing."""
    if not isinstance(statement, cst.SimpleStatementLine):
        return False
    return all(
        isinstance(small, cst.Pass) or (isinstance(small, cst.Return) and small.value is None)
        for small in statement.body
    )
