"""What can happen in a manager: one frozen value per kind of event, with keys instead of syntax.

A *key* names an object as text (`self._lock`, `os.environ[name]`): imports are canonical, aliases that are
assigned once are replaced by what they stand for, so that equal keys mean the same object.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

CAUGHT_BY = "caught by "  # so begins the text of the test by which a handler is reached
ITEM_OF = "an item of "  # so begins the text of the test with which a loop asks for a further item


class Fault(Enum):
    """The classes of exceptions that handlers tell apart."""

    EXCEPTION = "Exception"  # what `except Exception` stops
    BASE = "BaseException"  # KeyboardInterrupt, SystemExit, CancelledError: what it does not
    CLOSE = "GeneratorExit"  # close() at the yield


class Form(Enum):
    """The shape of a value that is stored or passed."""

    NAME = "name"
    NONE = "none"
    CONSTANT = "constant"
    CALL = "call"
    ITEM = "item"  # one of the targets that a tuple is unpacked into
    FUNCTION = "function"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Value:
    """An expression as the analysis sees it.

    text: its source; reads: the keys of all objects that it mentions; dotted: the canonical name, with `()`
    for the result of a call; items_made: it is a list, set or dict of what calls return, one for each item.
    """

    form: Form
    text: str
    reads: frozenset[str] = frozenset()
    dotted: str | None = None
    items_made: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """`receiver.method(args)` or `method(args)`.

    results: the names that are bound to what it returns; discarded: it is a statement of its own; managed: it
    is the expression of a `with` item.
    """

    callee: str
    method: str
    receiver: str | None
    dotted: str | None
    args: tuple[Value, ...]
    keywords: tuple[tuple[str, Value], ...]
    text: str
    results: tuple[str, ...] = ()
    discarded: bool = False
    managed: bool = False
    awaited: bool = False

    @property
    def given(self) -> tuple[Value, ...]:
        """All that it is given, by place and then by name."""
        return (*self.args, *(value for _, value in self.keywords))

    def keyword(self, name: str) -> Value | None:
        """The value of the keyword argument `name`, if it is there."""
        return next((value for keyword, value in self.keywords if keyword == name), None)


@dataclass(frozen=True, slots=True)
class Store:
    """`target = value`, or `target operator= value`."""

    target: str
    value: Value
    text: str
    operator: str | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """`del target`."""

    target: str
    text: str


@dataclass(frozen=True, slots=True)
class Enter:
    """A `with` item is entered; `results` are the names after `as`; awaited: by an `async with`."""

    manager: Value
    text: str
    results: tuple[str, ...] = ()
    awaited: bool = False


@dataclass(frozen=True, slots=True)
class Exit:
    """A `with` item is left; `suppresses` says that it may drop the exception."""

    manager: Value
    text: str
    suppresses: bool


@dataclass(frozen=True, slots=True)
class Yield:
    """The yield: the body of the `with` runs here."""

    value: Value
    text: str


@dataclass(frozen=True, slots=True)
class Raise:
    """A `raise` statement; `fault` is None where it raises again what is being handled."""

    fault: Fault | None
    text: str


@dataclass(frozen=True, slots=True)
class Test:
    """A branch on `predicate` of `subject`: `truthy`, `none`, or a condition that is only compared as text."""

    subject: str
    predicate: str
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """Something else that can raise: a loop's next item, an await, an import, a return of a value."""

    what: str
    text: str


Event = Call | Store | Delete | Enter | Exit | Yield | Raise | Test | Step
