"""Where a value that is used after the yield was saved before it: through names, containers and loops.

`levels[name] = logger.level` ... `for name, level in levels.items(): logger.setLevel(level)`: `level` comes from
`levels`, which was filled with `logger.level`. Only values are followed, not what they were computed with; may miss
what passes through an object or a function.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.reading.events import Call, Event, Form, Store, Value
from cmlint.flow.reading.scope import Scope
from cmlint.flow.reading.writes import place_of

_NAME = re.compile(r"(?<![\w.'\"])[A-Za-z_]\w*")
_TAKING = frozenset({"pop", "popleft", "popitem", "get"})
_FILLING = frozenset({"append", "add", "extend", "insert", "appendleft", "setdefault", "update"})


@dataclass(frozen=True)
class Saved:
    """What the locals of one function held when the yield was reached."""

    around: Around
    scope: Scope

    def fills(self, value: Value) -> tuple[Site, ...]:
        """The sites before the yield that put into a container what `value` takes out of it, in a loop or by key."""
        containers = {name for read in _roots(value.reads) for name in self._behind(read)}
        containers |= {root_of(read) for read in value.reads if "[" in read and self.scope.is_local(root_of(read))}
        containers |= self.taken_from(value)
        return tuple(site for site in self.around.before if self._fills(site.event, containers))

    def taken_from(self, value: Value) -> frozenset[str]:
        """The local containers that the value is taken out of after the yield, one by one: `old = olds.pop(0)`."""
        calls = (site.event for site in self.around.after if isinstance(site.event, Call))
        taking = (e.receiver for e in calls if e.method in _TAKING and not value.reads.isdisjoint(e.results))
        return frozenset(name for name in taking if name and self.scope.is_local(name))

    def fills_of(self, name: str) -> tuple[Site, ...]:
        """The sites before the yield that put into a container what the loop variable `name` takes out of it."""
        containers = set(self._behind(name))
        return tuple(site for site in self.around.before if self._fills(site.event, containers))

    def _behind(self, name: str) -> Iterator[str]:
        """The local containers that a loop variable runs over, through loops over items of items."""
        seen = {name}
        waiting = [name]
        while waiting:
            for iterated in self.scope.looped.get(waiting.pop(), ()):
                for found in _NAME.findall(self.scope.code(iterated)):
                    if found not in seen and self.scope.is_local(found):
                        seen.add(found)
                        waiting.append(found)
        seen.discard(name)
        yield from seen

    def _fills(self, event: Event, containers: set[str]) -> bool:
        if isinstance(event, Store):
            return root_of(event.target) in containers and event.value.form not in (Form.CONSTANT, Form.NONE)
        return isinstance(event, Call) and root_of(event.receiver or "") in containers and event.method in _FILLING

    def values(self, site: Site) -> tuple[Value, ...]:
        """What the site puts into its container, with the values of the locals that it was put together from."""
        event = site.event
        given = (event.value,) if isinstance(event, Store) else event.args[-1:] if isinstance(event, Call) else ()
        parts = {name for value in given for name in _roots(value.reads)}
        stores = (other.event for other in self.around.before)
        made = (made.value for made in stores if isinstance(made, Store) and made.target in parts)
        return (*given, *made)


def _roots(keys: Iterable[str]) -> set[str]:
    return {root_of(key) for key in keys}


def binds(event: Event, name: str) -> bool:
    """Whether the event binds `name` to a value."""
    return isinstance(event, Store) and event.target == name


def root_of(key: str) -> str:
    """The name that a key begins with."""
    return key.replace("[", ".").replace("(", ".").partition(".")[0]


def saves_place(event: Event, place: str, scope: Scope) -> bool:
    """Whether the event keeps the value of `place` in a variable or a container of the function, or tells it."""
    if isinstance(event, Call) and finds(event, place) is not None:
        return True
    if isinstance(event, Store) and event.operator is None:
        kept_in, value = event.target, event.value
    elif isinstance(event, Call) and event.method == "append" and event.receiver and event.args:
        kept_in, value = event.receiver, event.args[0]
    elif isinstance(event, Call) and event.dotted == "setattr" and len(event.args) == 3:
        # kept on the object itself, under another name
        return "<*>" in place and event.args[2].text.startswith(f"getattr({event.args[0].text},")
    else:
        return False
    if place_of(kept_in, scope) == place:
        return False
    if any(place_of(read, scope) == place for read in value.reads):
        return True
    owner, _, attribute = place.rpartition(".")
    if owner in value.reads and _asks_for(attribute, owner, value):
        return True
    base = _base(place)
    if base is None:
        return "<*>" in place and "getattr(" in value.text
    reads_item = place.endswith(("[*]", "[:]")) or _gets_item(value.text, base, place)
    if base == "os.environ" and value.dotted == "os.getenv()":
        return reads_item or _key(place) in value.text
    if reads_item and _is_an_item(value, base, scope):
        return True
    return base in value.reads and (reads_item or "getattr(" in value.text)


def _asks_for(attribute: str, owner: str, value: Value) -> bool:
    """`getattr(owner, "attribute", None)`, `vars(owner).pop("attribute")`, `owner.__dict__.pop("attribute")`."""
    holds = rf"(?:getattr\([^,]+, |(?:vars\({re.escape(owner)}\)|{re.escape(owner)}\.__dict__)\.pop\()"
    return re.search(rf"{holds}['\"]{re.escape(attribute)}['\"]", value.text) is not None


def _is_an_item(value: Value, container: str, scope: Scope) -> bool:
    """Whether the value is what a loop takes out of the container: `for key, value in list(os.environ.items())`."""
    loops = scope.looped.get(value.text, ()) if value.form is Form.NAME else ()
    return any(re.search(rf"(?<![\w.]){re.escape(container)}\b", scope.code(over)) for over in loops)


def finds(event: Call, place: str) -> Value | None:
    """What stands at `place` when the call looked for its position: `at = steps.index(old)` says it of `steps[at]`."""
    found = event.method == "index" and len(event.args) == 1 and event.receiver is not None
    return event.args[0] if found and place in {f"{event.receiver}[{name}]" for name in event.results} else None


def _base(place: str) -> str | None:
    """The container of an item (`os.environ` of `os.environ[key]`), or the object of a varying attribute."""
    if place.endswith("]"):
        return place[: place.rindex("[")]
    return place[: place.index(".<")] if ".<" in place and not place.startswith("*") else None


def _key(place: str) -> str:
    return place[place.rindex("[") + 1 : -1] if place.endswith("]") else ""


def _gets_item(text: str, base: str, place: str) -> bool:
    key = _key(place)
    return bool(key) and key in text and f"{base.rpartition('.')[2]}." in text
