"""A release that `__exit__` tells how the body went is told of the exception that arrives in `__enter__`, instead.

return self.inner.__exit__(exc_type, exc_value, traceback)
->   self.inner.__exit__(type(error), error, error.__traceback__)

Only where the three are handed on as they came; what asks for one of them is left alone. Nothing is returned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import libcst as cst

from cmlint.fix.places.blocks import exception_parameters, names_in
from cmlint.fix.telling.labels import Label
from cmlint.flow.reading.tree import Tree

NAMES = ("error", "failure", "raised")  # of the exception: the first that is free
_GIVEN = 3


@dataclass(frozen=True)
class Told:
    """The statements with the exception handed on; respelled: what a call is in the old text, None for a question.

    error: what the handler must call the exception, None where nothing is told of it.
    """

    statements: Sequence[cst.BaseStatement]
    respelled: Mapping[Label, Label | None]
    error: str | None


def told_of_error(leaving: Tree, release: Sequence[cst.BaseStatement], error: str, kind: str) -> Told:
    """The statements of `leaving`, for a handler that calls the exception `error`, and its class `kind`."""
    handing = _Handing(leaving, (kind, error, f"{error}.__traceback__"))
    statements = [statement.visit(handing) for statement in release]
    kept = [statement for statement in statements if isinstance(statement, cst.BaseStatement)]
    if not handing.respelled:
        return Told(kept, {}, None)
    return Told(kept, {**handing.respelled, ("Call", kind): None}, error)


def is_told(leaving: Tree, release: Sequence[cst.CSTNode]) -> str | None:
    """The name by which the statements are still told how the body went."""
    read = {name for statement in release for name in names_in(statement)}
    return min(read & exception_parameters(leaving), default=None)


class _Handing(cst.CSTTransformer):
    def __init__(self, leaving: Tree, given: tuple[str, str, str]) -> None:
        super().__init__()
        self._given = given
        parameters = leaving.function.params
        names = [parameter.name.value for parameter in (*parameters.posonly_params, *parameters.params)]
        rest = parameters.star_arg
        self._leaving = leaving
        self._three = names[1:4]
        self._rest = rest.name.value if isinstance(rest, cst.Param) and len(names) == 1 else None
        self.respelled: dict[Label, Label | None] = {}

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:  # noqa: N802 - libcst calls it
        """Hands the exception on in the place of the parameters."""
        if not self._hands_on(original_node.args):
            return updated_node
        separator = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
        given = [cst.Arg(cst.parse_expression(text), comma=separator) for text in self._given]
        new = updated_node.with_changes(args=[*given[:-1], given[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)])
        self.respelled[("Call", self._leaving.code(new))] = ("Call", self._leaving.code(original_node))
        return new

    def leave_Return(  # noqa: N802 - libcst calls it
        self,
        original_node: cst.Return,  # noqa: ARG002
        updated_node: cst.Return,
    ) -> cst.BaseSmallStatement:
        """What `__exit__` returns would swallow the exception here."""
        return updated_node if updated_node.value is None else cst.Expr(updated_node.value)

    def _hands_on(self, args: Sequence[cst.Arg]) -> bool:
        names = [arg.value.value for arg in args if isinstance(arg.value, cst.Name) and arg.keyword is None]
        stars = [arg.star for arg in args]
        if len(args) == 1:
            return stars == ["*"] and self._rest is not None and names == [self._rest]
        return len(args) == len(names) == _GIVEN and not any(stars) and names == self._three
