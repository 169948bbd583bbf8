"""What can be seen of one function in its `ast`: where it yields, and what happens before and after.

The order of the steps is that of the text. Whatever is not plain (a yield in a loop, a handler around it, two yields on
a path) makes the sketch `odd`, and an odd function is never screened out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_STORES = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.NamedExpr, ast.Delete)
_YIELDS = (ast.Yield, ast.YieldFrom)
_TRIES: tuple[type[ast.AST], ...] = (ast.Try, ast.TryStar) if hasattr(ast, "TryStar") else (ast.Try,)
_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_BARE = frozenset({"ctx", "op", "ops", "id", "attr", "arg", "name", "type_comment"})  # fields without nodes of interest
_AWAITS = (ast.Await, ast.AsyncWith, ast.AsyncFor)
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Doing(NamedTuple):
    """One step: a call, a store, a deletion, an await, a raise.

    statement: the number of the statement that it is in; awaited: it is a call that is awaited at once; block: the
    `try` whose `finally` it stands in, 0 for any other; guards: the `try` statements around it; local: it only binds
    names of the function; looped: it may come again.
    """

    node: ast.AST
    statement: int
    awaited: bool = False
    block: int = 0
    guards: tuple[int, ...] = ()
    local: bool = False
    looped: bool = False


@dataclass
class Sketch:
    """One generator function.

    odd: its yield is not reached exactly once on a straight way; yields: whether it yields at all; returns: it returns
    a value; setup: the steps before the yield; after: those after it that an exception skips; cleanup: those in the
    `finally` blocks around it; handled: those in handlers around it; withs: what the `with` statements around the yield
    are made of; straight: the `try` statements whose `finally` runs all its steps, whatever its conditions say;
    catches: a handler around the yield may drop an exception.
    """

    function: Function
    odd: bool = False
    yields: bool = False
    returns: bool = False
    setup: list[Doing] = field(default_factory=list)
    after: list[Doing] = field(default_factory=list)
    cleanup: list[Doing] = field(default_factory=list)
    handled: list[Doing] = field(default_factory=list)
    withs: list[ast.expr] = field(default_factory=list)
    straight: set[int] = field(default_factory=set)
    catches: bool = False


def function_in(text: str, *, indented: bool) -> Function | None:
    """The first function of a slice; None when the slice is not Python."""
    try:
        tree = ast.parse(f"if True:\n{text}" if indented else text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    block = tree.body[0].body if indented and tree.body and isinstance(tree.body[0], ast.If) else tree.body
    return next((each for each in block if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))), None)


def sketched(function: Function) -> Sketch:
    """The sketch of a generator function."""
    sketch = Sketch(function)
    for node in own_nodes(function.body):
        sketch.yields = sketch.yields or isinstance(node, _YIELDS)
        sketch.returns = sketch.returns or (isinstance(node, ast.Return) and node.value is not None)
    if sketch.yields:
        _Reader(sketch).block(function.body)
    return sketch


def own_nodes(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes in source order, without those of nested functions and classes."""
    waiting = list(nodes)[::-1]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _FUNCTIONS):
            waiting += _children(node)[::-1]


def all_nodes(node: ast.AST) -> list[ast.AST]:
    """`node` and all that is in it, nested functions included; as `ast.walk`, in a third of the time."""
    found = [node]
    for each in found:
        found += _children(each)
    return found


