"""Evidence that shows a loss and can't show that a failed body has no use for what is left: such a repair is not safe.

What one method puts into a container and another takes out may be what has to be done again (an outbox, a log that
is written ahead); what is finalized or completed is published; what is emptied by name may be what a retry reads; a
message that something is closed tells people; a context that is left by hand as if all had gone well commits. May
doubt a release that is nothing but one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cmlint.flow.paths.ending import LEAVING
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Call, Form
from cmlint.flow.reading.naming import action_of, words_of

_OF_EVIDENCE = {
    "registered in calls": "whether a failed body still needs the item is not in the manager",
    "unanswered": "whether another end is a failure to it is not in the manager",
    "apparent by name": "it only sounds like clean-up, and nothing that it undoes is acquired here",
}
_MEMORIES = frozenset({"cache", "caches", "memo", "highlight", "screen", "selection", "secrets", "credentials"})
_FILLING = frozenset({"create", "to", "fill", "add", "put", "populate", "write", "load", "store"})
_WORK = frozenset({"job", "jobs", "message", "task", "order", "item", "request", "delivery", "lease", "claim", "work"})
_ENDING_FOR_GOOD = frozenset({"shutdown", "disconnect", "unsubscribe", "teardown"})
_OPTIONS = frozenset({"cleanup", "clear", "reset", "delete"})
_STRING = re.compile(r"[\"']([\w.-]+)[\"']")


def doubts_by_evidence(obligation: Obligation) -> Iterator[str]:
    """What speaks against calling the repair of this loss safe, in words."""
    said = _OF_EVIDENCE.get(obligation.origin)
    if said is not None:
        yield f"whether {obligation.words.what} has to be released is not sure: {said}"
    for event in (site.event for site in obligation.releases):
        if isinstance(event, Call) and _may_be_for_success(event, obligation):
            yield f"`{event.text}` may be for a body that succeeded, as far as its name says"


def _may_be_for_success(event: Call, obligation: Obligation) -> bool:
    if event.method in LEAVING:  # told that all went well, a transaction is committed
        return bool(event.args) and all(value.form is Form.NONE for value in event.args)
    if obligation.origin == "antonyms":
        return _publishes_or_forgets(event, obligation)
    if obligation.origin == "concluded":
        return action_of(event.method)[:1] == ["fail"] and _is_about_work(event, obligation)
    if obligation.origin == "same callee":
        return _tells_people(event) or any(name in _OPTIONS for name, _ in event.keywords)
    return False


def _publishes_or_forgets(event: Call, obligation: Obligation) -> bool:
    words = words_of(event.method)
    if words[:1] == ["finalize"] or words[-1:] == ["closed"]:
        return True
    fills = not _FILLING.isdisjoint(_words_of_acquires(obligation))
    return words[:1] == ["clear"] and len(words) > 1 and fills and _MEMORIES.isdisjoint(words[1:])


def _is_about_work(event: Call, obligation: Obligation) -> bool:
    """Whether what is failed is a piece of work, which somebody may take up again when nobody says that it failed."""
    names = {word for value in event.args for word in words_of(value.text)} | set(words_of(event.method))
    return not _WORK.isdisjoint(names | _words_of_acquires(obligation))


def _words_of_acquires(obligation: Obligation) -> set[str]:
    calls = (site.event for site in obligation.acquires if isinstance(site.event, Call))
    return {word for call in calls for word in words_of(call.method)}


def _tells_people(event: Call) -> bool:
    """Whether a message says that something is over, and not that a machine shuts down."""
    if not event.args or not event.args[0].text.startswith("{"):
        return False
    words = {word for string in _STRING.findall(event.args[0].text) for word in words_of(string)}
    return _ENDING_FOR_GOOD.isdisjoint(words)
