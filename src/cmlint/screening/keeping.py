"""Whether a function may keep a known resource (CML107), told from its `ast`: what is made goes nowhere.

Approximates from above `never`, `registered` and `enclosed` of `flow.losses`: what is passed on, yielded, entered or
called upon by name certainly has another owner or is released; what can't be told counts as kept.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from cmlint.screening.sketch import Function, own_nodes
from cmlint.screening.surroundings import KEPT, Surroundings

_WITHOUT_A_NAME = frozenset({"process", "registration"})
_CHOICES = (ast.IfExp, ast.BoolOp)


def may_keep(functions: Iterable[Function], text: str, around: Surroundings) -> bool:
    """Whether one of the functions, of which `text` is the source, may keep what it acquires."""
    return around.may_keep(text) and any(_keeps(function, around) for function in functions)


def _keeps(function: Function, around: Surroundings) -> bool:
    nodes = list(own_nodes(function.body))
    used = frozenset(_used(nodes))
    return any(
        _may_stay(call, place, used, around) or (place is not None and _is_asked_for_a_closure(call, around))
        for call, place in _calls(nodes)
    )


def _is_asked_for_a_closure(call: ast.Call, around: Surroundings) -> bool:
    return isinstance(call.func, ast.Attribute) and around.may_return_a_closure(call.func.attr)


def _calls(nodes: list[ast.AST]) -> Iterator[tuple[ast.Call, ast.AST | None]]:
    """The calls that are no manager of a `with`, each with the statement or walrus that its value goes to."""
    places: dict[ast.expr, ast.AST] = {}
    entered = set()
    for node in nodes:
        if isinstance(node, (ast.Expr, ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.Return)) and node.value:
            places[_awaited(node.value)] = node
        elif isinstance(node, ast.withitem):
            entered.add(_awaited(node.context_expr))
        elif isinstance(node, _CHOICES):  # a choice passes its value on
            choices = node.values if isinstance(node, ast.BoolOp) else [node.body, node.orelse]
            places.update((_awaited(choice), node) for choice in choices)
    for node in nodes:
        if isinstance(node, ast.Call) and node not in entered:
            yield node, places.get(node)


def _awaited(value: ast.expr) -> ast.expr:
    return value.value if isinstance(value, ast.Await) else value


def _may_stay(call: ast.Call, place: ast.AST | None, used: frozenset[str], around: Surroundings) -> bool:
    """Whether what the call acquires may stay in the function, or in the whole process."""
    word = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    found = around.acquired_by(word)
    if found is None or (found and isinstance(place, _CHOICES)):
        return True
    discarded = isinstance(place, (ast.Expr, ast.Return))
    for kind, held in found:
        if discarded and kind in _WITHOUT_A_NAME:
            return True
        name = _receiver(call) if held == "receiver" else _target(place)
        if kind in KEPT and name is not None and name not in used:
            return True
    return False


def _receiver(call: ast.Call) -> str | None:
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    return receiver.id if isinstance(receiver, ast.Name) else None


def _target(place: ast.AST | None) -> str | None:
    """The one name that a value is bound to."""
    targets: list[ast.expr] = []
    if isinstance(place, ast.Assign):
        targets = place.targets
    elif isinstance(place, (ast.AnnAssign, ast.NamedExpr)):
        targets = [place.target]
    if len(targets) == 1 and isinstance(targets[0], (ast.Tuple, ast.List)):
        targets = targets[0].elts
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else None


def _used(nodes: list[ast.AST]) -> Iterator[str]:
    """The names that are passed to a call, yielded, or entered."""
    for node in nodes:
        parts: list[ast.expr] = []
        if isinstance(node, ast.Call):
            parts = [*node.args, *(keyword.value for keyword in node.keywords)]
        elif isinstance(node, (ast.Yield, ast.YieldFrom)) and node.value is not None:
            parts = [node.value]
        elif isinstance(node, ast.withitem):
            parts = [node.context_expr]
        for each in own_nodes(parts):
            if isinstance(each, ast.Name):
                yield each.id
