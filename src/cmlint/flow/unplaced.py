"""Temporaries that only a success puts in their place: `NamedTemporaryFile(delete=False)`, the yield, `os.replace`.

The file has a name of its own, so whatever stays behind when the body raises stays for good, and nothing here removes
it. The move itself is for success only. May miss a file that is named in other ways, or that a call of another file
moves; a path that somebody else chose (`target + ".new"`) is none, because the next run writes over it.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.around import Around
from cmlint.flow.events import Call, Enter, Event, Store
from cmlint.flow.leaks import Leak, leak_at
from cmlint.flow.manager import Manager
from cmlint.flow.obligation import Obligation, Words
from cmlint.flow.obligations.naming import MOVING, words_of

_MAKING = frozenset({"tempfile.mkstemp", "tempfile.mkdtemp"})
_NAMED = "tempfile.NamedTemporaryFile"
_PLACING = MOVING | {"link"}
_REMOVING = frozenset({"remove", "unlink", "rmtree", "rmdir", "delete", "removedirs", "cleanup", "clean"})


def unplaced(manager: Manager) -> Iterator[Leak]:
    """One for each temporary that stays behind when the body raises; what is skipped is its move."""
    if not manager.subject.protocol.throws or manager.exit_tree is not None:
        return
    for here, _ in manager.obligations:
        for site in here.before:
            names = _names_of(site.event, here) if isinstance(site.event, Call) else frozenset()
            if not names:
                continue
            placing = tuple(each for each in here.after if _does(each.event, names, _PLACING))
            if not placing:
                continue
            removing = tuple(each for each in here.sites if _does(each.event, names, _REMOVING))
            name = sorted(names)[-1]
            words = Words(f"`{name}`", "created", "stays behind")
            made = Obligation("temp", name, words, Confidence.MEDIUM, "moved", (site,), (*placing, *removing))
            leak = leak_at(manager.graph, made, here.number)
            if leak is not None and set(leak.skipped) <= set(placing):
                yield leak


def _names_of(making: Call, around: Around) -> frozenset[str]:
    """What the path of a temporary with a name of its own is called; empty when the call makes none, or removes it."""
    if making.dotted == _NAMED:
        kept = making.keyword("delete")
        file = next(iter(making.results or _entered(making, around)), None)
        names = {f"{file}.name"} if file is not None and kept is not None and kept.text == "False" else set()
    else:
        names = {making.results[-1]} if making.dotted in _MAKING and making.results else set()
    if not names:
        return frozenset()
    for site in around.sites:
        event = site.event
        if isinstance(event, Store) and event.target.isidentifier() and (event.value.text in names):
            names.add(event.target)
    return frozenset(names)


def _entered(making: Call, around: Around) -> Iterator[str]:
    """The name behind `as` of the `with` item that the call is."""
    for site in around.sites:
        if isinstance(site.event, Enter) and site.event.manager.text == making.text:
            yield from site.event.results


def _does(event: Event, names: frozenset[str], verbs: frozenset[str]) -> bool:
    """Whether the event is a call by one of the verbs of what has one of the names."""
    if not isinstance(event, Call) or verbs.isdisjoint(words_of(event.method)[:1]):
        return False
    return event.receiver in names or any(not names.isdisjoint(value.reads | {value.text}) for value in event.args[:1])
