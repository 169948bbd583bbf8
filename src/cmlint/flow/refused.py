"""Whether a manager refuses to be entered while something is set: what forgets to unset it then shuts it for good.

`if self._conductor is not None: raise ...`, `assert not self._running`, and where a property of the class asks for it.
May miss questions that are spelled in another way; never takes a question for a refusal that nothing raises behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from cmlint.flow.manager import Manager
from cmlint.flow.obligation import Obligation
from cmlint.flow.owned import behind_head
from cmlint.flow.syntax import own_nodes

_JOINED = re.compile(r"\b(?:and|or)\b")
_OWN_ANSWER = re.compile(r"self\.(\w+)(?:\(\))?")
_RETURNED = re.compile(r"^[ \t]+return[ \t]+(.+)$", re.MULTILINE)


def shuts(obligation: Obligation, manager: Manager) -> bool:
    """Whether the manager can't be entered again as long as the state of the obligation is not put back."""
    if obligation.origin != "restored state":
        return False
    place = obligation.object
    refused = {place, f"{place} is not None", f"bool({place})"}
    claimed = {f"not {place}", f"{place} is None"}
    return any(
        not claimed.isdisjoint(_asked(node.test, manager))
        if isinstance(node, cst.Assert)
        else not refused.isdisjoint(_asked(node.test, manager))
        for node in _questions(manager)
    )


def _questions(manager: Manager) -> Iterator[cst.Assert | cst.If]:
    """What the set-up asserts, and asks before it raises: before the first yield; in a class, on entering."""
    yields = [site.span for number in manager.graph.yields() if (site := manager.graph.nodes[number].site)]
    for node in own_nodes(manager.tree.function.body):
        if not isinstance(node, (cst.Assert, cst.If)):
            continue
        if manager.exit_tree is None and yields and manager.tree.span(node) > min(yields):
            continue
        if isinstance(node, cst.Assert) or any(isinstance(inner, cst.Raise) for inner in own_nodes(node.body)):
            yield node


def _asked(test: cst.BaseExpression, manager: Manager) -> Iterator[str]:
    """The parts of a question; what a property or a method of the class returns stands beside its name."""
    owner = manager.subject.definition.parent
    for part in _JOINED.split(manager.tree.code(test)):
        yield part.strip()
        answer = _OWN_ANSWER.fullmatch(part.strip())
        method = None if answer is None or owner is None else manager.subject.whole.only_method(owner, answer[1])
        if method is not None:
            yield from _RETURNED.findall(behind_head(method, manager.subject.whole))
