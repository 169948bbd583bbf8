"""Splits the statements after a yield into clean-up and success-only ones.

A statement is clean-up when it holds a release or a companion of one, or when a clean-up statement needs a name
that it binds, or when it keeps house right beside one or logs between two. Everything else is success-only, but in the
lifespan of an application, where what stands behind the yield is the shutdown. Where a statement may be both,
`doubt` says so in words; where it is, or the releases do not stand in a block around the yield, `obstacle` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from cmlint.findings import Span
from cmlint.fix.moving.alongside import Alongside
from cmlint.fix.moving.awaited import Moving
from cmlint.fix.moving.failing import cut_behind_failing, fails_on_its_line, unwatched
from cmlint.fix.moving.finishing import filled_by, finishes, made_for_cleanup, sets_again, waits_for
from cmlint.fix.moving.following import asks_what_is_left, going_on, places_of, told_owner
from cmlint.fix.moving.mixture import Mixing
from cmlint.fix.moving.neighbours import beside, done, is_empty, stays
from cmlint.fix.moving.remaining import Remaining
from cmlint.fix.moving.unset import handed_on
from cmlint.fix.moving.wanted import is_wanted
from cmlint.fix.places.blocks import bound_above, bound_in, fallbacks_in, names_in, path_to, sites_in
from cmlint.fix.places.levels import Level, Split
from cmlint.fix.telling.labels import label_of, put_back_alike
from cmlint.flow.lowering.graph import Site
from cmlint.flow.manager import Manager
from cmlint.flow.obligations.lifespans import runs_with_application
from cmlint.flow.paths.leaks import Leak
from cmlint.flow.reading.events import Call, Form, Raise, Store
from cmlint.flow.reading.naming import logs
from cmlint.flow.reading.syntax import own_nodes

_PREPARING = frozenset({"mkdir", "makedirs"})


def split(manager: Manager, leaks: Sequence[Leak]) -> Split:
    """The split around the yield of `leaks`, which all leave by the same one."""
    return _Splitting(manager, leaks).run()


class _Splitting:
    def __init__(self, manager: Manager, leaks: Sequence[Leak]) -> None:
        self.manager = manager
        self.yielding = leaks[0].site
        self.after = [site for site in manager.graph.sites if site.span > self.yielding.span and not site.by_caller]
        self.releases = {site.index for leak in leaks for site in leak.obligation.releases}
        self.unwatched = unwatched(manager, leaks)
        self.companions = {site.index for leak in leaks for site in leak.obligation.companions}
        self.filled = filled_by(leaks, manager.graph.sites, manager.scope)
        self.alongside = Alongside.of(manager, self.yielding)
        wanted = frozenset(self.releases | self.companions)
        self.is_shutdown = manager.tree.function.asynchronous is not None and runs_with_application(manager.scope)
        self.mixing = Mixing(manager, self.yielding, wanted, self.alongside)
        self.obstacle: str | None = None
        self.doubt: str | None = None

    def run(self) -> Split:
        path = path_to(self.manager.tree.function.body, self.yielding.statement)
        levels: list[Level] = []
        spans: dict[bool, list[Span]] = {True: [], False: []}
        for block, index in reversed(path):
            cleanup = self._cleanup_positions(block, index)
            if cleanup:
                levels.append(self._level(block, index, cleanup))
            for position in range(index + 1, len(block.body)):
                if not is_empty(block.body[position]):
                    spans[position in cleanup].append(self.manager.tree.span(block.body[position]))
        self._note_unplaced(levels)
        return Split(tuple(levels), tuple(sorted(spans[True])), tuple(sorted(spans[False])), self.obstacle, self.doubt)

    def _level(self, block: cst.IndentedBlock, index: int, cleanup: frozenset[int]) -> Level:
        unset = self._unset(block, index, cleanup)
        sites = {position: self._sites_in(block.body[position]) for position in cleanup}
        if any(fails_on_its_line(self.manager, block.body[p], sites[p], self.unwatched) for p in cleanup):
            self.obstacle = self.obstacle or "a step that can fail and the release share one line"
        cuts = () if unset else cut_behind_failing(self.manager, block, cleanup, sites, self.unwatched)
        return Level(block, index, cleanup, unset, cuts)

    def _sites_in(self, statement: cst.CSTNode) -> list[Site]:
        return sites_in(statement, self.after)

    def _cleanup_positions(self, block: cst.IndentedBlock, index: int) -> frozenset[int]:
        later = range(index + 1, len(block.body))
        sites = {position: self._sites_in(block.body[position]) for position in later}
        marked = {p for p in later if any(site.index in self.releases for site in sites[p])}
        if self.is_shutdown and any(not logs(site.event) for p in later for site in sites[p]):
            marked |= {p for p in later if not is_empty(block.body[p]) and not stays(block.body[p], sites[p])}
        if not marked:
            return frozenset()
        marked |= self._completing(marked, sites)
        marked |= {
            p
            for p in later
            if min(marked) < p < max(marked) and all(logs(site.event) for site in sites[p]) and sites[p]
        }
        along = [p for p in later if self.alongside.goes_along(sites[p]) or self._repeats(sites[p], sites, marked)]
        marked |= beside(marked, along)
        moving = Moving(self.alongside.waits, block, sites)
        marked |= self._waiting(marked, moving)
        marked |= beside(marked, along)
        marked |= self._asking(marked, sites, block)
        went_on = going_on(marked, sites, self.alongside.setup)
        marked |= went_on
        told = next((call for p in sorted(went_on) if (call := told_owner(sites[p])) is not None), None)
        self._add_needed(marked, block, index)
        marked |= self._finishing(marked, sites, block, index)
        self._add_handed_out(marked, sites, block, index)
        marked |= {p for p in later if p < max(marked) and self._prepares(sites[p], block, marked)}
        marked |= beside(marked, along)  # what stands beside what the release needs
        for position in sorted(p for p in marked - went_on if not self._only_waits(p, marked, moving)):
            needed = {name for p in later if p > position and p not in marked for name in names_in(block.body[p])}
            self._note_mixed(position, needed, sites[position], block)
        if told is not None:
            self.doubt = self.doubt or f"`{told}` may be for success only"
        self.obstacle = moving.endless(marked, self.releases | self.companions) or self.obstacle
        remaining = Remaining(self.manager, block, sites, frozenset(marked), frozenset(self.releases))
        self.doubt = self.doubt or remaining.doubt()
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

    def _finishing(
        self, marked: set[int], sites: dict[int, list[Site]], block: cst.IndentedBlock, index: int
    ) -> set[int]:
        """What finishes behind the clean-up what it began itself."""
        helping = [block.body[p] for p in marked if not any(site.index in self.releases for site in sites[p])]
        made = made_for_cleanup(helping, self._bound_before(block.body[index]))
        earlier = [site for p in sorted(marked) for site in sites[p]]
        return {
            p
            for p in sites
            if p > min(marked)
            and (
                finishes(block.body[p], sites[p], made)
                or sets_again(sites[p], earlier, self.manager.scope)
                or waits_for(sites[p], self.filled)
            )
        }

    def _repeats(self, statement: list[Site], sites: dict[int, list[Site]], marked: set[int]) -> bool:
        """Whether a statement does to others what a release does: `two.load_state_dict(saved)` behind `one`."""
        released = {name for p in marked for name in done([s for s in sites[p] if s.index in self.releases])}
        here = done(statement)
        wanted = any(is_wanted(s.event, self.alongside.setup.before, self.manager.scope) for s in statement)
        return bool(here) and released.issuperset(here) and not wanted

    def _prepares(self, statement: list[Site], block: cst.IndentedBlock, marked: set[int]) -> bool:
        """Whether a statement only makes the folder that the clean-up writes to."""
        done = [site.event for site in statement if not site.grafted]
        calls = [event for event in done if isinstance(event, Call) and event.method in _PREPARING]
        if not calls or len(calls) < len(done):
            return False
        needed = {name for position in marked for name in names_in(block.body[position])}
        return all(
            needed & {call.receiver or "", *(read for value in call.args for read in value.reads)} for call in calls
        )

    def _add_handed_out(
        self, marked: set[int], sites: dict[int, list[Site]], block: cst.IndentedBlock, index: int
    ) -> None:
        """What uses the value that a release hands out beside what else it does can only go with it.

        `report = client.run(stop_and_fetch)` and `file.write(report)`. Not where the value is only looked at.
        """
        late = {name for p in marked for name in self._handed_out(sites[p]) if self._is_mixed(p, name, sites[p], block)}
        late -= self._bound_before(block.body[index])
        for position in range(min(marked), len(block.body)):
            if position not in marked and late & names_in(block.body[position]):
                line = self.manager.tree.span(block.body[position]).line
                self.doubt = self.doubt or f"line {line} uses what the release hands out, so it would run as well"
                marked.add(position)
                late |= bound_in(block.body[position])
                self._add_needed(marked, block, index)

    def _is_mixed(self, position: int, name: str, sites: list[Site], block: cst.IndentedBlock) -> bool:
        line = self.manager.tree.span(block.body[position]).line
        return self.mixing.of(line, sites, frozenset({name})).obstacle is not None

    def _handed_out(self, statement: list[Site]) -> Iterator[str]:
        """The names of what the calls give that are releases, or release inside."""
        spans = {site.span for site in statement if site.index in self.releases}
        for site in statement:
            if site.span in spans and not site.grafted and isinstance(site.event, Call):
                yield from site.event.results

    def _waiting(self, marked: set[int], moving: Moving) -> set[int]:
        """What waits, right behind the clean-up, for what the clean-up ends."""
        found: set[int] = set()
        for position in sorted(p for p in moving.sites if p not in marked and p - 1 in marked | found):
            if self._only_waits(position, marked | found, moving):
                found.add(position)
        return found

    def _only_waits(self, position: int, marked: set[int], moving: Moving) -> bool:
        return self.alongside.only_waits(moving.sites[position]) and moving.are_ended(position, marked)

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

    def _unset(self, block: cst.IndentedBlock, index: int, cleanup: frozenset[int]) -> frozenset[str]:
        """What the clean-up reads and only the statement with the yield binds, so that it has to begin as None."""
        needed: set[str] = set()
        for position in sorted(cleanup, reverse=True):
            needed = (needed - bound_in(block.body[position])) | names_in(block.body[position])
        inside = bound_in(block.body[index])
        if not self._is_the_yield(block.body[index]):
            inside -= self._bound_before(block.body[index])
        unset = frozenset(needed & inside)
        if not unset:
            return unset
        name = min(unset)
        if self._is_the_yield(block.body[index]) or unset & self.manager.scope.declared:
            self.obstacle = f"the clean-up needs `{name}`, which may not be bound yet when an exception arrives"
        handed = handed_on([block.body[position] for position in sorted(cleanup)], unset)
        if handed is not None:
            self.doubt = f"the clean-up is told None for `{handed}` when the setup fails before it is bound"
        return unset

    def _note_released_before(self, statement: cst.CSTNode) -> None:
        """A handler around the yield that releases would release a second time."""
        for node in own_nodes(statement):
            if isinstance(node, (cst.ExceptHandler, cst.ExceptStarHandler)):
                inside = {id(inner) for inner in own_nodes(node)}
                graph = self.manager.graph
                harmless = put_back_alike(graph)  # to put back what is put back already
                sites = (s for s in graph.sites if s.index in self.releases and label_of(s.event) not in harmless)
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
        apart = fallbacks_in(statement)
        done = [site for site in sites if id(site.statement) not in apart or isinstance(site.event, Raise)]
        mixture = self.mixing.of(self.manager.tree.span(statement).line, done, frozenset(bound_in(statement) & made))
        self.obstacle = mixture.obstacle or self.obstacle
        self.doubt = self.doubt or mixture.doubt

    def _note_unplaced(self, levels: list[Level]) -> None:
        if self.obstacle is not None or levels:
            return
        line = self.yielding.statement
        in_header = isinstance(self.manager.tree.function.body, cst.SimpleStatementSuite)
        if in_header or (isinstance(line, cst.SimpleStatementLine) and len(line.body) > 1):
            self.obstacle = "the `yield` and the release share one line"
        else:
            self.obstacle = "the release does not follow the `yield` in its block or in one around it"
