"""Which calls dispose of an object, as their names say: by a verb, or by the opposite of the verb that made it.

`job.close()`, `job.release_resources()`, `close_handle(handle)`, `span.end()` for what `start_span()` returned,
`snapshot.restore()` for what `capture()` returned, `stop_event.set()` for what `start_thread()` returned.
"""

from __future__ import annotations

import re

from cmlint.flow.reading.events import Call, Form
from cmlint.flow.reading.naming import action_of, actions_of, words_of
from cmlint.knowledge.entries import Disposal, Knowledge

REMOVING = frozenset({"remove", "delete", "unlink"})  # see `removal`
_REMOVING_FIRST = frozenset(
    {"remove", "delete", "unlink", "rmtree", "rmdir", "rm", "del", "drop", "destroy", "purge", "removedirs"}
)
_UNLINKING = frozenset({"unlink", "rmtree", "rmdir"})
_TELLING_OF_IT = frozenset(
    {"on", "before", "after", "pre", "post", "notify", "log", "emit", "did", "will", "is", "should"}
)
_PARTS = "resource resources connection connections session pool client handle socket channel context"
_RUNNING = "server process processes thread threads worker workers"
_GENERIC = frozenset(f"all {_PARTS} {_RUNNING}".split())
ENDING = frozenset(
    {
        "close",
        "free",
        "destroy",
        "release",
        "terminate",
        "kill",
        "interrupt",
        "shutdown",
        "stop",
        "dispose",
        "disconnect",
        "cancel",
    }
)
_BEHIND = frozenset({"free", "destroy", "dispose", "close"})  # also behind its nouns, as in C: `array_dispose(array)`
_WRAPPED = frozenset({"close", "free", "destroy"})  # also of what wraps it: `close(Handle(raw))`
_SHORTEST_NOUN = 4
_POINTING = re.compile(r"(?:\w+\.)*(?:byref|pointer|addressof|cast)\(")
_FINISHING = frozenset({"finish", "complete", "done"})
_CAPTURING = frozenset({"capture", "snapshot", "save", "backup", "freeze", "record"})
_RESTORING = frozenset({"restore", "revert", "undo", "reset"})
_STARTING = frozenset({"start", "spawn", "launch"})
END_NAMES = frozenset({"stop", "exit", "quit", "shutdown", "terminate", "cancel", "halt"})
_PUBLIC = frozenset({"archive", "production", "prod", "public", "users", "customers", "web", "market", "press", "pypi"})
_BUSINESS = frozenset({"version", "artifact", "artifacts", "issue", "ticket", "period", "milestone", "rollback"})
_IDENTIFYING = frozenset({"name", "id", "key", "path", "url"})
NOT_GIVEN_BACK = Disposal(kind="other", lost="is not given back")
_NOT_ENDED = Disposal(kind="other", lost="is not ended")
_NOT_PUT_BACK = Disposal(kind="state", lost="is not put back")
_NOT_TOLD = Disposal(kind="thread", lost="is not set, so what waits for it keeps running")


def by_method(event: Call, held: str, makers: frozenset[str], knowledge: Knowledge) -> Disposal | None:
    """How a method of the object disposes of it; `makers` are the methods and functions that made it."""
    if event.method in REMOVING or publishes(event.method):
        return None
    known = knowledge.disposal(event.method)
    if known is not None:
        return known
    if event.args:
        return None
    verbs = {action_of(maker)[0] for maker in makers if action_of(maker)}
    for first, *nouns in actions_of(event.method):
        verb = first.removesuffix("all") or first  # `stopall`
        whole = all(noun in _GENERIC or _is_named(held, verbs, noun) for noun in nouns)
        known = knowledge.disposal(verb) if whole and verb not in REMOVING else None
        if known := known or _undone(verb, verbs, knowledge):
            return known
    return _told(event, held, verbs)


