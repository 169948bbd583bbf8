"""Puts other expressions in the places of names, in the body of a function that is grafted.

The methods are named as libcst wants them: https://libcst.readthedocs.io/en/latest/visitors.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import libcst as cst

_OWN_NAME = re.compile(r"__of__\w+")


def own_name(local: str, function: str) -> str:
    """The name of a local of a function, which no other function has."""
    return f"{local}__of__{function}"


def as_written(text: str) -> str:
    """A message in the names of the source again."""
    return _OWN_NAME.sub("", text)


class Renaming(cst.CSTTransformer):
    """Replaces names by expressions, and `return call()` by an assignment to the caller's target."""

    def __init__(self, names: Mapping[str, cst.BaseExpression], target: cst.BaseAssignTargetExpression | None) -> None:
        super().__init__()
        self._names = names
        self._target = target

    def visit_Import(self, node: cst.Import) -> bool:
        """What is imported keeps its name."""
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        """What is imported keeps its name."""
        return False

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        """Nested functions have names of their own."""
        return False

    def visit_Lambda(self, node: cst.Lambda) -> bool:
        """Nested functions have names of their own."""
        return False

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        """Only the object of an attribute is renamed; it is done in `leave_Attribute`."""
        return False

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.Attribute:
        """Rename in the object, not in the attribute's name."""
        value = original_node.value.visit(self)
        assert isinstance(value, cst.BaseExpression)
        return updated_node.with_changes(value=value)

    def visit_Arg(self, node: cst.Arg) -> bool:
        """Keywords of arguments are no names of the scope."""
        return False

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:
        """Rename in the value of an argument only."""
        value = original_node.value.visit(self)
        assert isinstance(value, cst.BaseExpression)
        return updated_node.with_changes(value=value)

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        """Replace the name by what it stands for; every use gets nodes of its own."""
        replacement = self._names.get(original_node.value)
        return updated_node if replacement is None else replacement.deep_clone()

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine:
        """`return call()` binds the caller's name first."""
        last = updated_node.body[-1]
        if (
            self._target is None
            or not isinstance(last, cst.Return)
            or not isinstance(last.value, (cst.Call, cst.Await))
        ):
            return updated_node
        bind = cst.Assign([cst.AssignTarget(self._target.deep_clone())], last.value)
        return updated_node.with_changes(body=[*updated_node.body[:-1], bind, cst.Return()])
