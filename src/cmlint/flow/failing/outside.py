"""Whether a call talks to something outside the program, by what it is called on: a device, a machine, a server.

`camera.command("stop")`, `self._inst.write(text)`, `container.stop()`, `client.patch(name)`: whatever is asked of them,
the answer may be an error. The last word of the receiver decides, so an object in memory may be taken for what it is
called after. May miss what has another name. A function of a name of its own that is given one talks to it as well:
`restrict_access(connection)`.
"""

from __future__ import annotations

import builtins
import re

from cmlint.flow.reading.events import Call, Value
from cmlint.flow.reading.naming import words_of
from cmlint.knowledge.entries import Knowledge
from cmlint.knowledge.outside import asks, is_outside

_LAST = re.compile(r"(?:^|\.)(\w+)(?:\(\)|\[[^\[\]]*\])?$")  # `self.client`, `devices[0]`, `library.client()`
# With less it closes (`session.remove()`) or is that of a context variable (`channel.set(value)`).
_AT_LEAST = {"remove": 1, "set": 2, "reset": 2}
_WRAPPING = frozenset({"wrap", "patch", "mock", "cast", "closing", "suppress", "partial"})


def talks_outside(event: Call, knowledge: Knowledge) -> bool:
    """Whether the receiver is something outside, and the call more than a look at what is known of it here."""
    if event.receiver is None:
        return _is_given(event, knowledge)
    found = _LAST.search(event.receiver)
    name = found[1] if found is not None else ""
    words = words_of(name)
    if name[:1].isupper() or not is_outside(words, knowledge) or _is_imported(event):
        return False  # the first is a class
    device = not knowledge.fallible_devices.isdisjoint(words)
    if not device and len(event.args) < _AT_LEAST.get(event.method, 0):
        return False
    return asks(event.method, words_of(event.method), device=device)


def _is_given(event: Call, knowledge: Knowledge) -> bool:
    """Whether a function is given something outside, first of all, to work with it."""
    if hasattr(builtins, event.method) or event.method.lstrip("_")[:1].isupper() or not event.args or event.managed:
        return False
    words = words_of(event.method)
    works = _WRAPPING.isdisjoint(words[:1]) and asks(event.method.lstrip("_"), words, device=False)
    return works and _is_name_of_outside(event.args[0], knowledge)


def _is_name_of_outside(value: Value, knowledge: Knowledge) -> bool:
    name = value.text.rpartition(".")[2]
    return name.isidentifier() and name.islower() and is_outside(words_of(name), knowledge)


def _is_imported(event: Call) -> bool:
    """Whether it is a function of a module that is called so: `from kubernetes import client`."""
    bare = event.text.partition("(")[0].count(".") == 1
    return bare and event.dotted is not None and "(" not in event.dotted
