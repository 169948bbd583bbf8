"""Old values that are kept together with the places that they belong to, one of many.

`saved.append((obj, name, old))` ... `for obj, name, old in saved: setattr(obj, name, old)`; `for name, (new, old) in
pairs: ...` on both sides. The places are chosen when the manager runs, so only the kind of place can be compared: an
attribute or an item. May take a value for an old one that was kept beside it.
"""

from __future__ import annotations

import re

from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.obligations.saved import Saved
from cmlint.flow.reading.events import Call, Event, Form, Store, Value
from cmlint.flow.reading.naming import is_called_old
from cmlint.flow.reading.scope import Scope
from cmlint.flow.reading.writes import Manner, Write

_VARYING = re.compile(r"\.<[^<]*>$|\]$")


def kept_with_its_place(write: Write, around: Around, scope: Scope) -> list[Site]:
    """Where the value that `write` puts back into what a loop gives was put into the container of that loop."""
    if write.value is None or write.value.form is not Form.NAME or not write.place.startswith("*"):
        return []
    return [site for site in Saved(around, scope).fills_of(write.value.text) if _keeps_several(site.event)]


def is_old_of_many(value: Value, scope: Scope) -> bool:
    """Whether a loop takes the value from pairs of new and old ones: `for name, (_, old) in patched.items()`."""
    return value.form is Form.NAME and is_called_old(value.text) and scope.is_loop_variable(value.text)


def vary_alike(write: Write, restore: Write) -> bool:
    """Whether both write an attribute, or both an item, that is chosen when the manager runs."""
    one, other = _VARYING.search(write.place), _VARYING.search(restore.place)
    return write.manner is Manner.SET and one is not None and other is not None and one[0][-1] == other[0][-1]


def _keeps_several(event: Event) -> bool:
    """Whether a tuple of several values is put into a container, or a value under a key."""
    if isinstance(event, Call):
        return bool(event.args) and event.args[-1].text.startswith("(") and "," in event.args[-1].text
    return isinstance(event, Store) and event.target.endswith("]")
