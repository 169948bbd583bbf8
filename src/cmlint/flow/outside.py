"""Whether a call talks to something outside the program, by what it is called on: a device, a machine, a server.

`camera.command("stop")`, `self._inst.write(text)`, `container.stop()`, `client.patch(name)`: whatever is asked of them,
the answer may be an error. The last word of the receiver decides, so an object in memory may be taken for what it is
called after. May miss what has another name.
"""

from __future__ import annotations

from cmlint.flow.events import Call
from cmlint.flow.obligations.naming import words_of
from cmlint.knowledge.entries import Knowledge
from cmlint.knowledge.outside import asks, is_outside


def talks_outside(event: Call, knowledge: Knowledge) -> bool:
    """Whether the receiver is something outside, and the call more than a look at what is known of it here."""
    name = (event.receiver or "").rpartition(".")[2]
    words = words_of(name)
    if name[:1].isupper() or not is_outside(words, knowledge) or _is_imported(event):
        return False  # the first is a class
    if event.method == "remove" and not event.args:
        return False  # to close it: `session.remove()`
    device = not knowledge.fallible_devices.isdisjoint(words)
    return asks(event.method, words_of(event.method), device=device)


def _is_imported(event: Call) -> bool:
    """Whether it is a function of a module that is called so: `from kubernetes import client`."""
    bare = event.text.partition("(")[0].count(".") == 1
    return bare and event.dotted is not None and "(" not in event.dotted
