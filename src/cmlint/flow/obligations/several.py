"""Obligations from several things: made one by one before the yield, disposed of one by one after it.

`files.append(open(path))` ... `for file in files: file.close()`; `opened[key] = open(path)` ... `for file in
opened.values(): file.close()`; `while servers: servers.pop().stop()`. The container is filled here, or is made here and
handed to the body to be filled. May miss what is taken out in another way, and what a loop over two containers ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.obligations.disposing import ENDING, NOT_GIVEN_BACK, by_method
from cmlint.flow.obligations.left import is_awaited
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Event, Form, Store, Value, Yield
from cmlint.flow.reading.naming import action_of, gives_back
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Disposal, Knowledge

_FILLING = frozenset({"append", "appendleft", "add", "insert", "extend", "update", "setdefault", "put", "put_nowait"})
_TAKING = frozenset({"pop", "popleft", "popitem"})
_THE_SAME_ITEMS = frozenset({"list", "tuple", "set", "iter", "reversed", "sorted", "enumerate"})
_THE_ITEMS_OF = frozenset({"values", "items", "copy"})
_ENTERED = re.compile(r"\.enter_(?:async_)?context\(")
_POPPED = re.compile(rf"(?P<container>[\w.]+)\.(?:{'|'.join(sorted(_TAKING))})\([^()]*\)")
_TAKEN = re.compile(rf"{_POPPED.pattern}\.\w+")


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each container whose items are disposed of after the yield."""
    for site in around.after:
        for container in dict.fromkeys(_containers(site.event, around, scope)):
            disposal = _disposal(site.event, container, around, knowledge)
            handed_out = _handed_out(container, around, scope)
            acquires = _filled(container, around) or handed_out
            if disposal is not None and acquires:
                yield Obligation(
                    kind=disposal.kind,
                    object=container,
                    words=Words(f"what `{container}` holds", "created", disposal.lost),
                    confidence=Confidence.HIGH,
                    origin="disposal",
                    acquires=acquires,
                    releases=(site,),
                    by_body=acquires == handed_out,
                )


def _containers(event: Event, around: Around, scope: Scope) -> Iterator[str]:
    """The containers that a call may take the object from, of which it is a method."""
    if not isinstance(event, Call):
        return
    taken = _TAKEN.fullmatch(event.callee)
    if taken is not None:
        yield taken["container"]
    given = event.args[0].text if len(event.args) == 1 else ""
    popped = _POPPED.fullmatch(given)
    if popped is not None:
        yield popped["container"]
    item = event.receiver
    if given in scope.looped and (item is None or item not in scope.looped):
        item = given  # `pool.give_back(connection)`
    if item is None:
        return
    for over in scope.looped.get(item, ()):
        container = scope.key(_container(over))
        if container is not None:
            yield container
    for site in around.after:
        taking = site.event
        if isinstance(taking, Call) and item in taking.results and taking.method in _TAKING and taking.receiver:
            yield taking.receiver


def _container(over: cst.BaseExpression) -> cst.BaseExpression:
    """What a loop takes its items from: `files` for `reversed(files)`, `files.values()` and `files[:]`."""
    if isinstance(over, cst.Subscript) and isinstance(over.slice[0].slice, cst.Slice):
        return _container(over.value)
    if not isinstance(over, cst.Call):
        return over
    if isinstance(over.func, cst.Name) and over.func.value in _THE_SAME_ITEMS and over.args:
        return _container(over.args[0].value)
    if isinstance(over.func, cst.Attribute) and over.func.attr.value in _THE_ITEMS_OF and not over.args:
        return over.func.value
    return over


def _disposal(event: Event, container: str, around: Around, knowledge: Knowledge) -> Disposal | None:
    if not isinstance(event, Call) or not (event.discarded or is_awaited(event, around)):
        return None
    method = by_method(event, event.receiver or container, frozenset(), knowledge)
    return method or _by_its_maker(event, container, around, knowledge)


def _by_its_maker(event: Call, container: str, around: Around, knowledge: Knowledge) -> Disposal | None:
    """How a call disposes of the item that it is given, as what made the items is called: `take()`, `give_back(it)`."""
    if len(event.args) != 1 or event.keywords:
        return None
    fills = [site.event for site in _filled(container, around)]
    calls = (site.event for site in around.before if isinstance(site.event, Call))
    makers = [call for call in calls if any(call.text in fill.text or _puts(fill, call) for fill in fills)]
    if any(gives_back(maker.method, event.method) for maker in makers):
        return NOT_GIVEN_BACK
    return next((known for maker in makers if (known := _ends(maker.method, event.method, knowledge))), None)


def _puts(fill: Event, call: Call) -> bool:
    values = fill.args if isinstance(fill, Call) else (fill.value,) if isinstance(fill, Store) else ()
    return any(value.form is Form.NAME and value.text in call.results for value in values)


def _ends(maker: str, ending: str, knowledge: Knowledge) -> Disposal | None:
    """`basic_consume` and `basic_cancel`, `start_server` and `_stop_listening`: one word ends what the other made."""
    before, after = action_of(maker), action_of(ending)
    if "release" in after:
        return None  # which may be to hand out what was made
    if before and after and knowledge.antonym(before[0], after[0]):
        return knowledge.disposal(after[0]) or NOT_GIVEN_BACK
    different = [(one, other) for one, other in zip(before, after, strict=False) if one != other]
    if len(before) == len(after) > 1 and len(different) == 1 and different[0][1] in ENDING:
        return knowledge.disposal(different[0][1])
    return None


def _filled(container: str, around: Around) -> tuple[Site, ...]:
    """Where the items of a container are made: by a comprehension of calls, or put into it one by one."""
    calls = [site.event for site in around.before if isinstance(site.event, Call)]
    names = frozenset(name for call in calls for name in call.results)
    texts = tuple(call.text for call in calls if not call.managed)
    return tuple(site for site in around.before if _fills(site.event, container, names, texts))


def _fills(event: Event, container: str, names: frozenset[str], texts: tuple[str, ...]) -> bool:
    """Whether what calls return is put into the container; `names` are bound to such results, `texts` are the calls."""
    if isinstance(event, Store):
        if _ENTERED.search(event.value.text):
            return False  # a stack owns it
        if event.target == container:
            return event.value.items_made
        return event.target.startswith(f"{container}[") and _is_made(event.value, names)
    if not isinstance(event, Call) or event.receiver != container or event.method not in _FILLING:
        return False
    return any(_is_made(value, names) or any(text in value.text for text in texts) for value in event.given)


def _is_made(value: Value, names: frozenset[str]) -> bool:
    return value.form is Form.CALL or (value.form is Form.NAME and value.text in names)


def _handed_out(container: str, around: Around, scope: Scope) -> tuple[Site, ...]:
    """Where a local container is made that is yielded for the body to fill."""
    event = around.site.event
    if not isinstance(event, Yield) or event.value.text != container or not scope.is_local(container):
        return ()
    stores = [site for site in around.before if isinstance(site.event, Store)]
    if any(s.event.text.startswith(f"{container}[") and _ENTERED.search(s.event.text) for s in stores):
        return ()
    return tuple(site for site in stores if isinstance(site.event, Store) and site.event.target == container)
