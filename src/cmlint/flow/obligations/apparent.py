"""Apparent clean-up: a statement after the yield whose verb disposes of something, where nothing was acquired here.

`close_if_possible(stream)`, `self._close_all()`, `if must_close: self.close()`, `delete_trace(found)`. The caller or
the body acquired it, or a step whose name does not say so; nothing shows that it is wanted after an exception as well.
So this is only asked where no other evidence was found, and has low confidence; except where the manager goes on when
it fails, where the manager does nothing else than to yield and to clean up, where a handler does the same, in the
shutdown of a lifespan, and where names say that nothing else can be meant: memory is freed, the manager is called after
its clean-up, the files are removed that the body listed. The last are never repaired without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import RETURN_EXIT, Graph, Site, Way
from cmlint.flow.lowering.in_memory import held_in_memory
from cmlint.flow.obligations.caretaker import is_sole_purpose
from cmlint.flow.obligations.disposal import is_mock
from cmlint.flow.obligations.disposing import END_NAMES, is_business, publishes
from cmlint.flow.obligations.lifespans import is_lifespan
from cmlint.flow.obligations.outcome import ends_work
from cmlint.flow.obligations.removal import OF_FILES
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Event, Form, Store, Yield
from cmlint.flow.reading.naming import action_of, logs, measures, words_of
from cmlint.flow.reading.scope import Origin, Scope
from cmlint.knowledge.entries import Knowledge

_ENDING = "close release cleanup clean teardown stop shutdown terminate kill cancel dispose destroy free end exit leave"
_UNDOING = "restore reset undo revert clear unregister deregister uninstall detach unlock unset unblock disable dedent"
_LETTING_GO = "disconnect unpatch unfreeze unmount deactivate unsubscribe delattr aclose"
_REMOVING_WORDS = "delete remove unlink rmtree purge drop del rm"
_DISPOSING = frozenset(f"{_ENDING} {_UNDOING} {_LETTING_GO}".split())
_CLEANING = frozenset({"cleanup", "cleaning", "teardown", "dispose", "disposing", "closing"})
_EMPTY = frozenset({"[]", "set()", "list()"})
_PHASES = frozenset({"old", "stale", "done", "processed", "merged", "ingested", "superseded", "finished"})
_LAST = frozenset({"clear", "close", "cleanup"})  # `cache_clear`
_LEAVING = frozenset({"sys.exit", "os._exit", "exit"})
_REMOVING = frozenset(_REMOVING_WORDS.split())


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each object that statements after the yield seem to clean up."""
    releases: dict[str, list[Site]] = {}
    late = frozenset(s.event.target for s in around.after if isinstance(s.event, Store)) - frozenset(
        s.event.target for s in around.before if isinstance(s.event, Store)
    )
    for site in around.after:
        held = None if site.grafted or site in around.before else disposed(site.event, late, scope)
        held = held or _gone_for_good(site.event, around, scope)
        if held is not None and not is_mock(held, around.graph):
            releases.setdefault(held, []).append(site)
    for held in held_in_memory(around.before, knowledge) if releases else ():
        releases.pop(held, None)
    for held, sites in releases.items():
        first = sites[0].event
        assert isinstance(first, Call)
        disposal = knowledge.disposal(action_of(first.method)[0])
        wanted = _is_wanted(held, sites, around, scope)
        by_name = not wanted and _is_wanted_by_name(sites, around, scope)
        yield Obligation(
            kind="other" if disposal is None else disposal.kind,
            object=held,
            words=Words(f"`{first.text}`", "left to do", "is not done"),
            confidence=Confidence.MEDIUM if wanted or by_name else Confidence.LOW,
            origin="apparent by name" if by_name else "apparent",
            acquires=(),
            releases=tuple(dict.fromkeys((*sites, *(each for each in _handling(around) if _same(each, sites))))),
            by_body=True,
        )


def _gone_for_good(event: Event, around: Around, scope: Scope) -> str | None:
    """The object that is removed when the manager did nothing else than to hand it out: `yield self; self.delete()`.

    Only where the manager is called after that: `auto_delete`.
    """
    if not isinstance(event, Call) or not event.discarded or event.args or logs(event):
        return None
    unsaid = _REMOVING.isdisjoint(words_of(scope.name)) or _REMOVING.isdisjoint(action_of(event.method)[:1])
    given = around.site.event
    if unsaid or not isinstance(given, Yield) or event.receiver != given.value.text:
        return None
    return event.receiver if is_sole_purpose(around) else None


