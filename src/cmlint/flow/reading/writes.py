"""Which state outside of the function an event writes: one answer for all the spellings of a write.

`x.a = v`, `x[k] = v`, `del x.a`, `x.a += v`, `setattr(x, "a", v)`, `delattr`, `x.pop(k)` and `global` names.
"""

from __future__ import annotations

import re
from dataclasses import replace
from enum import Enum
from typing import NamedTuple

from cmlint.flow.reading.events import Call, Delete, Event, Form, Store, Value
from cmlint.flow.reading.scope import Origin, Scope


class Manner(Enum):
    """How the state is written."""

    SET = "set"
    ADD = "counted up or extended"
    SUBTRACT = "counted down"
    DELETE = "deleted"
    MULTIPLY = "multiplied"
    DIVIDE = "divided"
    FLIP = "flipped"


_ROOT = re.compile(r"\w+(?=[.\[])")
_LAST = re.compile(r"[\[<](\w+)[\]>]$")
_COPIED_INTO = frozenset({"copy_", "fill_"})  # torch: the values of one tensor are written into another
_ATTRIBUTES = re.compile(r"(?:vars\(([\w.]+)\)|[\w.]+\.__dict__)\.pop\(")  # of an object, one of them taken off
_ZERO = Value(Form.CONSTANT, "0")
_OPERATORS = {"+=": Manner.ADD, "|=": Manner.ADD, "-=": Manner.SUBTRACT, "&=": Manner.SUBTRACT} | {
    "*=": Manner.MULTIPLY, "/=": Manner.DIVIDE, "//=": Manner.DIVIDE, "^=": Manner.FLIP
}  # fmt: skip


class Write(NamedTuple):
    """A place outside is written; `value` is what it becomes, where that is known.

    `target` is its key; in `place` what varies in a loop is a star: `os.environ[*]`, `*.enabled`, `module.<*>`.
    """

    target: str
    place: str
    origin: Origin
    manner: Manner
    value: Value | None

    @property
    def text(self) -> str:
        """The source of what the place becomes, empty where it is not known."""
        return "" if self.value is None else self.value.text


def write_of(event: Event, scope: Scope) -> Write | None:
    """The write to outside state that `event` is, if it is one."""
    target, manner, value = _target(event)
    if target is None or manner is None:
        return None
    origin = scope.origin(target)
    plain = "." not in target and "[" not in target and not isinstance(event, Call)
    if not scope.outlives(target) or (plain and target not in scope.declared):
        return None  # what is made here dies here; binding a parameter anew changes nothing outside
    return Write(target, place_of(target, scope), origin, manner, value)


def place_of(target: str, scope: Scope) -> str:
    """`target` with a star for what a loop of the function varies."""
    root = _ROOT.match(target)
    if root is not None and scope.is_loop_variable(root[0]):
        target = "*" + target[root.end() :]
    last = _LAST.search(target)
    if last is not None and scope.is_loop_variable(last[1]):
        target = target[: last.start(1)] + "*" + target[last.end(1) :]
    return target


def _target(event: Event) -> tuple[str | None, Manner | None, Value | None]:
    if isinstance(event, Store):
        counted = _counted(event) if event.operator is None else None
        if counted is not None:
            return event.target, *counted
        manner = Manner.SET if event.operator is None else _OPERATORS.get(event.operator)
        return event.target, manner, event.value
    if isinstance(event, Delete):
        return event.target, Manner.DELETE, None
    if isinstance(event, Call):
        return _called(event)
    return None, None, None


def _counted(event: Store) -> tuple[Manner, Value] | None:
    """`x.a = x.a + 1`, `x.a = x.a - 1`, `x.a = getattr(x, "a", 0) + 1` count as `x.a += 1` and `x.a -= 1` do."""
    owner, _, attribute = event.target.rpartition(".")
    if attribute not in event.value.text:
        return None
    asked = rf"getattr\({re.escape(owner)}, ['\"]{re.escape(attribute)}['\"], \w+\)"
    counted = re.fullmatch(rf"(?:max\(0, )?(?:{re.escape(event.target)}|{asked})\s*([-+])\s*(\w+)\)?", event.value.text)
    if counted is None:
        return None
    by = replace(event.value, text=counted[2], reads=event.value.reads - {event.target})
    return _OPERATORS[f"{counted[1]}="], by


def _called(event: Call) -> tuple[str | None, Manner | None, Value | None]:
    if event.dotted in ("setattr", "delattr") and len(event.args) >= 2:
        target = f"{event.args[0].text}{_attribute(event.args[1])}"
        if event.dotted == "delattr":
            return target, Manner.DELETE, None
        return (target, Manner.SET, event.args[2]) if len(event.args) == 3 else (None, None, None)
    if event.dotted == "setattr" and len(event.args) == 1:
        return f"{event.args[0].text}.<*>", Manner.SET, event.args[0]  # setattr(*saved)
    if event.dotted == "numpy.copyto" and len(event.args) == 2:
        return f"{event.args[0].text}[:]", Manner.SET, event.args[1]
    if event.method == "pop" and event.args:  # whatever becomes of the item
        return _taken_out(event)
    if event.receiver is None or not event.discarded:
        return None, None, None
    if event.method in _COPIED_INTO and event.args:
        return event.receiver, Manner.SET, event.args[0]
    if event.method == "zero_" and not event.args:
        return event.receiver, Manner.SET, _ZERO
    if event.method == "setdefault" and len(event.args) == 2:
        return f"{event.receiver}[{event.args[0].text}]", Manner.SET, event.args[1]
    if event.method == "update" and (len(event.args) == 1 or event.keywords):
        given = event.args[0] if event.args else event.keywords[0][1]
        return f"{event.receiver}[*]", Manner.SET, given
    if event.method == "extend" and len(event.args) == 1:
        return f"{event.receiver}[:]", Manner.SET, event.args[0]
    if event.method == "clear" and not event.args:
        return f"{event.receiver}[*]", Manner.DELETE, None
    return None, None, None


def _taken_out(event: Call) -> tuple[str | None, Manner | None, Value | None]:
    """What `container.pop(key)`, `vars(owner).pop("attribute")` and `owner.__dict__.pop("attribute")` delete."""
    attributes = _ATTRIBUTES.match(event.text)
    if attributes is not None:
        owner = event.receiver.removesuffix(".__dict__") if event.receiver else attributes[1]
        return f"{owner}{_attribute(event.args[0])}", Manner.DELETE, None
    if event.receiver is None:
        return None, None, None
    return f"{event.receiver}[{event.args[0].text}]", Manner.DELETE, None


def _attribute(name: Value) -> str:
    if name.form is Form.CONSTANT and name.text[1:-1].isidentifier():
        return f".{name.text[1:-1]}"
    return f".<{name.text}>"
