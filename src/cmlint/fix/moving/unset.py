"""Locals that the clean-up needs and that may not be bound yet when an exception arrives: they begin as None.

conn = None; try: <the statement that binds it and yields>; finally: `if conn is not None: conn.close()`

Where the clean-up only hands the name on, as an argument, there is nothing to ask: it is told None then.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import libcst as cst

from cmlint.fix.places.blocks import names_in
from cmlint.fix.places.rewrite import NoRewrite
from cmlint.flow.reading.syntax import own_nodes

_Statement = cst.BaseStatement | cst.BaseSmallStatement


def set_to_none(names: Collection[str], above: Sequence[cst.EmptyLine]) -> list[_Statement]:
    """The lines that set `names` to None; the first one has the lines `above`."""
    made = [cst.Assign([cst.AssignTarget(cst.Name(name))], cst.Name("None")) for name in sorted(names)]
    lines = [cst.SimpleStatementLine([assign]) for assign in made]
    return [lines[0].with_changes(leading_lines=above), *lines[1:]]


def guarded(cleanup: Sequence[_Statement], names: Collection[str], indent: str) -> list[_Statement]:
    """The clean-up, with each use of one of `names` behind the question whether it was bound. Raises NoRewrite."""
    result: list[_Statement] = []
    asked = None
    group: list[_Statement] = []
    for statement in cleanup:
        name = _asked_for(statement, names)
        if group and name != asked:
            result += _behind(asked, group, indent)
            group = []
        asked = name
        group.append(statement)
    return result + (_behind(asked, group, indent) if group else [])


def handed_on(cleanup: Sequence[_Statement], names: Collection[str]) -> str | None:
    """One of `names` that the clean-up hands on without asking: it may be None there."""
    handed = (name for statement in cleanup for name in names_in(statement) & set(names) if not _uses(statement, name))
    return min((name for name in handed if not any(_asks(statement, name) for statement in cleanup)), default=None)


def _behind(name: str | None, group: list[_Statement], indent: str) -> list[_Statement]:
    if name is None:
        return group
    question = cst.Comparison(cst.Name(name), [cst.ComparisonTarget(cst.IsNot(), cst.Name("None"))])
    body = cst.IndentedBlock([s for s in group if isinstance(s, cst.BaseStatement)], indent=indent)
    return [cst.If(question, body)]


def _asked_for(statement: _Statement, names: Collection[str]) -> str | None:
    used = [name for name in sorted(names) if _uses(statement, name) and not _asks(statement, name)]
    if len(used) > 1:
        raise NoRewrite(f"the clean-up needs `{used[0]}` and `{used[1]}`, which may not be bound yet")
    return used[0] if used else None


def _asks(statement: _Statement, name: str) -> bool:
    """Whether the statement only runs where the name is something: `if conn:`, `if conn is not None:`."""
    asked = statement.test if isinstance(statement, cst.If) else None
    return asked is not None and (name in names_in(asked) or (isinstance(asked, cst.Name) and asked.value == name))


def _uses(statement: _Statement, name: str) -> bool:
    """Whether the statement does more with the name than to hand it on as an argument."""
    arguments = {id(node.value) for node in own_nodes(statement) if isinstance(node, cst.Arg) and not node.star}
    return any(
        isinstance(node, cst.Name) and node.value == name and id(node) not in arguments
        for node in own_nodes(statement)
        if not _is_keyword(node, statement)
    )


def _is_keyword(node: cst.CSTNode, statement: _Statement) -> bool:
    """Whether the name is the keyword of an argument, or an attribute: no use of the local."""
    return any(
        (isinstance(parent, cst.Arg) and parent.keyword is node)
        or (isinstance(parent, cst.Attribute) and parent.attr is node)
        for parent in own_nodes(statement)
    )