def _is_wanted(held: str, sites: list[Site], around: Around, scope: Scope) -> bool:
    """Whether something says that the clean-up is wanted after an exception as well."""
    first = sites[0].event
    assert isinstance(first, Call)
    if any(_same(site, sites) for site in _handling(around)):
        return True  # as an exception of some kind gets it
    if not first.args and is_sole_purpose(around):
        return True
    if _deals_with_exceptions(around):
        return False
    if is_lifespan(scope):
        return True
    return all(map(partial(_is_tolerated, around.graph), sites))


def _is_wanted_by_name(sites: list[Site], around: Around, scope: Scope) -> bool:
    """Whether names alone say so: memory is freed, the manager is called for its clean-up, a list is to be removed."""
    first = sites[0].event
    assert isinstance(first, Call)
    cleans = not _CLEANING.isdisjoint(words_of(scope.name)) and not around.own().before
    frees = words_of(first.method)[:1] == ["free"]
    return frees or cleans or _removes_the_files_of_a_list(first, around, scope)


def _removes_the_files_of_a_list(first: Call, around: Around, scope: Scope) -> bool:
    """Whether it removes file by file what the body put into a list that it was given: `for path in to_delete`."""
    names = [value.text for value in first.args[:1]] if first.dotted in OF_FILES else [first.receiver or ""]
    over = [scope.code(each) for name in names for each in scope.looped.get(name, ())]
    lists = [name for name in over if name in around.yielded and _PHASES.isdisjoint(words_of(name))]
    empty = any((made := scope.sole_value(name)) is not None and scope.code(made) in _EMPTY for name in lists)
    return (first.dotted in OF_FILES or first.method == "unlink") and empty


def _handling(around: Around) -> Iterator[Site]:
    """What is done when the body raises."""
    raised = [edge.target for edge in around.graph.nodes[around.number].edges if edge.way is Way.RAISE]
    found = (around.graph.nodes[number].site for number in around.graph.reachable(raised))
    return (site for site in found if site is not None and isinstance(site.event, (Call, Store)))


def _same(site: Site, sites: list[Site]) -> bool:
    """Whether `site` is another place of one of the calls of `sites`."""
    return site not in sites and any(isinstance(site.event, Call) and site.event.text == s.event.text for s in sites)


def _deals_with_exceptions(around: Around) -> bool:
    """Whether something is done already when the body raises: then what is left for the success is meant to be."""
    return any(True for _ in _handling(around))


def _is_tolerated(graph: Graph, site: Site) -> bool:
    """Whether the manager goes on when it fails: `try: trace.end()` / `except Exception: log.debug(...)`.

    That something is removed, and may be gone already, says nothing: a backup is for the body that fails.
    """
    if not isinstance(site.event, Call) or not _REMOVING.isdisjoint(words_of(site.event.method)):
        return False
    caught = [
        edge.target for number in graph.copies(site) for edge in graph.nodes[number].edges if edge.way is Way.RAISE
    ]
    return RETURN_EXIT in graph.reachable(caught, normally=True)


def disposed(event: Event, late: frozenset[str], scope: Scope) -> str | None:
    """What the event seems to clean up: its receiver, or what it is given.

    To remove what was only found or handed over is the purpose of a body that succeeded; what is looked for when the
    body has run is what the body made (`late`).
    """
    if not isinstance(event, Call) or not event.discarded or logs(event) or ends_work(event.text):
        return None
    if event.dotted in _LEAVING or publishes(event.method) or is_business(event.method):
        return None
    if measures(event.method) or (event.receiver is not None and measures(event.receiver)):
        return None
    words = action_of(event.method)
    given = [value.text for value in event.args[:1] if value.form is Form.NAME]
    verbs = {*words[:1], *(_LAST.intersection(words[-1:])), *(word[1:] for word in words[:1] if word[:1] == "a")}
    if event.method == "set" and not event.args and not END_NAMES.isdisjoint(words_of(event.receiver or "")):
        return event.receiver  # what runs elsewhere is told to stop
    if not _REMOVING.isdisjoint(verbs):
        return next((name for name in given if name in late), None)
    if _DISPOSING.isdisjoint(verbs):
        return None
    if event.receiver is not None and not _lives_on(event.receiver, scope):
        return None
    return given[0] if given and event.receiver is None else event.receiver or event.callee


def _lives_on(receiver: str, scope: Scope) -> bool:
    """What is made here and dies here is nobody's loss."""
    return scope.origin(receiver) is not Origin.LOCAL or scope.outlives(receiver)
