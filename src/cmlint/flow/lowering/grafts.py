"""Grafts: the body of a function of the same file, made ready to be lowered in the place of a call of it.

Idea: a release or an acquire in a helper (`self._stop()`, a local closure, a function that returns what it started) is
seen by the same graph as one that stands in the manager itself. The parameters are replaced by what is passed, locals
get names that no other function has (`process__of__start`), and what is returned goes by the name that the caller
gives it. A function that is handed to what runs it (see `handed`) is grafted, too, and so is a method of an object that
the module makes once (`SETTINGS = Settings()`), or one of a base class of the file. Only plain functions are grafted:
no generators, none with a decorator but a `classmethod` that is called on `cls` and what runs as it is written, nothing
that is called with several `*args`, one level deep. So it may miss what a helper does; it never adds what the helper
does not do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import libcst as cst

from cmlint.flow.calls.inherited import Inherited
from cmlint.flow.calls.passing import is_super, passed_to
from cmlint.flow.lowering.graph import Inside
from cmlint.flow.reading.bindings import Bindings, kept_by
from cmlint.flow.reading.handed import given, what_it_runs
from cmlint.flow.reading.layout import Layout, Texts
from cmlint.flow.reading.renaming import Renaming, own_name
from cmlint.flow.reading.scope import Scope
from cmlint.flow.reading.syntax import own_nodes
from cmlint.flow.reading.tree import NotAnalysed, parse_function
from cmlint.outline import Definition, Outline, line_starts

_OF_CLASS = frozenset({"classmethod"})
_STATIC = "staticmethod"
# What is called runs as it is written: PEP 698, PEP 591, and
# https://learn.microsoft.com/python/api/azure-core/azure.core.tracing.decorator
_TRANSPARENT = frozenset({_STATIC, "override", "final", "distributed_trace", "distributed_trace_async"})
_MOST_LINES = 80
_ON_ONE_LINE = re.compile(
    r"[ \t]*(?:async[ \t]+)?def[ \t]+\w+\([^()\[\]{}\"'#\r\n]*\)[^()\[\]{}\"'#:\r\n]*:[ \t]*[\r\n]"
)  # a header without anything that could hide the colon at its end
_CODE = cst.Module(())
_MOST_GRAFTS = 12
_PASSED_AS_IT_IS = (cst.Name, cst.Attribute, cst.Integer, cst.SimpleString, cst.Float)


@dataclass(frozen=True)
class Graft:
    """A body in the names of its caller; `scope` is the caller's scope together with what the body binds.

    begins: where the body begins, behind the colon; None for a function inside the manager.
    """

    body: cst.BaseSuite
    scope: Scope
    layout: Layout
    begins: Inside | None

    def inside(self, node: cst.CSTNode) -> Inside | None:
        """Where a node of the body stands in the function that it was taken from. Renaming keeps the lines."""
        if self.begins is None or node not in self.layout:
            return None
        return self.begins._replace(line=self.begins.line + self.layout.place(node)[0] - 1)


@dataclass(frozen=True)
class _Called:
    """A function that a call runs, what the names around it mean, and where its body begins, if that is known."""

    function: cst.FunctionDef
    visible: Mapping[str, str]
    begins: Inside | None


class Grafting:
    """Makes the grafts of one manager, and adds their `texts`; each call is asked for once and keeps its graft."""

    def __init__(self, whole: Outline, owner: Definition | None, texts: Texts) -> None:
        self._whole = whole
        self._texts = texts
        self._owner = owner
        self._inherited = None if owner is None or not owner.is_class else Inherited(owner, whole)
        self._class = None if owner is None or not owner.is_class else owner.name
        self._by_name = {d.qualname: d for d in whole.definitions if not d.is_class}
        self._made: dict[cst.Call, Graft | None] = {}
        self._number = 0

    def graft(self, call: cst.Call, scope: Scope, results: tuple[str, ...], *, awaited: bool) -> Graft | None:
        """The body that `call` runs, if it is in the file; `results` are the keys that are bound to its value."""
        if call not in self._made:
            made = self._made[call] = self._make(call, scope, results, awaited=awaited)
            if made is not None:
                self._number += 1
                self._texts.add(made.layout)
        return self._made[call]

    def _make(self, call: cst.Call, scope: Scope, results: tuple[str, ...], *, awaited: bool) -> Graft | None:
        if self._number >= _MOST_GRAFTS:
            return None
        called = self._called(call, scope)
        if called is None:
            return self._handed_over(call, scope, results)
        function = called.function
        if scope.method and isinstance(call.func, cst.Attribute) and _is_abstract(function):
            return None
        if not _is_plain(function) or (function.asynchronous is not None) is not awaited:
            return None
        static = any(_last(one.decorator) == _STATIC for one in function.decorators)
        passed = passed_to(function, call, method=isinstance(call.func, cst.Attribute) and not static)
        if passed is None:
            return None
        return _grafted(called, passed, scope, results)

    def _handed_over(self, call: cst.Call, scope: Scope, results: tuple[str, ...]) -> Graft | None:
        """The body of the function that `call` is given to run."""
        inner = what_it_runs(call)
        called = None if inner is None else self._called(inner, scope)
        if inner is None or called is None or not _is_plain(called.function):
            return None
        return _grafted(called, given(called.function, inner, call), scope, results)

    def _called(self, call: cst.Call, scope: Scope) -> _Called | None:
        """The function that the call runs."""
        function = call.func
        definition: Definition | None = None
        if isinstance(function, cst.Name) and function.value in scope.functions:
            return _Called(scope.functions[function.value], {}, None)
        if isinstance(function, cst.Name) and not scope.is_local(function.value):
            target = scope.visible.get(function.value, "")
            definition = self._by_name.get(target[1:]) if target.startswith(".") else None
        elif isinstance(function, cst.Attribute) and isinstance(function.value, cst.Name):
            if scope.method and function.value.value == scope.parameters[0]:
                definition = self._method(function.attr.value)
            elif function.value.value == self._class:
                definition = self._method(function.attr.value)
                if definition is None or _STATIC not in definition.decorators:
                    return None
            else:
                definition = self._method_of_global(function.value.value, function.attr.value, scope)
        elif scope.method and isinstance(function, cst.Attribute) and is_super(function.value):
            definition = None if self._inherited is None else self._inherited.method(function.attr.value)
        if definition is None or definition.end_line - definition.line > _MOST_LINES:
            return None
        decorators = {name.rpartition(".")[2] for name in definition.decorators} - _TRANSPARENT
        if decorators and not (decorators == _OF_CLASS and scope.parameters[:1] == ("cls",)):
            return None
        try:
            found = parse_function(self._whole.slices(definition))
        except NotAnalysed:
            return None
        return _Called(found, self._whole.visible(definition), _beginning(definition, found, self._whole))

    def _method(self, name: str) -> Definition | None:
        """The method of the own class, or else of a base class in the file."""
        own = self._whole.methods(self._owner, name)
        if own or self._inherited is None:
            return own[-1] if own else None
        return None if self._inherited.hides(name) else self._inherited.method(name)

    def _method_of_global(self, name: str, method: str, scope: Scope) -> Definition | None:
        """The method of the one object that the module binds to the name: `SETTINGS = Settings()`."""
        if scope.is_local(name) or name in scope.parameters or not scope.visible.get(name, ".").startswith("."):
            return None
        if not any(qualname.endswith(f".{method}") for qualname in self._by_name):
            return None
        made = re.findall(rf"^{name}[ \t]*(?::[^=\n]+)?=[ \t]*(\w+)\(", self._whole.text, re.MULTILINE)
        return self._by_name.get(f"{made[0]}.{method}") if len(made) == 1 else None


def _beginning(definition: Definition, function: cst.FunctionDef, whole: Outline) -> Inside:
    """Where the body begins, behind the colon."""
    if _ON_ONE_LINE.match(whole.text, whole.line_starts[definition.line - 1]):
        return Inside(definition.qualname, definition.line)
    header = function.with_changes(body=cst.SimpleStatementSuite([cst.Pass()]))
    lines = len(line_starts(cst.Module(()).code_for_node(header)))
    return Inside(definition.qualname, definition.first_line + lines - 1)


def _is_abstract(function: cst.FunctionDef) -> bool:
    """Whether a method only raises: then it is another one, of a subclass, that really runs."""
    body = function.body.body
    steps = [line for line in body if not _is_docstring(line)]
    only = steps[0] if len(steps) == 1 else None
    return isinstance(only, cst.SimpleStatementLine) and all(isinstance(small, cst.Raise) for small in only.body)


def _is_docstring(line: cst.CSTNode) -> bool:
    only = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    return isinstance(only, cst.Expr) and isinstance(only.value, (cst.SimpleString, cst.ConcatenatedString))


def _is_plain(function: cst.FunctionDef) -> bool:
    last = {_last(one.decorator) for one in function.decorators}
    generates = any(isinstance(node, cst.Yield) for node in own_nodes(function.body))
    return last <= _OF_CLASS | _TRANSPARENT and not generates


def _last(decorator: cst.BaseExpression) -> str:
    """The last name of a decorator without arguments; empty for any other."""
    if isinstance(decorator, cst.Attribute):
        return decorator.attr.value
    return decorator.value if isinstance(decorator, cst.Name) else ""


def _grafted(
    called: _Called, passed: Mapping[str, cst.BaseExpression], scope: Scope, results: tuple[str, ...]
) -> Graft:
    function, visible = called.function, called.visible
    name = function.name.value
    bound = Bindings()
    bound.visit(function.body)
    # A global of the helper that has the name of a local of the caller is another object.
    hidden = {old: own_name(old, name) for old in visible if scope.is_local(old) or old in scope.parameters}
    names: dict[str, cst.BaseExpression] = {old: cst.Name(new) for old, new in hidden.items()}
    names |= _replacements(name, bound, passed)
    target = _target(results)
    if target is not None:
        names.update({local: target for local in _returned(function) if local in bound.bound and local not in passed})
    body = Renaming(names, target).body(function.body)
    renamed = Bindings()
    renamed.visit(body)
    for parameter, value in passed.items():
        renamed.bound.setdefault(own_name(parameter, name), []).insert(0, value)
    kept = kept_by(scope.name, renamed, _CODE.code_for_node)
    merged = replace(
        scope,
        visible={**visible, **scope.visible},
        declared=scope.declared | bound.declared,
        bound={**{key: tuple(values) for key, values in renamed.bound.items()}, **scope.bound},
        imported={**scope.imported, **renamed.imported, **{new: visible[old] for old, new in hidden.items()}},
        looped={**scope.looped, **{key: tuple(values) for key, values in renamed.looped.items()}},
        kept={**scope.kept, **{local: place for local, place in kept.items() if local not in scope.bound}},
    )
    return Graft(body, merged, Layout(body), called.begins)


def _replacements(
    name: str, bound: Bindings, passed: Mapping[str, cst.BaseExpression]
) -> dict[str, cst.BaseExpression]:
    """What stands for each local and each parameter of the function `name`."""
    names: dict[str, cst.BaseExpression] = {
        local: cst.Name(own_name(local, name)) for local in bound.bound if local not in bound.declared
    }
    for parameter, value in passed.items():
        as_it_is = isinstance(value, _PASSED_AS_IT_IS) and parameter not in bound.bound
        names[parameter] = value if as_it_is else cst.Name(own_name(parameter, name))
    return names


def _target(results: tuple[str, ...]) -> cst.Name | cst.Attribute | None:
    """The expression that the value is bound to, when it is one name or attribute."""
    if len(results) != 1 or not results[0].replace(".", "_").isidentifier():
        return None
    expression = cst.parse_expression(results[0])
    return expression if isinstance(expression, (cst.Name, cst.Attribute)) else None


def _returned(function: cst.FunctionDef) -> set[str]:
    """The local that every `return` with a value returns, if it is always the same one."""
    values = [
        node.value for node in own_nodes(function.body) if isinstance(node, cst.Return) and node.value is not None
    ]
    names = {value.value if isinstance(value, cst.Name) else "" for value in values}
    return names if len(names) == 1 and "" not in names else set()
