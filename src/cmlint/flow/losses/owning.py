"""Whether one object was made around another, and so closes it: `client = Client(session=self._session)`.

When closing the outer one fails, closing the inner one as well brings nothing. Only what connects is taken to be closed
so (a session, a connector): a file or stream is left open by most of what writes to it. Names decide, so it may take an
object for an owner that leaves what it was given open.
"""

from __future__ import annotations

import re

from cmlint.flow.calls.callees import end_of_brackets, text_of
from cmlint.flow.manager import Manager
from cmlint.flow.reading.events import Call
from cmlint.flow.reading.naming import words_of

_CONNECTING = frozenset(
    {"session", "sess", "connector", "conn", "connection", "client", "transport", "channel", "pool"}
)


def is_made_around(outer: str, inner: str, manager: Manager) -> bool:
    """Whether what `outer` names is made with `inner` as an argument, in the manager or in its class."""
    if _CONNECTING.isdisjoint(words_of(inner)[-1:]):
        return False
    for site in manager.graph.sites:
        event = site.event
        if isinstance(event, Call) and outer in event.results and any(inner in value.reads for value in event.given):
            return True
    owner = manager.subject.definition.parent
    if owner is None or not owner.is_class or not outer.startswith("self."):
        return False
    text = text_of(owner, manager.subject.whole)
    made = re.finditer(rf"{re.escape(outer)}\s*(?::[^=\n]+)?=(?!=)\s*(?:await\s+)?[\w.]+\(", text)
    return any(_names(inner, text[match.end() : end_of_brackets(text, match.end())]) for match in made)


def _names(inner: str, arguments: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(inner)}(?![\w.(])", arguments) is not None
