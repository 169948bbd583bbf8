"""What the setup has only made, and holds nothing before it is used: when the next step fails, nothing is lost.

An object of a class, or of a function that makes or builds one, without an `await`; of known resources those that
connect with their first request. It is in use from the first call of one of its methods, or the first call that is
given it, on. Nothing is held either when the first of its own methods fails: what can't be opened is not open. A file
or a process that a constructor opens under a name that nobody knows is missed so.
"""

from __future__ import annotations

from cmlint.flow.manager import Manager
from cmlint.flow.obligations.making import NAMING
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Call, Event
from cmlint.flow.reading.naming import ENTERING, words_of
from cmlint.knowledge.entries import Knowledge

_UNKNOWN = frozenset({"disposal", "stowed"})  # origins that say nothing about what is made
_MAKING = frozenset({"create", "make", "build", "new", "get", "init", "for", "manager", "factory"})
_SETTING = frozenset({"update", "setdefault", "mount", "set", "add", "append"})  # of headers and the like
_CONTAINERS = frozenset({"set", "list", "dict", "collections.deque"})
_KEEPING = ENTERING | {"push"}


def is_idle(acquire: int, raising: int, obligation: Obligation, manager: Manager) -> bool:
    """Whether what the node at `acquire` makes is not in use yet when the one at `raising` fails."""
    nodes = manager.graph.nodes
    made = nodes[acquire].site
    event = made.event if made is not None else None
    if not isinstance(event, Call) or event.awaited or not _is_only_made(event, obligation, manager.subject.knowledge):
        return False
    names = {obligation.object, *event.results}
    between = (node.site.event for node in nodes[acquire + 1 : raising] if node.site is not None)
    last = nodes[raising].site
    given = last is not None and isinstance(last.event, Call) and _is_given(last.event, names)
    return not given and not any(_uses(each, names) or _may_use(each, names, manager) for each in between)


def _is_only_made(event: Call, obligation: Obligation, knowledge: Knowledge) -> bool:
    known = knowledge.resource(event.dotted)
    if known is not None:
        return known.idle
    if obligation.origin not in _UNKNOWN:
        return False
    if event.dotted in _CONTAINERS:
        return True
    is_class = event.method.lstrip("_")[:1].isupper()
    return is_class or event.method in NAMING or not _MAKING.isdisjoint(words_of(event.method))


def _uses(event: Event, names: set[str]) -> bool:
    if not isinstance(event, Call) or event.method in _KEEPING:
        return False
    own = event.receiver in names and event.method not in _SETTING
    return own or _is_given(event, names)


def _is_given(call: Call, names: set[str]) -> bool:
    return any(not names.isdisjoint(value.reads) for value in call.given)


def _may_use(event: Event, names: set[str], manager: Manager) -> bool:
    """Whether a method of the own object is called that speaks of it, or is not in the file."""
    if not isinstance(event, Call) or event.receiver != "self":
        return False
    attributes = [name for name in names if name.startswith("self.")]
    owner = manager.subject.definition.parent
    called = None if owner is None else manager.subject.whole.only_method(owner, event.method)
    if called is None:
        return bool(attributes)
    text = manager.subject.whole.text_of(called)
    return any(name in text for name in attributes)
