"""What finishes, behind a release, what the clean-up itself began.

`if pending: batch.commit()` behind a loop that fills `batch`, which only the clean-up made; `state.stop = None` behind
`state.stop = 0; thread.join()`; `gather(*tasks)` behind what tells the tasks to end. May miss what is finished in a
helper; takes nothing that the setup or the body made, nor what a release handed out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import libcst as cst

from cmlint.fix.places.blocks import bound_in, names_in
from cmlint.flow.lowering.graph import Site
from cmlint.flow.paths.ending import WAITING_FOR
from cmlint.flow.paths.leaks import Leak
from cmlint.flow.reading.events import Call, Form, Step, Store, Test
from cmlint.flow.reading.scope import Scope

_FILLING = frozenset({"append", "add", "put"})


def made_for_cleanup(helping: Iterable[cst.CSTNode], bound_before: set[str]) -> frozenset[str]:
    """The names that only statements bind which the clean-up needs, and that are no releases themselves."""
    return frozenset(name for statement in helping for name in bound_in(statement) if name not in bound_before)


def finishes(statement: cst.CSTNode, sites: Sequence[Site], made: frozenset[str]) -> bool:
    """Whether a statement only calls methods of what the clean-up made for itself."""
    if not made or not names_in(statement) & made:
        return False
    events = [site.event for site in sites if not site.grafted and not isinstance(site.event, (Test, Step))]
    return bool(events) and all(isinstance(event, Call) and _is_only_of(event, made) for event in events)


def _is_only_of(call: Call, made: frozenset[str]) -> bool:
    given = call.given
    return call.discarded and call.receiver in made and all(value.reads <= made for value in given)


def sets_again(sites: Sequence[Site], earlier: Iterable[Site], scope: Scope) -> bool:
    """Whether a statement only gives constants to places outside that clean-up before it set as well."""
    places = {e.target for s in earlier if isinstance(e := s.event, Store) and not scope.is_local(e.target)}
    events = [site.event for site in sites if not site.grafted]
    return bool(events) and all(
        isinstance(event, Store) and event.target in places and event.value.form in (Form.CONSTANT, Form.NONE)
        for event in events
    )


def filled_by(leaks: Iterable[Leak], sites: Sequence[Site], scope: Scope) -> frozenset[str]:
    """The local containers that take what the acquires began, in their own statements: `tasks.append(start(job))`."""
    acquiring = {id(site.statement) for leak in leaks for site in leak.obligation.acquires}
    here = (site for site in sites if id(site.statement) in acquiring and not site.grafted)
    return frozenset(name for site in here for name in _filled(site) if scope.is_local(name))


def _filled(site: Site) -> Iterator[str]:
    event = site.event
    if isinstance(event, Store) and event.target.endswith("]"):
        yield event.target.partition("[")[0]
    if isinstance(event, Call) and event.method in _FILLING and event.receiver is not None:
        yield event.receiver


def waits_for(sites: Sequence[Site], containers: frozenset[str]) -> bool:
    """Whether a statement waits for all that a container holds: `await asyncio.gather(*tasks.values())`."""
    calls = [site.event for site in sites if not site.grafted and isinstance(site.event, Call)]
    waits = [call for call in calls if call.dotted in WAITING_FOR]
    return any(containers & set(re.findall(r"\w+", value.text)) for call in waits for value in call.args)
