"""What stays for success only in front of a clean-up, and what that says against moving the rest.

A cache that is emptied follows a change: alone, where the change stays, it does no good. What is emptied beside a
release may hold what the body left for the success. Both make a repair unsafe; may doubt one that is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import libcst as cst

from cmlint.fix.telling.housekeeping import keeps_house
from cmlint.flow.lowering.graph import Site
from cmlint.flow.manager import Manager
from cmlint.flow.reading.events import Store
from cmlint.flow.reading.writes import write_of

_EMPTY = frozenset({"[]", "{}", "list()", "dict()", "set()"})


@dataclass(frozen=True)
class Remaining:
    """The statements of `block` behind the yield: `sites` by position, the `marked` ones move; `releases` by index."""

    manager: Manager
    block: cst.IndentedBlock
    sites: Mapping[int, list[Site]]
    marked: frozenset[int]
    releases: frozenset[int]

    def doubt(self) -> str | None:
        """The first doubt, in words."""
        return next(self._doubts(), None)

    def _doubts(self) -> Iterator[str]:
        releases = [site for p in self.marked for site in self.sites[p] if site.index in self.releases]
        only_house = all(keeps_house(site.event) for site in releases)
        for position in self._staying(max(self.marked)):
            if only_house and any(write_of(site.event, self.manager.scope) for site in self.sites[position]):
                yield f"line {self._line(position)} changes what the release follows, and stays for success only"
        for position, place in self._emptied():
            for user in self._staying(position):
                if place in self.manager.tree.code(self.block.body[user]):
                    yield f"`{place}` is emptied, and line {self._line(user)} uses what is in it on success only"

    def _staying(self, before: int) -> list[int]:
        return [position for position in self.sites if position < before and position not in self.marked]

    def _emptied(self) -> Iterator[tuple[int, str]]:
        for position in sorted(self.marked):
            for site in self.sites[position]:
                event = site.event
                if isinstance(event, Store) and site.index not in self.releases and event.value.text in _EMPTY:
                    yield position, event.target.partition("[")[0]

    def _line(self, position: int) -> int:
        return self.manager.tree.span(self.block.body[position]).line
