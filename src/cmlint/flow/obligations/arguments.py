"""What one argument of a call says, and how two of them compare: made alike, normal, named as what the setter sets."""

from __future__ import annotations

import re

from cmlint.flow.obligations.opposites import says_nothing
from cmlint.flow.reading.events import Call, Form, Value
from cmlint.flow.reading.naming import tells, words_of

_QUOTES = frozenset({'"', "'"})

_ATTRIBUTE = re.compile(r"\w+(\.\w+)+")
_LEVELS = frozenset({"level", "verbosity", "timeout", "precision"})
_OF_THE_SYSTEM = frozenset(
    {"os.chmod", "os.umask", "signal.alarm", "sys.setrecursionlimit", "socket.setdefaulttimeout"}
    | {"sys.setswitchinterval"}
)


def is_a_manner(old: Value, new: Value) -> bool:
    """Whether both calls are told a constant there: how to do it, beside what (`fade(level, ms=80)`)."""
    return old.form is new.form is Form.CONSTANT


def carried(new: Value, old: Value) -> frozenset[str]:
    """The name that is passed, or what both calls make something of: `str(uid)`, `f"use {role}"` and `str(old_uid)`."""
    if new.form is Form.NAME:
        return frozenset({new.text})
    if _ATTRIBUTE.fullmatch(new.text):
        return frozenset({new.text.partition(".")[0]})
    same = new.form is Form.CALL and old.form is Form.CALL and new.dotted == old.dotted
    return new.reads if same or is_made_alike(new, old) else frozenset()


def is_made_alike(new: Value, old: Value) -> bool:
    """Whether two expressions differ in one name only."""
    names, others = new.reads - old.reads, old.reads - new.reads
    if new.form is not Form.OTHER or old.form is not Form.OTHER or len(names) != 1 or len(others) != 1:
        return False
    (name,), (other,) = names, others
    places = re.finditer(rf"\b{re.escape(name)}\b", new.text)
    return any(f"{new.text[: at.start()]}{other}{new.text[at.end() :]}" == old.text for at in places)


def is_named_like(value: Value, method: str) -> bool:
    """`implicitly_wait(self.implicit_wait)`, `settimeout(self.timeout)`."""
    words = words_of(value.text.rpartition(".")[2]) if "." in value.text and value.text in value.reads else []
    return bool(words) and all(word in method.lower() for word in words)


def is_normal(constant: str, method: str) -> bool:
    """Whether a constant stands for the normal state, and is no message: `set_adapter("default")`."""
    return says_nothing(constant.strip("\"'")) and not tells(method)


def sets_a_level(call: Call) -> bool:
    """Whether the call sets what is there for all, so that a second constant puts it back: a limit, a level."""
    words = words_of(call.method)
    return call.dotted in _OF_THE_SYSTEM or (words[:1] == ["set"] and words[-1] in _LEVELS)


def are_filled_in_alike(old: Value, new: Value) -> bool:
    """`"disable %s" % name` and `"enable %s" % name`."""
    quoted = new.text[:1] in _QUOTES and old.text[:1] in _QUOTES
    return quoted and new.form is old.form is not Form.CONSTANT and new.reads == old.reads


def names_the_same(setter: str, attribute: str) -> bool:
    """Whether an attribute of some object is named after all that the setter sets."""
    owned = re.match(r"\w+(?:\.\w+)*\.(\w+)(?: or .+)?$", attribute)
    nouns = words_of(setter)[1:]
    return owned is not None and bool(nouns) and set(nouns) <= set(words_of(owned[1]))


def is_global(value: Value) -> bool:
    """Whether the value is a dotted name of an imported module."""
    return value.form in (Form.NAME, Form.OTHER) and value.dotted is not None and "." in value.dotted.strip(".")


def asks(value: Value) -> bool:
    """Whether the value answers a question by its name."""
    name = value.text.partition("(")[0].rpartition(".")[2]
    return value.form is Form.CALL and words_of(name)[:1] in (["is"], ["has"], ["can"])
