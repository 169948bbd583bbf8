"""Obligations from transactions: what was begun is committed after a success and rolled back by a handler.

`connection.execute("BEGIN")` ... `except Exception: connection.execute("ROLLBACK"); raise` ... `COMMIT`; `commit, abort
= store.begin_pack()` ... `except Exception: abort(); raise` ... `commit()`. It is begun as well where the connection is
told not to commit each statement by itself (`connection.autocommit = False`). A commit is for success only, so only a
handler that rolls back says that an exception must not leave the transaction open: which it does when the handler is
too narrow. A connection that is made or closed here ends it anyway. May miss transactions under other verbs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeGuard

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Event, Store
from cmlint.flow.reading.naming import words_of
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

_WITHIN = frozenset({"nested", "savepoint"})
_STARTING = frozenset({"start"})  # much is started and ended that is no transaction
_BEGINNING = frozenset({"begin"}) | _STARTING
_ROLLING_BACK = frozenset({"rollback", "abort"})
_COMMITTING = frozenset({"commit", "end"})
_ENDING = frozenset({"close", "aclose", "stop", "release", "putconn", "dispose", "disconnect", "remove", "reset"})
_EXECUTING = frozenset({"execute", "executescript", "run", "query", "exec"})
_FIRST_WORD = re.compile(r"""(?:\w+\()?[rRbBfF]{0,2}["']+\s*(\w+)""")  # also in `text("BEGIN")`
_LEAST_RESULTS = 2
_PRIVATE = re.compile(r"(?:self|cls)\._\w+")


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each transaction that a handler rolls back and a success commits."""
    del knowledge
    after = {site.index for site in around.after}
    ending = [site for site in around.sites if _verb(site.event) in _ROLLING_BACK | _COMMITTING]
    for site in around.before if ending else ():
        begun = _begun(site.event)
        if begun is None:
            continue
        connection = _connection_of(begun.held, around)
        if begun.names and connection:
            begun = replace(begun, names=begun.names | {connection})
        ends = [end for end in ending if begun.is_ended_by(end.event)]
        commits = [end for end in ends if _verb(end.event) in _COMMITTING and end.index in after]
        rolls_back = [end for end in ends if _verb(end.event) in _ROLLING_BACK and end.index not in after]
        clear = not begun.vague or any(_is_of_transactions(end.event) for end in rolls_back)
        if commits and rolls_back and clear and _outlives(begun.held, around, scope):
            yield Obligation(
                kind="state",
                object=begun.shown,
                words=Words(f"the transaction of `{begun.shown}`", "begun", "stays open"),
                confidence=Confidence.HIGH,
                origin="transactions",
                acquires=(site,),
                releases=tuple(ends),
            )


def find_implicit(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """The same for what the first statement on a connection begins: a handler rolls it back, a success commits it.

    Only on a connection of the object's own, kept under a private name or got from what hands out one: whoever gave the
    object a connection may roll it back himself, or have it commit each statement.
    """
    del knowledge
    if any(_begun(site.event) is not None for site in around.before):
        return
    ways_back = [site for site in around.handling() if _calls(site.event, "rollback")]
    for back in ways_back:
        held = back.event.receiver if isinstance(back.event, Call) else None
        commits = [s for s in around.after if _calls(s.event, "commit") and s.event.receiver == held]
        if held and commits and _is_its_own(held, back.event, around) and not _is_ended(held, around):
            yield Obligation(
                kind="state",
                object=held,
                words=Words(f"the transaction of `{held}`", "begun", "stays open"),
                confidence=Confidence.MEDIUM,
                origin="transactions",
                acquires=(),
                releases=(*commits, *ways_back),
                by_body=True,
            )


def _calls(event: Event, method: str) -> TypeGuard[Call]:
    return isinstance(event, Call) and event.method == method and event.receiver is not None


def _is_its_own(held: str, back: Event, around: Around) -> bool:
    """Whether a connection is kept by the object under a private name, or handed out again and again by a getter.

    Where rolling back is awaited a cancelled task is no rare end, so any connection that the object keeps counts.
    """
    awaited = held.startswith("self.") and isinstance(back, Call) and back.awaited
    return awaited or _PRIVATE.match(held) is not None or _is_got(held, around)


def _is_got(name: str, around: Around) -> bool:
    """Whether a getter gave what goes by the name: `self._get_connection()`, `_pool.get()`; who makes one says so."""
    calls = (site.event for site in around.before if isinstance(site.event, Call))
    return any(
        name in call.results
        and ((not call.managed and words_of(call.method)[:1] == ["get"] and _is_lasting(call)) or _reads_its_own(call))
        for call in calls
    )


def _reads_its_own(call: Call) -> bool:
    """Whether an attribute of the object is read by its name: `getattr(self, name)`."""
    return call.dotted == "getattr" and bool(call.args) and call.args[0].text in ("self", "cls")


def _is_lasting(getter: Call) -> bool:
    return (getter.receiver or "").startswith(("self", "cls", "_"))


@dataclass(frozen=True)
class _Begun:
    """A transaction: on what it was begun, the objects and the functions that end it, and how it is spoken of.

    vague: the verb that began it is said of other things as well.
    """

    held: str
    shown: str
    names: frozenset[str | None] = frozenset()
    functions: frozenset[str] = frozenset()
    vague: bool = False

    def is_ended_by(self, event: Event) -> bool:
        """Whether `event`, which commits or rolls back, does so with this one."""
        if not isinstance(event, Call):
            return False
        if event.callee in self.functions or event.receiver in self.names:
            return True
        owns = bool(event.receiver) and self.held.startswith(f"{event.receiver}.")
        return owns and bool(self.names) and "transaction" in words_of(event.method)


def _begun(event: Event) -> _Begun | None:
    """The transaction that an event begins, by its name or by ending that each statement is one of its own."""
    if isinstance(event, Store):
        owner, _, attribute = event.target.rpartition(".")
        switched = attribute == "autocommit" and event.value.text == "False" and bool(owner)
        return _Begun(owner, owner, frozenset({owner})) if switched else None
    if not isinstance(event, Call):
        return None
    held, shown = event.receiver or "", event.receiver or event.callee
    functions = frozenset(event.results if len(event.results) >= _LEAST_RESULTS else ())
    if not _WITHIN.isdisjoint(words_of(event.method)):
        return None  # the transaction around it is rolled back by who began that
    alone = "autocommit" in event.method.replace("_", "").lower() and [v.text for v in event.args] == ["False"]
    if alone or _verb(event) in _BEGINNING:
        names = frozenset({event.receiver, *event.results})
        return _Begun(held, shown, names, functions, vague=_verb(event) in _STARTING)
    return _Begun(held, shown, functions=functions) if functions else None


def _verb(event: Event) -> str:
    """What a call does by its name, or by the statement that it executes: its first word in small letters."""
    if not isinstance(event, Call):
        return ""
    if event.method in _EXECUTING and event.args:
        first = _FIRST_WORD.match(event.args[0].text)
        named = words_of(event.args[0].text.rpartition(".")[2])  # `BEGIN_SQL`
        return first[1].lower() if first else next(iter(named), "")
    words = words_of(event.method.strip("_"))
    return "rollback" if words[:2] == ["roll", "back"] else next(iter(words), "")


def _is_of_transactions(event: Event) -> bool:
    """Whether it rolls back, or says that it is about a transaction: `session.abort_transaction()`."""
    return isinstance(event, Call) and (_verb(event) == "rollback" or "transaction" in words_of(event.method))


def _outlives(name: str, around: Around, scope: Scope) -> bool:
    """Whether the connection comes from outside and is not ended here: what is made here is, if not by its name.

    To close a cursor does not end the transaction, to give back or close its connection does.
    """
    connection = _connection_of(name, around)
    held = connection or name
    outside = not scope.is_local(held.partition(".")[0]) or _is_got(held, around)
    return outside and not _is_ended(held, around)


def _is_ended(connection: str, around: Around) -> bool:
    """Whether the manager closes, stops or gives back the connection behind the yield."""
    graph = around.graph
    behind = (graph.nodes[number].site for number in graph.reachable([around.number]))
    return any(site is not None and _ends_it(site.event, connection) for site in behind)


def _connection_of(name: str, around: Around) -> str | None:
    """The connection whose cursor goes by the name."""
    made = (site.event for site in around.before)
    cursors = (event for event in made if isinstance(event, Call) and name in event.results)
    return next((cursor.receiver or "" for cursor in cursors if cursor.method == "cursor"), None)


def _ends_it(event: Event, connection: str) -> bool:
    """Whether the call closes, stops or gives back the connection."""
    if not isinstance(event, Call) or not connection or _ENDING.isdisjoint(words_of(event.method)[:1]):
        return False
    return event.receiver == connection or any(value.text == connection for value in event.args)
