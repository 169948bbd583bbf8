"""Obligations from the knowledge base: a known call acquires, a known call releases the same object.

May miss what the knowledge base doesn't list or what goes by a name that can't be resolved; the object of the
release is always the one that was acquired.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Graph, Site
from cmlint.flow.lowering.in_memory import acquired_by
from cmlint.flow.obligations.grouped import ends_with_its_group
from cmlint.flow.obligations.transfers import is_left_before, transfers_of
from cmlint.flow.paths.ending import belongs, ended_by, is_left_by_hand
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Enter, Event, Store
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge, Resource

_SIGNALLING = frozenset({"os.kill", "os.killpg"})
_ENDING_NOTHING = frozenset({"0", "SIGCONT", "SIGSTOP", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGALRM"})
_ACQUIRED = {
    "file": "opened", "connection": "opened", "temp": "created", "remote": "created", "lock": "acquired", "mount":
    "mounted", "registration": "set up", "state": "switched", "env": "set", "stdio": "saved", "other": "created",
}  # fmt: skip
_LOST = {
    "file": "stays open", "connection": "stays open", "temp": "stays behind", "remote": "stays behind",
    "lock": "stays locked", "mount": "stays mounted", "registration": "stays in place", "state": "is not switched back",
    "env": "is not put back", "stdio": "is not put back", "other": "is not released",
}  # fmt: skip


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each object that is acquired before the yield and released after it."""
    acquired: dict[tuple[str, str], tuple[Resource, list[Site]]] = {}
    for site in around.before:
        event = site.event
        entry = acquired_by(event, knowledge) if isinstance(event, Call) else None
        if not isinstance(event, Call) or entry is None:
            continue
        entered = _entered(event, around) if event.managed and (entry.waits or entry.outlives_with) else None
        held = held_by(event, entry) if not event.managed else entered[1] if entered else None
        if held:
            acquire = entered[0] if entered else site
            acquired.setdefault((entry.acquire, held), (entry, []))[1].append(acquire)
    for (_, held), (entry, acquires) in acquired.items():
        names = {held, *_process_groups(held, around)} | (_names_of(held, around) if entry.kind == "temp" else set())
        releases = _released_as(names, entry, around, knowledge)
        if not any(site in around.after for site in releases):
            releases += ended_by(held, entry.waits_by, around, scope)
        if any(site in around.after for site in releases):
            if not (entry.waits or entry.outlives_with):
                releases += [s for s in around.sites if s not in releases and is_left_by_hand(s.event, held)]
            yield Obligation(
                kind=entry.kind,
                object=held,
                words=words_for(held, entry, around.graph),
                confidence=Confidence.LOW if ends_with_its_group(held, entry, around) else Confidence.HIGH,
                origin="knowledge base",
                acquires=tuple(acquires),
                releases=tuple(releases),
                companions=tuple(site for site in around.after if belongs(site.event, held, entry.also)),
                transfers=tuple(
                    site
                    for site in transfers_of(held, around.sites, scope)
                    if site not in acquires and not (entry.outlives_with and isinstance(site.event, Enter))
                    if not is_left_before(site, releases, around)
                ),
            )


def _names_of(held: str, around: Around) -> set[str]:
    """The attributes that the name of a temporary file is put into: `self.path = file.name`."""
    stores = (site.event for site in around.before if isinstance(site.event, Store))
    return {store.target for store in stores if "." in store.target and store.value.text == f"{held}.name"}


def _entered(event: Call, around: Around) -> tuple[Site, str] | None:
    """Where the `with` on the call is entered, and the name after `as`."""
    for site in around.before:
        if isinstance(site.event, Enter) and site.event.manager.text == event.text and site.event.results:
            return site, site.event.results[0]
    return None


def releases_of(held: str, entry: Resource, around: Around, knowledge: Knowledge) -> list[Site]:
    """Where a function or a method of the knowledge base releases the object, or its process group."""
    return _released_as({held, *_process_groups(held, around)}, entry, around, knowledge)


def _released_as(names: set[str], entry: Resource, around: Around, knowledge: Knowledge) -> list[Site]:
    return [site for site in around.sites if any(_releases(site.event, name, entry, knowledge) for name in names)]


def _process_groups(held: str, around: Around) -> Iterator[str]:
    """The names of the group of a process: `group = os.getpgid(process.pid)`."""
    for event in (site.event for site in around.sites):
        if isinstance(event, Call) and event.dotted == "os.getpgid" and event.args and held in event.args[0].reads:
            yield from event.results


def held_by(event: Call, entry: Resource) -> str | None:
    """The key of what the call acquires."""
    if entry.held == "receiver":
        return event.receiver
    if entry.held == "argument":
        return event.args[0].text if event.args else None
    if entry.held == "first":
        return event.results[0] if event.results else None
    return event.results[-1] if event.results else None


def _releases(event: Event, held: str, entry: Resource, knowledge: Knowledge) -> bool:
    if not isinstance(event, Call):
        return False
    if event.receiver == held and event.method in entry.release_methods:
        return True
    called = knowledge.canonical(event.dotted or "")
    if called in _SIGNALLING and any(value.text.rpartition(".")[2] in _ENDING_NOTHING for value in event.args[1:]):
        return False
    if not event.args and not event.keywords:
        return called in entry.release_latest
    return bool(event.args) and held in event.args[0].reads and called in entry.release_functions


def words_for(held: str, entry: Resource, graph: Graph) -> Words:
    """How messages speak of what a known call acquired."""
    entered = any(_is_entered(site, held) for site in graph.sites)
    hangs = None if entered else entry.hangs
    if entry.unless and is_set(held, entry.unless, graph):
        hangs = None
    return Words(
        what=f"`{held}` ({entry.type})",
        acquired=_ACQUIRED.get(entry.kind, "started"),
        lost=_LOST.get(entry.kind, "keeps running"),
        hangs=hangs,
        waits=entry.waits if entered else None,
    )


def _is_entered(site: Site, held: str) -> bool:
    return isinstance(site.event, Enter) and held in site.event.results


def is_set(held: str, option: str, graph: Graph) -> bool:
    """Whether the object's constructor, or an assignment to its attribute, sets `option` to something but False."""
    for site in graph.sites:
        event = site.event
        if isinstance(event, Call) and held in event.results:
            value = event.keyword(option)
            if value is not None and value.text != "False":
                return True
        if isinstance(event, Store) and event.target == f"{held}.{option}" and event.value.text != "False":
            return True
    return False