def _is_named(held: str, verbs: set[str], noun: str) -> bool:
    """Whether the noun is the object: `streamed_response.close_stream()`, `stopListening()` of what `listen()` made."""
    called = any(word.startswith(noun) for word in words_of(held))
    return len(noun) >= _SHORTEST_NOUN and (called or any(noun in (verb, f"{verb}ing") for verb in verbs))


def _undone(verb: str, verbs: set[str], knowledge: Knowledge) -> Disposal | None:
    if verb in _RESTORING and not _CAPTURING.isdisjoint(verbs):
        return _NOT_PUT_BACK
    undone = any(knowledge.antonym(made, verb) or verb == f"un{made}" for made in verbs)
    return _NOT_ENDED if undone and verb not in _FINISHING | REMOVING else None


def _told(event: Call, held: str, verbs: set[str]) -> Disposal | None:
    """An event or flag that tells to end, handed out by what started a thread."""
    tells = event.method == "set" and not END_NAMES.isdisjoint(words_of(held))
    return _NOT_TOLD if tells and not _STARTING.isdisjoint(verbs) else None


def names_another(event: Call) -> bool:
    """Whether a keyword or the name says what the receiver removes, not itself: `queue.delete_message(id=found.id)`.

    `volume.remove(force=True)` and `volume.remove(force=force)` only say how.
    """
    if "from" in words_of(event.method):
        return True  # `ref.remove_from_cache()`
    alone = len(action_of(event.method)) == 1
    return any(
        not (value.form in (Form.CONSTANT, Form.NONE) and value.text[-1:] not in "\"'")
        and not (alone and value.text.rpartition(".")[2] == keyword and _IDENTIFYING.isdisjoint(words_of(keyword)))
        for keyword, value in event.keywords
    )


def publishes(method: str) -> bool:
    """Whether it releases something to whom it is for: `release_to_archive(plate)`; not `release_to_pool(slot)`."""
    verb, *rest = words_of(method) or [""]
    return verb == "release" and "to" in rest and not _PUBLIC.isdisjoint(rest[rest.index("to") + 1 :])


def is_business(method: str) -> bool:
    """Whether what it releases, closes or disables is no resource: `release_version()`, `close_issue()`."""
    return not _BUSINESS.isdisjoint(words_of(method)[1:])


def frees(event: Call) -> bool:
    """Whether it leaves nothing of what it is given, so that what it returns can only say whether it went well."""
    words = words_of(event.method)
    return not _BEHIND.isdisjoint(words[-1:]) or not _BEHIND.isdisjoint(action_of(event.method)[:1])


def by_function(event: Call, held: str, knowledge: Knowledge, shared: frozenset[str] = frozenset()) -> Disposal | None:
    """How a function or another object's method disposes of its first argument.

    Those in `shared`, which the maker was given as well, only say where: `close_session(client, session)`.
    """
    given = [value for value in event.given if value.text not in shared][:1]
    if not given or held not in given[0].reads or publishes(event.method):
        return None
    function = knowledge.disposal(event.dotted or "")
    if function is not None:
        return None if function.kind == "temp" or not event.discarded else function
    for verb, *_ in actions_of(event.method):
        alone = (given[0].form is Form.NAME or given[0].text == held) and verb in ENDING
        wrapped = given[0].form is Form.CALL and verb in _WRAPPED
        if alone or wrapped:
            return knowledge.disposal(verb)
    last = words_of(event.method)[-1:]
    plain = given[0].form is Form.NAME or _POINTING.match(given[0].text)  # `region_destroy(byref(region))`
    behind = plain and (event.discarded or event.results) and not _BEHIND.isdisjoint(last)
    return knowledge.disposal(last[0]) if behind else None


def says_removing(name: str) -> bool:
    """Whether a call by this name removes something: `delete_set`, `file_unlink`; `on_delete` only tells of it."""
    action = action_of(name)
    behind = len(action) > 1 and action[-1] in _UNLINKING and action[0] not in _TELLING_OF_IT
    return not _REMOVING_FIRST.isdisjoint(action[:1]) or behind
