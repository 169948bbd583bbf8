"""The object of a class that is a manager, as what its `__exit__` closes: `self.disconnect()`, `self.close()`.

What the method releases may stand in another class or file, so nothing is said of it; but a class whose `__exit__`
calls it wants it called. Only asked where a step before it fails (`chain`) or where the body does (`narrow`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.manager import Manager
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.paths.search import Search, State
from cmlint.flow.reading.events import Call, Fault, Store
from cmlint.flow.reading.naming import logs
from cmlint.flow.reading.scope import Origin
from cmlint.flow.reading.syntax import told_of

CLOSING_ITSELF = "closing itself"
_FINISHING = frozenset({"finalize"})
_COMPLETING = frozenset({"close", "aclose", "finalize"})


def closing_itself(manager: Manager, here: Around, opened: Iterable[Obligation]) -> Iterator[Obligation]:
    """One obligation, without an acquire, for each method of the own object that closes it.

    Not where one of those that are `opened` says what the method releases.
    """
    if manager.exit_tree is None:
        return
    told = {release.span for obligation in opened for release in obligation.releases}
    for site in here.after:
        if site.span not in told and _closes(site, manager) and isinstance(site.event, Call):
            yield Obligation(
                kind="other",
                object=site.event.callee,
                words=Words(f"`{site.event.text}`", "left to do", "is not done"),
                confidence=Confidence.MEDIUM,
                origin=CLOSING_ITSELF,
                acquires=(),
                releases=(site,),
                by_body=True,
            )


def is_wanted_always(manager: Manager, search: Search, state: State) -> bool:
    """Whether nothing shows that it is meant to be closed after a success only.

    What is closed may be completed by that (a file that is written as a whole), and `__exit__` may do something else
    when the body raises.
    """
    told = told_of(manager.exit_tree.function) if manager.exit_tree is not None else frozenset()
    released = [site.event for site in search.obligation.releases]
    if any(isinstance(event, Call) and event.method.lstrip("_") in _COMPLETING for event in released):
        return False
    for reached in search.when_thrown(state, Fault.EXCEPTION):
        site = manager.graph.nodes[reached.node].site
        event = site.event if site is not None else None
        if isinstance(event, Call) and not logs(event):
            return False
        if isinstance(event, Store) and event.target not in told:
            return False
    return True


def _closes(site: Site, manager: Manager) -> bool:
    event = site.event
    if site.grafted or not isinstance(event, Call) or event.args or event.keywords or not event.discarded:
        return False
    receiver = event.receiver or "."
    own = "." not in receiver and manager.scope.origin(receiver) is Origin.SELF
    verb = event.method.lstrip("_")
    return own and (verb in _FINISHING or manager.subject.knowledge.disposal(verb) is not None)
