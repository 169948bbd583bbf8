"""Obligations from transactions: what was begun is committed after a success and rolled back by a handler.

`connection.execute("BEGIN")` ... `except Exception: connection.execute("ROLLBACK"); raise` ... `COMMIT`; `commit, abort
= store.begin_pack()` ... `except Exception: abort(); raise` ... `commit()`. A commit is for success only, so only a
handler that rolls back says that an exception must not leave the transaction open: which it does when the handler is
too narrow. A connection that is made or closed here ends it anyway. May miss transactions under other verbs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.around import Around
from cmlint.flow.events import Call, Event
from cmlint.flow.obligation import Obligation, Words
from cmlint.flow.obligations.naming import words_of
from cmlint.flow.scope import Scope
from cmlint.knowledge.entries import Knowledge

_STARTING = frozenset({"start"})  # much is started and ended that is no transaction
_BEGINNING = frozenset({"begin"}) | _STARTING
_ROLLING_BACK = frozenset({"rollback", "abort"})
_COMMITTING = frozenset({"commit", "end"})
_ENDING = frozenset({"close", "aclose", "stop", "release", "putconn", "dispose", "disconnect", "remove", "reset"})
_EXECUTING = frozenset({"execute", "executescript", "run", "query", "exec"})
_FIRST_WORD = re.compile(r"""(?:\w+\()?[rRbBfF]{0,2}["']+\s*(\w+)""")  # also in `text("BEGIN")`
_LEAST_RESULTS = 2


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each transaction that a handler rolls back and a success commits."""
    after = {site.index for site in around.after}
    ending = [site for site in around.sites if _verb(site.event) in _ROLLING_BACK | _COMMITTING]
    for begin in around.before if ending else ():
        if not isinstance(begin.event, Call):
            continue
        ends = [site for site in ending if _ends(begin.event, site.event)]
        commits = [site for site in ends if _verb(site.event) in _COMMITTING and site.index in after]
        rolls_back = [site for site in ends if _verb(site.event) in _ROLLING_BACK and site.index not in after]
        clear = _verb(begin.event) not in _STARTING or any(_is_of_transactions(site.event) for site in rolls_back)
        if commits and rolls_back and clear and _outlives(begin.event, around, scope):
            held = begin.event.receiver or begin.event.callee
            yield Obligation(
                kind="state",
                object=held,
                words=Words(f"the transaction of `{held}`", "begun", "stays open"),
                confidence=Confidence.HIGH,
                origin="transactions",
                acquires=(begin,),
                releases=tuple(ends),
            )


def _ends(begin: Call, event: Event) -> bool:
    """Whether `event`, which commits or rolls back, does so with what `begin` began."""
    if not isinstance(event, Call):
        return False
    if len(begin.results) >= _LEAST_RESULTS and event.callee in begin.results:
        return True
    return _verb(begin) in _BEGINNING and event.receiver in (begin.receiver, *begin.results)


def _verb(event: Event) -> str:
    """What a call does by its name, or by the statement that it executes: its first word in small letters."""
    if not isinstance(event, Call):
        return ""
    if event.method in _EXECUTING and event.args:
        first = _FIRST_WORD.match(event.args[0].text)
        return first[1].lower() if first else ""
    words = words_of(event.method.strip("_"))
    return "rollback" if words[:2] == ["roll", "back"] else next(iter(words), "")


def _is_of_transactions(event: Event) -> bool:
    """Whether it rolls back, or says that it is about a transaction: `session.abort_transaction()`."""
    return isinstance(event, Call) and (_verb(event) == "rollback" or "transaction" in words_of(event.method))


def _outlives(begin: Call, around: Around, scope: Scope) -> bool:
    """Whether the connection comes from outside and is not ended here: what is made here is, if not by its name.

    To close a cursor does not end the transaction, to give back or close its connection does.
    """
    name = begin.receiver or ""
    made = (site.event for site in around.before)
    calls = [event for event in made if isinstance(event, Call) and name in event.results]
    cursors = [call for call in calls if call.method == "cursor"]
    connection = (cursors[0].receiver or "") if cursors else name
    outside = bool(cursors) or not scope.is_local(name.partition(".")[0])
    graph = around.graph
    behind = (graph.nodes[number].site for number in graph.reachable([around.number]))
    return outside and not any(site is not None and _ends_it(site.event, connection) for site in behind)


def _ends_it(event: Event, connection: str) -> bool:
    """Whether the call closes, stops or gives back the connection."""
    if not isinstance(event, Call) or not connection or _ENDING.isdisjoint(words_of(event.method)[:1]):
        return False
    return event.receiver == connection or any(value.text == connection for value in event.args)
