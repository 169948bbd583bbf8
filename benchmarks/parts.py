"""Where the statements of a manager stand: before its protection, tried in it, in its clean-up, or after it.

Compound statements count with their head only, so that a release keeps its place when an `if` around it stays. In
another version of its function a statement is the same text at the same turn: the second `lock.release()` of one is the
second of the other.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from definitions import Function, own_nodes

_TRY = (ast.Try, getattr(ast, "TryStar", ast.Try))  # `except*` came with Python 3.11


class Part(Enum):
    """A part of a manager; without any protection there are only BEFORE and AFTER, which the first yield divides."""

    BEFORE = "before"
    TRIED = "tried"
    CLEANUP = "clean-up"
    AFTER = "after"


@dataclass(frozen=True)
class Placed:
    """One statement. `lines` are those of its head; `turn` counts the statements with the same `text` before it."""

    node: ast.stmt
    text: str
    turn: int
    part: Part

    @property
    def lines(self) -> range:
        """The lines of a simple statement, or of the head of a compound one."""
        body = getattr(self.node, "body", None)
        if not isinstance(body, list) or not body:
            return range(self.node.lineno, (self.node.end_lineno or self.node.lineno) + 1)
        return range(self.node.lineno, max(body[0].lineno, self.node.lineno + 1))


def placed(function: Function) -> tuple[Placed, ...]:
    """The statements of `function`, in the order of the source; `try` itself is none of them."""
    turns: dict[str, int] = defaultdict(int)
    found = []
    for node, part in _Walk().block(function.body, None):
        text = _text(node)
        found.append(Placed(node, text, turns[text], part))
        turns[text] += 1
    return tuple(found)


def at_lines(statements: Iterable[Placed], lines: Iterable[int]) -> list[Placed]:
    """The statements that stand at `lines`."""
    wanted = set(lines)
    return [statement for statement in statements if not wanted.isdisjoint(statement.lines)]


def same(statement: Placed, statements: Sequence[Placed]) -> Placed | None:
    """`statement` in another version of its function."""
    return next((one for one in statements if (one.text, one.turn) == (statement.text, statement.turn)), None)


def yields_in(nodes: Iterable[ast.AST]) -> bool:
    """Whether `nodes` yield themselves."""
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(nodes))


class _Walk:
    """One pass in source order; `yielded` tells what stands outside any protection apart."""

    def __init__(self) -> None:
        self.yielded = False

    def block(self, statements: Iterable[ast.stmt], part: Part | None) -> Iterator[tuple[ast.stmt, Part]]:
        for node in statements:
            if not isinstance(node, _TRY):
                yield node, part or (Part.AFTER if self.yielded else Part.BEFORE)
            yield from self.inner(node, part)
            self.yielded = self.yielded or yields_in([node])

    def inner(self, node: ast.stmt, part: Part | None) -> Iterator[tuple[ast.stmt, Part]]:
        if not isinstance(node, _TRY) or not node.finalbody or not yields_in(node.body):
            for block in _blocks(node):
                yield from self.block(block, part)
            return
        for block in _blocks(node):
            yield from self.block(block, Part.CLEANUP if block is node.finalbody else Part.TRIED)


def _blocks(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The blocks of a compound statement, in the order of the source; those of a function are not run with it."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    yield from filter(None, [getattr(node, "body", None)])
    yield from (handler.body for handler in [*getattr(node, "handlers", ()), *getattr(node, "cases", ())])
    yield from filter(None, [getattr(node, "orelse", None), getattr(node, "finalbody", None)])


def _text(node: ast.stmt) -> str:
    """The tree of a simple statement or of a head, written out."""
    match node:
        case ast.If() | ast.While():
            head: list[ast.AST] = [node.test]
        case ast.For() | ast.AsyncFor():
            head = [node.target, node.iter]
        case ast.With() | ast.AsyncWith():
            head = list(node.items)
        case ast.Match():
            head = [node.subject]
        case _:
            return ast.dump(node)
    return " ".join([type(node).__name__, *map(ast.dump, head)])
