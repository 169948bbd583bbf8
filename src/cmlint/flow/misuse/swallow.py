"""Whether the body's exception is dropped: after a throw, every path ends in a return.

Both what `except Exception` stops and what it does not are asked for. Calls in the handlers are taken not to raise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from cmlint.findings import Confidence
from cmlint.flow.lowering.facts import NO_FACTS
from cmlint.flow.lowering.graph import RETURN_EXIT, UNWIND_EXIT, Site
from cmlint.flow.lowering.returning import never_returns
from cmlint.flow.manager import Manager
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.paths.search import Search, State
from cmlint.flow.reading.events import Call, Fault, Store, Test
from cmlint.flow.reading.naming import logs
from cmlint.flow.reading.syntax import own_nodes, told_of


@dataclass(frozen=True, slots=True)
class Swallowed:
    """The yield at which an exception arrives and is dropped; `all_`: also KeyboardInterrupt and the like."""

    site: Site
    all_: bool


_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_DOCUMENTATION_LINES = 25
_SAYING = (
    "suppress",
    "swallow",
    "ignor",
    "catch",
    "silenc",
    "toler",
    "safe",
    "raises",
    "expect",
    "captur",
    "best effort",
    "skip",
)
_NO_OBLIGATION = Obligation("", "", Words("", "", ""), Confidence.LOW, "", (), ())  # only the exits are asked for


def swallowed(manager: Manager) -> Iterator[Swallowed]:
    """The yields whose exceptions never leave the manager."""
    search = Search(manager.graph, _NO_OBLIGATION)
    for number in manager.graph.yields():
        site = manager.graph.nodes[number].site
        state = State(number, NO_FACTS, None)
        dropped = {fault for fault in (Fault.EXCEPTION, Fault.BASE) if _drops(search, state, fault)}
        if site is not None and Fault.EXCEPTION in dropped:
            yield Swallowed(site, Fault.BASE in dropped)


def returns_itself(manager: Manager) -> bool:
    """Whether an exception of the body may end in `return self`, as `__enter__` does: true, and never on purpose."""
    if manager.exit_tree is None or not manager.exit_tree.function.params.params:
        return False
    own = manager.exit_tree.function.params.params[0].name.value
    returned = (node.value for node in own_nodes(manager.exit_tree.function.body) if isinstance(node, cst.Return))
    if not any(isinstance(value, cst.Name) and value.value == own for value in returned):
        return False
    search = Search(manager.graph, _NO_OBLIGATION)
    states = (State(number, NO_FACTS, None) for number in manager.graph.yields())
    return any(found.node == RETURN_EXIT for state in states for found in search.when_thrown(state, Fault.EXCEPTION))


def may_be_false(manager: Manager) -> bool:
    """Whether an object of the class may count as false: it says by a method of its own whether it is true."""
    owner = manager.subject.definition.parent
    whole = manager.subject.whole
    return owner is not None and any(whole.methods(owner, name) for name in ("__bool__", "__len__"))


def says_so(manager: Manager) -> bool:
    """Whether the name or the documentation says that dropping exceptions is what the manager is for."""
    subject = manager.subject
    last = subject.exit.end_line if subject.exit is not None else subject.definition.end_line
    first = subject.definition.parent.line if subject.exit is not None and subject.definition.parent else None
    lines = subject.whole.lines[(first or subject.definition.line) - 1 : last]
    head = " ".join(lines[:_DOCUMENTATION_LINES]).lower()
    return any(word in head for word in _SAYING)


def only_handles(manager: Manager) -> bool:
    """Whether dropping exceptions is all that the manager does: nothing before the yield, nothing after it.

    A class, whose `__exit__` also runs without an exception: whether it asks which exception it was.
    """
    if manager.exit_tree is not None:
        told = told_of(manager.exit_tree.function)
        asked = (site.event.text for site in manager.graph.sites if isinstance(site.event, Test))
        return any(told & set(_NAME.findall(text)) for text in asked)
    around = (site.event for here, _ in manager.obligations for site in (*here.before, *here.after))
    return all(isinstance(event, Test) or (isinstance(event, Call) and logs(event)) for event in around)


def records(manager: Manager) -> bool:
    """Whether some handler hands the exception that it catches to something else than a log."""
    caught = {
        handler.name.name.value
        for handler in own_nodes(manager.tree.function.body)
        if isinstance(handler, cst.ExceptHandler) and handler.name and isinstance(handler.name.name, cst.Name)
    }
    for site in manager.graph.sites:
        event = site.event
        if isinstance(event, Call) and not logs(event) and any(caught & value.reads for value in event.given):
            return True
        if isinstance(event, Store) and caught & event.value.reads:
            return True
    return False


def _drops(search: Search, state: State, fault: Fault) -> bool:
    reached = {found.node for found in search.when_thrown(state, fault)}
    if not reached.isdisjoint(search.graph.yields()):
        return False  # contextlib refuses a generator that yields again, so the exception is answered with another
    ending = any((site := search.graph.nodes[number].site) and never_returns(site.event) for number in reached)
    return RETURN_EXIT in reached and UNWIND_EXIT not in reached and not ending
