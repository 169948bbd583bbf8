"""Waits for what the setup began: such a wait moves into the `finally` only behind what ends it, and with that.

`stop.set(); thread.join()` moves as a whole. Where `queue.put(None)` ends a task and stays for success only, a wait for
that task would last for ever after an exception. May leave out a wait for what ends by itself; moves none that nothing
before it ends, as far as names say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import libcst as cst

from cmlint.fix.places.blocks import names_in
from cmlint.flow.lowering.graph import Site
from cmlint.flow.paths.ending import WAITING_FOR
from cmlint.flow.reading.events import Call, Event, Form
from cmlint.flow.reading.naming import words_of
from cmlint.flow.reading.scope import Scope

_METHODS = frozenset({"join", "wait", "communicate", "wait_closed", "result"})
_ENDING = "abort cancel close disconnect end exit halt interrupt kill quit release set shutdown stop terminate unblock"
_ENDS = frozenset(_ENDING.split())
_PUTTING = frozenset({"put", "put_nowait", "send", "send_nowait", "append"})


@dataclass(frozen=True)
class Waits:
    """The waits for what `own` locals of the setup stand for; before: the sites of the setup."""

    scope: Scope
    own: frozenset[str]
    before: Sequence[Site]

    def waits(self, event: Event) -> bool:
        """Whether an event waits for something that the setup made: `await asyncio.gather(*tasks)`, `thread.join()`."""
        return bool(self._awaited(event))

    def are_ended(self, sites: Iterable[Site], earlier: Iterable[tuple[cst.CSTNode, Sequence[Site]]]) -> bool:
        """Whether all that the events of a statement wait for is ended by statements that move and stand before it."""
        ending = [names_in(statement) for statement, inside in earlier if any(_ends(site.event) for site in inside)]
        inside = list(sites)
        awaited = [names for site in inside if (names := self._awaited(site.event)) and not _ends_inside(site, inside)]
        return all(any(self._listened_to(names) & found for found in ending) for names in awaited)

    def _awaited(self, event: Event) -> frozenset[str]:
        if not isinstance(event, Call):
            return frozenset()
        if event.dotted in WAITING_FOR:
            names = {name for value in event.args for name in value.reads if self.scope.is_local(name)}
        elif event.method in _METHODS and event.receiver is not None and self.scope.is_local(event.receiver):
            names = {event.receiver}
        else:
            return frozenset()
        held = frozenset(name for one in names for name in self._holders(one))
        return held if held <= self.own else frozenset()

    def _holders(self, name: str) -> Iterator[str]:
        """The local itself, or what a loop takes it from."""
        over = self.scope.looped.get(name)
        yield from (name,) if over is None else (self.scope.key(one) or "" for one in over)

    def _listened_to(self, names: frozenset[str]) -> set[str]:
        """The names, and the locals that what they stand for was given: `create_task(worker(stop))`."""
        making = {id(site.statement): site.statement for site in self.before if names & names_in(site.statement)}
        given = {name for statement in making.values() for name in names_in(statement) if self.scope.is_local(name)}
        return set(names) | given


@dataclass(frozen=True)
class Moving:
    """The statements of one block, by their positions, of which some move."""

    waits: Waits
    block: cst.IndentedBlock
    sites: Mapping[int, Sequence[Site]]

    def are_ended(self, position: int, marked: Collection[int]) -> bool:
        """Whether all that the statement at `position` waits for is ended by what moves and stands before it."""
        earlier = [(self.block.body[p], self.sites[p]) for p in marked if p < position]
        return self.waits.are_ended(self.sites[position], earlier)

    def endless(self, marked: Collection[int], released: Collection[int]) -> str | None:
        """Why a wait among what moves could last for ever, in words; `released` are the sites that release."""
        gap = next((p for p in range(min(marked), max(marked)) if p not in marked and self.sites[p]), None)
        parted = (site.event for p in marked if gap is not None and p > gap for site in self.sites[p])
        if any(isinstance(event, Call) and _is_wait(event) for event in parted):
            return "the clean-up waits, and a success-only statement stands between what it waits for and the wait"
        for position in sorted(marked):
            own = [site for site in self.sites[position] if not site.grafted and site.index not in released]
            waits = [site.event.text for site in own if self.waits.waits(site.event)]
            if waits and not self.are_ended(position, marked):
                return f"`{waits[0]}` waits for what may have no end after an exception"
        return None


def _is_wait(call: Call) -> bool:
    return call.dotted in WAITING_FOR or call.method in _METHODS


def _ends_inside(wait: Site, sites: Iterable[Site]) -> bool:
    """Whether what is waited for are the ends themselves: `gather(*[service.stop() for service in services])`."""
    return any(site.span != wait.span and wait.span.holds(site.span) and _ends(site.event) for site in sites)


def _ends(event: Event) -> bool:
    """Whether a call tells something to end, by its verb or by the `None` that is put into a queue."""
    if not isinstance(event, Call):
        return False
    if event.method in _PUTTING:
        return any(value.form is Form.NONE for value in event.args)
    return not _ENDS.isdisjoint(words_of(event.method))
