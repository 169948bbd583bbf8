"""What the caller of a manager does before it, made ready to be lowered in front of the manager, in its names.

What is passed as `backend` is called `backend`; the caller's other locals get names that no other function has. What is
passed otherwise (`_unset(self.backend)`) is bound first. A manager that is defined in its caller shares its names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

import libcst as cst

from cmlint.findings import Span
from cmlint.flow.calls.callers import Caller
from cmlint.flow.reading.bindings import Bindings
from cmlint.flow.reading.layout import Layout
from cmlint.flow.reading.renaming import Renaming, own_name
from cmlint.flow.reading.scope import Scope
from cmlint.flow.reading.syntax import children


@dataclass(frozen=True)
class Prefix:
    """The statements of a caller in the names of the manager, and the manager's scope with what they bind."""

    caller: Caller
    body: cst.IndentedBlock
    scope: Scope

    @property
    def qualname(self) -> str:
        """The caller's."""
        return self.caller.definition.qualname

    def span(self, node: cst.CSTNode) -> Span:
        """Where in the file a node of the body is from; what binds an argument is from the `return`."""
        return self.caller.tree.span(self._written.get(node, self.caller.returned))

    @cached_property
    def _written(self) -> dict[cst.CSTNode, cst.CSTNode]:
        return dict(chain.from_iterable(map(_pairs, self.body.body, self.caller.setup)))


def prefix_of(caller: Caller, scope: Scope, visible: Mapping[str, str]) -> Prefix:
    """What is lowered in front of the manager whose names are `scope`; `visible`: what names mean to the caller."""
    function = caller.tree.function
    bound = Bindings()
    bound.visit(function.body)
    own = [name for name in (*_parameters(function), *bound.bound) if name not in bound.declared]
    passed_as = _passed_as(caller, own, scope)
    apart = own if not caller.nested else [name for name in own if name in scope.bound or name in scope.parameters]
    names = {name: own_name(name, caller.definition.name) for name in apart} | passed_as
    renaming = Renaming({old: cst.Name(new) for old, new in names.items()}, None)
    binding = [
        _assignment(parameter, renaming.expression(value))
        for parameter, value in caller.passed.items()
        if not isinstance(value, cst.Name) or passed_as.get(value.value) != parameter
    ]
    body = cst.IndentedBlock([*map(renaming.statement, caller.setup), *binding])
    caller.tree.texts.add(Layout(body))
    parameters = [names.get(name, name) for name in _parameters(function)]
    if caller.nested:
        scope = replace(scope, functions={**bound.functions, **scope.functions})
    return Prefix(caller, body, _joined(scope, body, parameters, visible))


def _parameters(function: cst.FunctionDef) -> Iterator[str]:
    parameters = function.params
    listed = [*parameters.posonly_params, *parameters.params, *parameters.kwonly_params]
    stars = [star for star in (parameters.star_arg, parameters.star_kwarg) if isinstance(star, cst.Param)]
    return (parameter.name.value for parameter in (*listed, *stars))


def _passed_as(caller: Caller, own: Sequence[str], scope: Scope) -> dict[str, str]:
    """The parameters that names of the caller are passed as, and that the manager does not bind anew."""
    found: dict[str, str] = {}
    for parameter, value in caller.passed.items():
        if isinstance(value, cst.Name) and value.value in own and parameter not in scope.bound:
            found.setdefault(value.value, parameter)
    return found


def _assignment(name: str, value: cst.BaseExpression) -> cst.SimpleStatementLine:
    return cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(cst.Name(name))], value)])


def _joined(scope: Scope, body: cst.BaseSuite, parameters: Sequence[str], visible: Mapping[str, str]) -> Scope:
    """The manager's scope with what the body binds: a parameter that is bound there is a local."""
    bound = Bindings()
    bound.visit(body)
    names = [*bound.bound, *(name for name in scope.bound if name not in bound.bound)]
    both = dict.fromkeys((*scope.parameters, *parameters))
    return replace(
        scope,
        visible={**visible, **scope.visible},
        parameters=tuple(name for name in both if name not in bound.bound),
        declared=scope.declared | bound.declared,
        bound={name: (*bound.bound.get(name, ()), *scope.bound.get(name, ())) for name in names},
        imported={**bound.imported, **scope.imported},
        looped={**{name: tuple(values) for name, values in bound.looped.items()}, **scope.looped},
        written=scope.written | frozenset(map(scope.code, bound.written)),
    )


def _pairs(new: cst.CSTNode, old: cst.CSTNode) -> Iterator[tuple[cst.CSTNode, cst.CSTNode]]:
    """Each node that was renamed, with the one that it was made of: renaming keeps the shape."""
    yield new, old
    for inner, written in zip(children(new), children(old), strict=True):
        yield from _pairs(inner, written)
