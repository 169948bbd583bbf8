"""Where a method refuses to be called in the state that its object is in: `if self._closed: raise RuntimeError(...)`.

The object's own manager calls it in the right state, so nothing fails there in operation. Told by the last word of an
own attribute that is asked for before anything else is done; what is kept of an earlier failure (`raise self._error`)
is none. A state that the object comes to by itself (a lost connection) is taken for such a state, so a failure may be
missed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from cmlint.flow.reading.naming import words_of
from cmlint.flow.reading.scope import Scope

_OWN = re.compile(r"\bself\.(\w+)(?![\w.(])")
_STATES = frozenset(
    {"status", "state", "closed", "closing", "open", "opened", "started", "stopped", "running", "entered"}
    | {"initialized", "disposed", "finished", "finalized"}
)


def refuses(node: cst.If, scope: Scope) -> bool:
    """Whether an `if` asks for the own state, and one of its suites does nothing but to raise."""
    asked = _OWN.findall(scope.code(node.test))
    states = bool(asked) and all(not _STATES.isdisjoint(words_of(name)[-1:]) for name in asked)
    return states and any(only_raises(part) for part in suites(node))


def leading(body: cst.BaseSuite) -> frozenset[int]:
    """The identities of the questions that a function asks before it does anything."""
    found: list[int] = []
    for statement in body.body:
        if isinstance(statement, cst.If):
            found.append(id(statement))
        elif not _is_docstring(statement):
            break
    return frozenset(found)


def _is_docstring(statement: cst.CSTNode) -> bool:
    if not isinstance(statement, cst.SimpleStatementLine):
        return False
    return all(isinstance(part, cst.Expr) and isinstance(part.value, cst.SimpleString) for part in statement.body)


def suites(node: cst.If) -> Iterator[cst.BaseSuite | cst.If]:
    """What an `if` may do: its body, and what stands behind `else`, or the `elif`."""
    yield node.body
    if node.orelse is not None:
        yield node.orelse.body if isinstance(node.orelse, cst.Else) else node.orelse


def only_raises(part: cst.BaseSuite | cst.If) -> bool:
    """Whether a suite is one `raise` of an exception that is made there."""
    if isinstance(part, cst.If) or len(part.body) != 1:
        return False
    line = part.body[0]
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else line
    return isinstance(small, cst.Raise) and isinstance(small.exc, (cst.Call, cst.Name))
