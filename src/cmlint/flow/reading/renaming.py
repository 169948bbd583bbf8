"""Puts other expressions in the places of names, in the body of a function that is grafted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from operator import is_

import libcst as cst

from cmlint.flow.reading.syntax import fields_of

_OWN_NAME = re.compile(r"__of__\w+")


def own_name(local: str, function: str) -> str:
    """The name of a local of a function, which no other function has."""
    return f"{local}__of__{function}"


def as_written(text: str) -> str:
    """A message in the names of the source again."""
    return _OWN_NAME.sub("", text)


class Renaming:
    """Replaces names by expressions, and `return call()` by an assignment to the caller's target.

    What has none of the names in it stays the same node. (libcst's transformer makes every node anew, blanks included.)
    """

    def __init__(self, names: Mapping[str, cst.BaseExpression], target: cst.BaseAssignTargetExpression | None) -> None:
        self._names = names
        self._target = target

    def body(self, body: cst.BaseSuite) -> cst.BaseSuite:
        """The body of a function, renamed."""
        renamed = self._renamed(body)
        assert isinstance(renamed, cst.BaseSuite)
        return renamed

    def statement(self, statement: cst.BaseStatement) -> cst.BaseStatement:
        """One statement, renamed."""
        renamed = self._renamed(statement)
        assert isinstance(renamed, cst.BaseStatement)
        return renamed

    def expression(self, expression: cst.BaseExpression) -> cst.BaseExpression:
        """An expression, renamed."""
        renamed = self._renamed(expression)
        assert isinstance(renamed, cst.BaseExpression)
        return renamed

    def _renamed(self, node: cst.CSTNode) -> cst.CSTNode:
        kind = type(node)
        if isinstance(node, cst.Name):
            replacement = self._names.get(node.value)
            return node if replacement is None else replacement.deep_clone()  # every use gets nodes of its own
        if kind in _KEPT:
            return node
        changes = {}
        for name in _ONLY_VALUE if kind in _WITH_OTHER_NAMES else fields_of(node):
            value = getattr(node, name)
            renamed = self._renamed_field(value)
            if renamed is not value:
                changes[name] = renamed
        changed = node.with_changes(**changes) if changes else node
        return self._bound(changed) if isinstance(changed, cst.SimpleStatementLine) else changed

    def _renamed_field(self, value: object) -> object:
        if isinstance(value, (list, tuple)):
            renamed = [self._renamed(each) for each in value]
            return value if all(map(is_, renamed, value)) else renamed
        return self._renamed(value) if isinstance(value, cst.CSTNode) else value

    def _bound(self, line: cst.SimpleStatementLine) -> cst.SimpleStatementLine:
        """`return call()` binds the caller's name first."""
        last = line.body[-1]
        if (
            self._target is None
            or not isinstance(last, cst.Return)
            or not isinstance(last.value, (cst.Call, cst.Await))
        ):
            return line
        bind = cst.Assign([cst.AssignTarget(self._target.deep_clone())], last.value)
        return line.with_changes(body=[*line.body[:-1], bind, cst.Return()])


# What is imported keeps its name, and nested functions and classes have names of their own.
_KEPT = frozenset({cst.Import, cst.ImportFrom, cst.FunctionDef, cst.ClassDef, cst.Lambda})
# The name of an attribute and the keyword of an argument are no names of the scope.
_WITH_OTHER_NAMES = frozenset({cst.Attribute, cst.Arg})
_ONLY_VALUE = ("value",)