def _children(node: ast.AST) -> list[ast.AST]:
    """As `ast.iter_child_nodes` without what has no parts (`ast.Load`, `ast.Add`), in a third of the time."""
    found: list[ast.AST] = []
    for name in _with_nodes(node._fields):
        value = getattr(node, name, None)
        if isinstance(value, list):
            found += [each for each in value if isinstance(each, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


@cache
def _with_nodes(fields: tuple[str, ...]) -> tuple[str, ...]:
    """The fields that may hold nodes."""
    return tuple(name for name in fields if name not in _BARE)


def doings(nodes: Iterable[ast.AST], *, shared: bool = True) -> list[Doing]:
    """The steps in some statements or expressions, in source order; `shared`: others may see the function's names."""
    found: list[Doing] = []
    statements = 0
    waiting = [(node, False) for node in list(nodes)[::-1]]
    awaited: set[ast.AST] = set()
    while waiting:
        node, looped = waiting.pop()
        statements += isinstance(node, (ast.stmt, ast.withitem))
        if isinstance(node, ast.Await) and isinstance(node.value, ast.Call):
            awaited.add(node.value)  # one step, not two
        elif _does(node):
            local = not shared and _binds_names(node)
            found.append(Doing(node, statements, node in awaited, local=local, looped=looped))
        if not isinstance(node, _FUNCTIONS):
            looped = looped or isinstance(node, _LOOPS)
            waiting += [(child, looped) for child in _children(node)[::-1]]
    return found


def shares_names(function: Function) -> bool:
    """Whether anything else may see what the names of the function are bound to."""
    inner = (ast.Global, ast.Nonlocal, *_FUNCTIONS)
    return any(isinstance(node, inner) for node in all_nodes(function)[1:])


def _binds_names(node: ast.AST) -> bool:
    if isinstance(node, ast.Assign):
        targets = [each for target in node.targets for each in getattr(target, "elts", [target])]
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    else:
        return False
    return all(isinstance(target, ast.Name) for target in targets)


def _does(node: ast.AST) -> bool:
    if isinstance(node, ast.For):
        return False  # what it takes is a local; what it does with it stands in its body
    return isinstance(node, (ast.Call, ast.Raise, ast.Assert, ast.Import, *_STORES, *_AWAITS, *_YIELDS)) or (
        isinstance(node, ast.withitem) and node.optional_vars is not None
    )


class _Reader:
    """Reads the blocks of a function from outside in, following the yield."""

    def __init__(self, sketch: Sketch) -> None:
        self._sketch = sketch
        self._shared = shares_names(sketch.function)
        self._tries = 0
        self._guards: tuple[int, ...] = ()

    def block(self, statements: Sequence[ast.stmt]) -> None:
        """A block that must hold exactly one way to the yield."""
        places = [number for number, statement in enumerate(statements) if _yields_in(statement)]
        first = statements[places[0]] if places else None
        splits = len(places) > 1 and isinstance(first, ast.If) and _is_way_of_its_own(first)
        if first is None or (len(places) > 1 and not splits):
            self._sketch.odd = True
            return
        before, after = statements[: places[0]], statements[places[0] + 1 :]
        if any(isinstance(node, ast.Return) for node in own_nodes(before)):
            self._sketch.odd = True
        self._set_up(self._doings(before))
        if splits and isinstance(first, ast.If):
            self._set_up(self._doings([first.test]))
            self.block(first.body)
            self.block(after)
        else:
            self._yielding(first)
            self._sketch.after += self._doings(after)

    def _yielding(self, statement: ast.stmt) -> None:
        sketch = self._sketch
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Yield):
            self._set_up(self._doings([statement.value.value] if statement.value.value else []))
        elif isinstance(statement, (ast.With, ast.AsyncWith)):
            sketch.withs += [item.context_expr for item in statement.items]
            for item in statement.items:
                self._set_up(self._doings([item]))
            if isinstance(statement, ast.AsyncWith):
                self._set_up([Doing(statement, 0)])
                sketch.cleanup.append(Doing(statement, 0))
            if any(_yields_in(item) for item in statement.items):
                sketch.odd = True
            else:
                self.block(statement.body)
        elif isinstance(statement, _TRIES):
            self._try(statement)
        elif isinstance(statement, ast.If) and not _yields_in(statement.test):
            self._set_up(self._doings([statement.test]))
            self.block(statement.body)
            self.block(statement.orelse)
        else:
            sketch.odd = True

    def _try(self, statement: ast.stmt) -> None:
        assert isinstance(statement, _TRIES)
        handlers: list[ast.ExceptHandler] = statement.handlers  # type: ignore[attr-defined]
        otherwise: list[ast.stmt] = statement.orelse  # type: ignore[attr-defined]
        final: list[ast.stmt] = statement.finalbody  # type: ignore[attr-defined]
        straight = all(map(_is_straight, final))
        if _leaves(final) or any(map(_yields_in, (*handlers, *otherwise))) or (handlers and not straight):
            self._sketch.odd = True
            return
        self._tries += 1
        number, outside = self._tries, self._guards
        self._guards = (*outside, number)
        self.block(statement.body)  # type: ignore[attr-defined]
        self._guards = outside
        self._sketch.after += self._doings(otherwise)
        self._sketch.handled += self._doings([step for handler in handlers for step in handler.body])
        self._sketch.catches |= not all(_raises(handler.body) for handler in handlers)
        found = _later(self._doings(final), self._sketch.cleanup)
        self._sketch.cleanup += [doing._replace(block=number) for doing in found]
        if straight:
            self._sketch.straight.add(number)

    def _doings(self, nodes: Sequence[ast.AST]) -> list[Doing]:
        return doings(nodes, shared=self._shared)

    def _set_up(self, found: list[Doing]) -> None:
        setup = self._sketch.setup
        setup += [doing._replace(guards=self._guards) for doing in _later(found, setup)]


def _is_way_of_its_own(statement: ast.If) -> bool:
    """Whether the `if` returns when it has yielded: what follows is another way."""
    last = statement.body[-1]
    return (
        not statement.orelse and isinstance(last, ast.Return) and last.value is None and not _yields_in(statement.test)
    )


def _leaves(statements: Iterable[ast.stmt]) -> bool:
    """Whether some of it leaves the block, or yields."""
    leaving = (ast.Return, ast.Break, ast.Continue, *_YIELDS)
    return any(isinstance(node, leaving) for node in own_nodes(statements))


def _raises(body: Sequence[ast.stmt]) -> bool:
    """Whether every way through a handler ends in an exception."""
    return isinstance(body[-1], ast.Raise) and not _leaves(body)


def _is_straight(statement: ast.stmt) -> bool:
    """Whether all that it does is reached when nothing in it raises."""
    if isinstance(statement, (ast.With, ast.AsyncWith, ast.For, ast.AsyncFor, *_TRIES)):
        # What stands in a handler is not reached either when the body of the `with` succeeds.
        inner = [each for name in ("body", "orelse", "finalbody") for each in getattr(statement, name, ())]
        return all(map(_is_straight, inner))
    plain = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Delete, ast.Pass)
    choosing = (ast.IfExp, ast.BoolOp, ast.comprehension)
    return isinstance(statement, plain) and not any(isinstance(node, choosing) for node in all_nodes(statement))


def _later(found: list[Doing], than: list[Doing]) -> list[Doing]:
    """The same steps with the numbers of their statements behind those of `than`."""
    first = than[-1].statement + 1 if than else 0
    return [each._replace(statement=each.statement + first) for each in found]


def _yields_in(node: ast.AST) -> bool:
    return any(isinstance(each, _YIELDS) for each in own_nodes([node]))
