"""Whether a manager refuses to be entered while something is set: what forgets to unset it then shuts it for good.

`if self._conductor is not None: raise ...`, `assert not self._running`, and where a property of the class asks for it.
May miss questions that are spelled in another way. Where anything else in the class writes the place, somebody may undo
what the failed entry left, and nothing is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import libcst as cst

from cmlint.findings import Confidence
from cmlint.flow.calls.kept import setting
from cmlint.flow.doubts.owned import behind_head
from cmlint.flow.manager import Manager
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Call, Form, Store
from cmlint.flow.reading.syntax import own_nodes
from cmlint.outline import Definition

_OWN_ANSWER = re.compile(r"self\.(\w+)(?:\(\))?")
_RETURNED = re.compile(r"^[ \t]+return[ \t]+(.+)$", re.MULTILINE)


def shuts(obligation: Obligation, manager: Manager) -> bool:
    """Whether the manager can't be entered again as long as the state of the obligation is not put back."""
    place = obligation.object
    if obligation.origin != "restored state" or not place.startswith("self.") or _is_written_elsewhere(place, manager):
        return False
    if len(obligation.acquires) > 1:
        return False  # some way of the set-up may put it back
    return any(not _refused(place).isdisjoint(_asked(test, manager)) for test in _refusals(manager)) or any(
        not _claimed(place).isdisjoint(_parts(test, "and", manager)) for test in _claims(manager)
    )


def sure_as_refused(obligation: Obligation, manager: Manager) -> Obligation:
    """The obligation, at medium confidence at least where what is not put back shuts a generator for good."""
    doubted = obligation.confidence is Confidence.LOW and manager.exit_tree is None
    if not doubted or not shuts(obligation, manager):
        return obligation
    return replace(obligation, confidence=Confidence.MEDIUM)


def used_otherwise(obligation: Obligation, manager: Manager) -> str | None:
    """Why it may do harm to put back what shuts the manager: something else is done with what stands there."""
    place = obligation.object
    stores = (site.event for site in obligation.acquires)
    if any(isinstance(store, Store) and store.value.form is not Form.CONSTANT for store in stores):
        return f"what `{place}` holds would be forgotten, and may still do something"
    own = (other for _, opened in manager.obligations for other in opened if other.origin == obligation.origin)
    changed = {other.object for other in own if other.acquires} - {place}
    if changed:
        return f"`{min(changed)}` would stay as it is, and be changed again on the next entry"
    cleaning = {site.index for here, _ in manager.obligations for site in here.after if not site.grafted}
    for site in manager.graph.sites:
        event = site.event
        given = event.given if isinstance(event, Call) else ()
        if site.index in cleaning and any(place in value.reads for value in given):
            return f"line {site.span.line} also needs `{place}`"
    asked = re.compile(rf"{re.escape(place)}(?!\w)")
    for method in _others(manager):
        if asked.search(behind_head(method, manager.subject.whole)) and not _is_asked_on_entering(method, manager):
            return f"`{method.name}` asks for `{place}`, too"
    return None


def _refused(place: str) -> set[str]:
    return {place, f"{place} is not None", f"bool({place})"}


def _claimed(place: str) -> set[str]:
    return {f"not {place}", f"{place} is None"}


def _others(manager: Manager) -> Iterator[Definition]:
    """The methods of the class besides the constructor and the manager's own, or the one that makes it."""
    subject = manager.subject
    owner = subject.definition.class_around
    own = {subject.definition, subject.exit, *subject.definition.around}
    for each in subject.whole.definitions:
        if owner is not None and each.parent is owner and each not in own and each.name != "__init__":
            yield each


def _is_written_elsewhere(place: str, manager: Manager) -> bool:
    written = setting(place)
    return any(written.search(behind_head(method, manager.subject.whole)) for method in _others(manager))


def _is_asked_on_entering(method: Definition, manager: Manager) -> bool:
    """Whether the set-up calls, or reads, the method: then what is put back is meant for that."""
    return f"self.{method.name}" in manager.tree.code(manager.tree.function)


def _set_up(manager: Manager) -> Iterator[cst.If | cst.Assert]:
    """The questions before the first yield; in a class, all of the entering method."""
    yields = [site.span for number in manager.graph.yields() if (site := manager.graph.nodes[number].site)]
    for node in own_nodes(manager.tree.function.body):
        if isinstance(node, (cst.If, cst.Assert)) and (
            manager.exit_tree is not None or not yields or manager.tree.span(node) < min(yields)
        ):
            yield node


def _refusals(manager: Manager) -> Iterator[cst.BaseExpression]:
    """What is asked before a `raise` that stands right behind the question."""
    for node in _set_up(manager):
        if isinstance(node, cst.If):
            lines = (line for line in node.body.body if isinstance(line, cst.SimpleStatementLine))
            small = [part for line in lines for part in line.body]
            if isinstance(node.body, cst.SimpleStatementSuite):
                small = list(node.body.body)
            if any(isinstance(part, cst.Raise) for part in small):
                yield node.test


def _claims(manager: Manager) -> Iterator[cst.BaseExpression]:
    for node in _set_up(manager):
        if isinstance(node, cst.Assert):
            yield node.test


def _asked(test: cst.BaseExpression, manager: Manager) -> Iterator[str]:
    """The questions of which each alone refuses; what a property or a method of the class returns beside its name."""
    owner = manager.subject.definition.class_around
    for part in _parts(test, "or", manager):
        yield part
        answer = _OWN_ANSWER.fullmatch(part)
        method = None if answer is None or owner is None else manager.subject.whole.only_method(owner, answer[1])
        if method is not None:
            yield from _RETURNED.findall(behind_head(method, manager.subject.whole))


def _parts(test: cst.BaseExpression, joined_by: str, manager: Manager) -> list[str]:
    """The parts of a question that one word joins; all of it where another word joins them, too."""
    code = manager.tree.code(test)
    other = "and" if joined_by == "or" else "or"
    if re.search(rf"\b{other}\b", code):
        return [code]
    return [part.strip() for part in re.split(rf"\b{joined_by}\b", code)]
