"""Whether a value that a call gets after the yield was there before: read where the call, or what it runs, writes.

Also a value relative to which the change was told, and the item that was looked up for it. May miss a value that was
read under another name; may take for the old value what only a getter of the same noun gave.
"""

from __future__ import annotations

import re

from cmlint.flow.lowering.around import Around
from cmlint.flow.obligations.setters import got_before, pops_what_was_read, reads_back
from cmlint.flow.reading.events import Call, Event, Form, Store, Value
from cmlint.flow.reading.naming import words_of

_ATTRIBUTE = re.compile(r"\w+(\.\w+)+")
_GOT = re.compile(r"\w+\.get\(")
_FETCHING = frozenset({"get", "fetch", "read", "load", "lookup", "find", "query"})
_SETTING = frozenset(
    {"set", "fade", "resize", "scale", "ramp", "move", "seek", "adjust", "change", "limit", "throttle", "rotate"}
    | {"zoom", "tune", "shift"}
)
_LIMIT = re.compile(r"(?:max|min)\(")
_RELATIVE = re.compile(r"\s[-+*/]\s")


def is_read(new: Value, call: Call, around: Around) -> bool:
    """Whether the new value was read before the yield from where `call` writes."""
    kept = new.reads if new.form in (Form.NAME, Form.OTHER) else frozenset()
    if _ATTRIBUTE.fullmatch(new.text) or _GOT.match(new.text):
        kept |= {new.text.partition(".")[0]}  # a part of what was read
    if any(reads_back(site, name, call) for name in kept for site in around.before):
        return True
    sites = [(name, site) for name in kept for site in around.before if got_before(site, name, call)]
    if any(name not in around.yielded or _is_measure(site.event) for name, site in sites):
        return True
    if any(_is_of_current(site.event, new, call) for site in around.before):
        return True
    return any(pops_what_was_read(new, site.event, call) for site in around.before) or _is_written_inside(new, around)


def _is_measure(event: Event) -> bool:
    """Whether it gave a number or the like (`scale_of(name)`), and no document on which the body may have worked."""
    return isinstance(event, Call) and words_of(event.method)[:1] not in ([word] for word in _FETCHING)


def was_current(name: str, around: Around) -> bool:
    """Whether a call gave what was current under the name: `home = Space.current()`."""
    calls = (site.event for site in around.before if isinstance(site.event, Call))
    return any(name in call.results and "current" in words_of(call.method) for call in calls)


def _is_of_current(event: Event, value: Value, setter: Call) -> bool:
    """`main = driver.current_window` and `driver.switch_to.window(main)`."""
    read = event.value.text if isinstance(event, Store) and event.target == value.text else ""
    owner, _, named = read.rpartition(".")
    common = set(words_of(named)[1:]) & set(words_of(setter.method))
    return words_of(named)[:1] == ["current"] and (bool(common) or setter.callee.startswith(f"{owner}.switch"))


def _is_written_inside(new: Value, around: Around) -> bool:
    """Whether a function that is called writes where the value was read: `real = g.user`, `self._switch(guest)`."""
    stores = (site.event for site in around.before if isinstance(site.event, Store))
    read = {store.value.text for store in stores if store.target == new.text and "." in store.value.text}
    inside = (site.event for site in around.graph.sites if site.grafted) if read else ()
    return any(isinstance(event, Store) and event.target in read for event in inside)


def is_base(new: Value, old: Value, undo: Call, around: Around) -> bool:
    """Whether the change was told relative to the value: `level = bus.level()`, `fade(level - 12)`, `fade(level)`."""
    made_of_it = _RELATIVE.search(old.text) is not None or _LIMIT.match(old.text) is not None
    sets = not _SETTING.isdisjoint(words_of(undo.method)[:1])
    relative = sets and new.form is Form.NAME and made_of_it and new.text in old.reads
    return relative and any(_gave(site.event, new, undo) for site in around.before)


def _gave(event: Event, value: Value, undo: Call) -> bool:
    if isinstance(event, Store):
        read = "[" in event.value.text or event.value.text.startswith(f"{undo.receiver}.")
        return event.target == value.text and event.value.form in (Form.ITEM, Form.OTHER) and read
    asked = isinstance(event, Call) and value.text in event.results
    return asked and isinstance(event, Call) and event.receiver is not None and event.receiver == undo.receiver


def is_looked_up(value: Value, around: Around) -> bool:
    """Whether it is a local for an item that was looked up: `dtype = DTYPES[name]`."""
    stores = (site.event for site in around.before)
    items = [store for store in stores if isinstance(store, Store) and store.target == value.text]
    return value.form is Form.NAME and bool(items) and all(store.value.form is Form.OTHER for store in items)
