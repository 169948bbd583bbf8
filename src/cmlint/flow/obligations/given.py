"""Obligations from a given name: a call makes something under a name that the caller gave, another removes it.

`upload_frame(client, table, frame)` ... `execute(client, f"DROP TABLE {table}")`; `create_user(session, name)` ...
`purge(session, name)`. Both calls are statements, and what is removed is removed by a word that says nothing else. May
miss makers with other verbs; opposite verbs alone are found without a name (see `antonyms`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Event, Form
from cmlint.flow.reading.naming import action_of
from cmlint.flow.reading.scope import Origin, Scope
from cmlint.knowledge.entries import Knowledge

_MAKING = frozenset({"create", "make", "upload", "insert", "provision", "deploy", "allocate", "clone", "register"})
_REMOVING = frozenset({"drop", "delete", "remove", "destroy", "unregister", "deregister", "purge", "undeploy"})
_DROPPING = re.compile(r"[bfru]*[\"']+\s*(?:DROP|DELETE\s+FROM)\s", re.IGNORECASE)


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each parameter under whose name something is made, and removed after the yield."""
    del knowledge
    for undo in around.after:
        for name in _removed(undo.event, scope) if undo not in around.before else ():
            made = tuple(site for site in around.before if _makes(site.event, name))
            if made:
                yield Obligation(
                    kind="remote",
                    object=name,
                    words=Words(f"`{name}`", "created", "stays behind"),
                    confidence=Confidence.MEDIUM,
                    origin="given name",
                    acquires=made,
                    releases=tuple(site for site in around.sites if name in _removed(site.event, scope)),
                )


def _removed(event: Event, scope: Scope) -> list[str]:
    """The parameters under whose names the call removes something."""
    if not isinstance(event, Call) or not event.discarded:
        return []
    values = list(event.given)
    if action_of(event.method)[:1] not in _VERBS:
        values = [value for value in values if _DROPPING.match(value.text)]
    named = [value for value in values if value.form is Form.NAME or _DROPPING.match(value.text)]
    return [name for value in named for name in sorted(value.reads) if scope.origin(name) is Origin.PARAMETER]


def _makes(event: Event, name: str) -> bool:
    if not isinstance(event, Call) or not event.discarded or _MAKING.isdisjoint(action_of(event.method)[:1]):
        return False
    return any(value.form is Form.NAME and value.text == name for value in event.given)


_VERBS = [[verb] for verb in sorted(_REMOVING)]
