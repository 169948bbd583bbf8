"""What the statements of one function bind: names and places to values, imports, functions, and what loops run over."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import libcst as cst
from libcst.helpers import get_full_name_for_node

from cmlint.flow.reading.naming import ENTERED_BY_HAND
from cmlint.flow.reading.syntax import NESTED, children, is_none, own_nodes

_COMPREHENSIONS = (cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)
_CLOSED = frozenset({*NESTED, *_COMPREHENSIONS, cst.Import, cst.ImportFrom})
# What `_bind_here` knows. Few nodes are of these kinds, and to ask each node in turn takes long.
_BINDING = frozenset(
    {cst.Assign, cst.AnnAssign, cst.NamedExpr, cst.AugAssign, cst.For, cst.AsName, cst.MatchStar, cst.MatchAs}
    | {cst.FunctionDef, cst.ClassDef, cst.Global, cst.Nonlocal, cst.Import, cst.ImportFrom, cst.Expr}
)


class Bindings:
    """Collects what the statements of a function bind."""

    def __init__(self) -> None:
        self.declared: set[str] = set()
        self.bound: dict[str, list[cst.BaseExpression | None]] = {}
        self.functions: dict[str, cst.FunctionDef] = {}
        self.imported: dict[str, str] = {}
        self.looped: dict[str, list[cst.BaseExpression]] = {}
        self.written: list[cst.BaseExpression] = []
        self.placed: list[tuple[cst.BaseExpression, cst.BaseExpression | None]] = []

    def visit(self, node: cst.CSTNode) -> None:
        """Collect what `node` and everything below it bind."""
        kind = type(node)
        if kind in _BINDING:
            self._bind_here(node)
        if kind not in _CLOSED:
            for child in children(node):
                self.visit(child)

    def _bind_here(self, node: cst.CSTNode) -> None:
        match node:
            case cst.Assign(targets=targets, value=value):
                for target in targets:
                    self._bind(target.target, value)
            case cst.AnnAssign(target=target, value=value) | cst.NamedExpr(target=target, value=value):
                self._bind(target, value)
            case cst.AugAssign(target=target):
                self._bind(target, None)
            case cst.For(target=target, iter=iterated):
                self._bind(target, None)
                self._loop(target, iterated)
            case cst.Expr(value=cst.ListComp(for_in=loop) | cst.SetComp(for_in=loop)):
                self._bind(loop.target, None)  # a statement of its own does what a loop does
                self._loop(loop.target, loop.iter)
            case cst.AsName(name=name) | cst.MatchStar(name=name) | cst.MatchAs(name=name) if name is not None:
                self._bind(name, None)
            case cst.FunctionDef(name=name) | cst.ClassDef(name=name):
                self._bind(name, None)
                if isinstance(node, cst.FunctionDef):
                    self.functions[name.value] = node
            case cst.Global(names=names) | cst.Nonlocal(names=names):
                self.declared.update(item.name.value for item in names)
            case cst.Import() | cst.ImportFrom():
                self._import(node)

    def _loop(self, target: cst.BaseExpression, iterated: cst.BaseExpression) -> None:
        for name in (node.value for node in (target, *own_nodes(target)) if isinstance(node, cst.Name)):
            self.looped.setdefault(name, []).append(iterated)

    def _bind(self, target: cst.BaseExpression, value: cst.BaseExpression | None) -> None:
        if isinstance(target, cst.Name):
            self.bound.setdefault(target.value, []).append(value)
        elif isinstance(target, (cst.Tuple, cst.List)):
            values = _one_by_one(target, value)
            for element, given in zip(target.elements, values, strict=True):
                self._bind(element.value, given if isinstance(element.value, cst.Name) else None)
        else:
            self.written.append(target)
            self.placed.append((target, value))

    def _import(self, node: cst.Import | cst.ImportFrom) -> None:
        if isinstance(node.names, cst.ImportStar):
            return
        prefix = ""
        if isinstance(node, cst.ImportFrom):
            module = get_full_name_for_node(node.module) if node.module else ""
            prefix = "." * len(node.relative) + (module or "")
            prefix = prefix if prefix.endswith(".") else prefix + "."
        for alias in node.names:
            full = prefix + alias.evaluated_name
            if alias.evaluated_alias:
                self.imported[alias.evaluated_alias] = full
            elif prefix:
                self.imported[alias.evaluated_name] = full
            else:
                root = full.partition(".")[0]
                self.imported[root] = root


def placed_calls(collected: Bindings, code: Callable[[cst.CSTNode], str]) -> dict[str, cst.BaseExpression]:
    """The attributes that are set to what a call makes and to nothing else but None."""
    values: dict[str, list[cst.BaseExpression | None]] = {}
    for target, value in collected.placed:
        if isinstance(target, cst.Attribute) and not is_none(value):
            values.setdefault(code(target), []).append(value)
    sole = {place: found[0] for place, found in values.items() if len(found) == 1}
    return {place: value for place, value in sole.items() if isinstance(value, cst.Call)}


def kept_by(method: str, collected: Bindings, code: Callable[[cst.CSTNode], str]) -> dict[str, str]:
    """The locals of a method that enters that hold what one call returned and are put into one attribute of `self`.

    Each with the attribute, which is set only there.
    """
    if method not in ENTERED_BY_HAND:
        return {}
    set_to: dict[str, list[cst.BaseExpression | None]] = {}
    for target, value in collected.placed:
        if isinstance(target, cst.Attribute) and isinstance(target.value, cst.Name):
            set_to.setdefault(code(target), []).append(value)
    kept: dict[str, str] = {}
    for place, values in set_to.items():
        value = values[0]
        if len(values) == 1 and isinstance(value, cst.Name) and place.startswith("self."):
            made = collected.bound.get(value.value, ())
            if len(made) == 1 and isinstance(made[0], (cst.Call, cst.Await)) and value.value not in kept:
                kept[value.value] = place
    return kept


def _one_by_one(target: cst.Tuple | cst.List, value: cst.BaseExpression | None) -> Sequence[cst.BaseExpression | None]:
    """What each of several targets is bound to, where these stand one by one: `one, self.one = self.one, None`."""
    if not isinstance(value, (cst.Tuple, cst.List)) or len(value.elements) != len(target.elements):
        return [None] * len(target.elements)
    starred = any(isinstance(each, cst.StarredElement) for each in (*target.elements, *value.elements))
    return [None if starred else each.value for each in value.elements]
