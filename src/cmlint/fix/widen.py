"""CML106: a release that runs after some exceptions only runs after all.

In a class: `if exc_type is None:` around the clean-up is dropped. In a generator: what both a handler, before it raises
again, and the `else` (or the code behind the `try`) do to release goes into a `finally`; where they differ, `except
Exception` becomes `except BaseException`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from cmlint.fix.blocks import bound_in, comments_in, exception_parameters, has_comment, names_in, path_to, sites_in
from cmlint.fix.mixture import more_than_releases, only_cleans, releasing
from cmlint.fix.naming import is_builtin
from cmlint.fix.rewrite import NoRewrite, Rewrite
from cmlint.fix.wrap import as_finally, replaced_block
from cmlint.flow.events import Raise, Test
from cmlint.flow.graph import Site
from cmlint.flow.manager import Manager
from cmlint.flow.narrow import NarrowCleanup
from cmlint.flow.syntax import own_nodes
from cmlint.flow.tree import Tree

_FAILING = re.compile(r"exception|error|fail|raise|success", re.IGNORECASE)
_Statement = cst.BaseStatement | cst.BaseSmallStatement


@dataclass(frozen=True)
class _Place:
    """The `try` with one handler at position `at` of `block`."""

    block: cst.IndentedBlock
    at: int
    protection: cst.Try

    @property
    def handler(self) -> cst.ExceptHandler:
        return self.protection.handlers[0]

    @property
    def steps(self) -> Sequence[_Statement]:
        """What the handler does before it raises again."""
        return self.handler.body.body[:-1]

    @property
    def normal(self) -> Sequence[_Statement]:
        """What runs when the body succeeds: the `else`, or what follows the `try`."""
        orelse = self.protection.orelse
        return orelse.body.body if orelse is not None else self.block.body[self.at + 1 :]


def widened(manager: Manager, narrow: NarrowCleanup) -> Rewrite:
    """Release after every exception. Raises NoRewrite."""
    if manager.exit_tree is not None:
        return _without_question(manager, manager.exit_tree, narrow)
    place = _protection(manager, narrow)
    if len(place.protection.handlers) > 1:
        raise NoRewrite("the `try` has several clauses, of which each may treat the exception in its own way")
    if not isinstance(place.handler.body, cst.IndentedBlock):
        raise NoRewrite("the handler shares the line of its `except`")
    if not _raises_again(place.handler):
        raise NoRewrite("the handler does not raise again, so the exception is part of what it decides")
    shared = 0 if place.protection.finalbody else _shared(manager.tree, place)
    wanted = releasing([narrow.obligation])
    return _with_finally(manager, place, shared, wanted) if shared else _with_base_exception(manager, place, wanted)


def _protection(manager: Manager, narrow: NarrowCleanup) -> _Place:
    for block, at in reversed(path_to(manager.tree.function.body, narrow.site.statement)):
        statement = block.body[at]
        if isinstance(statement, cst.Try) and statement.handlers:
            return _Place(block, at, statement)
        if isinstance(statement, cst.TryStar):
            raise NoRewrite("`except*` takes some exceptions out of a group: the release in it is for these by intent")
    raise NoRewrite("no `try` with a handler stands around the `yield`")


def _raises_again(handler: cst.ExceptHandler) -> bool:
    last = handler.body.body[-1] if handler.body.body else None
    return isinstance(last, cst.SimpleStatementLine) and _is_bare_raise(last)


def _is_bare_raise(line: cst.SimpleStatementLine) -> bool:
    return len(line.body) == 1 and isinstance(line.body[0], cst.Raise) and line.body[0].exc is None


def _shared(tree: Tree, place: _Place) -> int:
    """How many statements stand word for word at the end of the handler, before its `raise`, and on the normal path."""
    steps = [_words(tree, statement) for statement in place.steps]
    normal = [_words(tree, statement) for statement in place.normal]
    for count in range(min(len(steps), len(normal)), 0, -1):
        if steps[-count:] == (normal[-count:] if place.protection.orelse else normal[:count]):
            return count
    return 0


def _words(tree: Tree, statement: _Statement) -> str:
    bare = statement.with_changes(leading_lines=()) if isinstance(statement, cst.BaseStatement) else statement
    return tree.code(bare).partition("#")[0].strip()


def _with_finally(manager: Manager, place: _Place, count: int, wanted: Collection[int]) -> Rewrite:
    handler, protection, steps = place.handler, place.protection, place.steps
    left = steps[: len(steps) - count]
    in_else = protection.orelse is not None
    shared = place.normal[-count:] if in_else else place.normal[:count]
    behind = place.block.body[place.at + 1 + (0 if in_else else count) :]
    _check_finally(place, shared, steps[len(left) :] if left else [handler])
    kept = [handler.with_changes(body=handler.body.with_changes(body=[*left, handler.body.body[-1]]))] if left else []
    orelse = _shortened(protection.orelse, count)
    if orelse is not None and not kept:
        raise NoRewrite("without its handler the `try` could not keep its `else`")
    new = protection.with_changes(
        handlers=kept,
        orelse=orelse,
        finalbody=as_finally(list(shared), manager.tree.indent),
    )
    statements = [*place.block.body[: place.at], new, *behind]
    moved = frozenset(_all_sites(manager, [*shared, *steps[len(left) :]]))
    gone = _all_sites(manager, [handler]) if not left else ()
    dropped = frozenset(site for site in gone if isinstance(site.event, (Raise, Test)))
    doubts = _runs_more_often(manager, shared, wanted)
    return Rewrite(manager.tree, replaced_block(manager.tree, place.block, statements), moved, dropped, doubts)


def _check_finally(place: _Place, shared: Sequence[_Statement], dropped: Sequence[cst.CSTNode]) -> None:
    handler = place.handler
    named = {handler.name.name.value} if handler.name and isinstance(handler.name.name, cst.Name) else set()
    bound = bound_in(place.protection.body) | bound_in(handler.body) | named
    needed = bound & {name for statement in shared for name in names_in(statement)}
    if needed:
        raise NoRewrite(f"the release needs `{min(needed)}`, which has another value, or none, after other exceptions")
    if any(map(has_comment, dropped)):
        raise NoRewrite("comments in the handler would be lost")


def _runs_more_often(manager: Manager, statements: Sequence[cst.CSTNode], wanted: Collection[int]) -> tuple[str, ...]:
    line = more_than_releases(manager.tree, statements, manager.graph.sites, wanted)
    return () if line is None else (f"line {line} does more than to release, and would run more often",)


def _shortened(orelse: cst.Else | None, count: int) -> cst.Else | None:
    if orelse is None or len(orelse.body.body) == count:
        return None
    return orelse.with_changes(body=orelse.body.with_changes(body=orelse.body.body[:-count]))


def _with_base_exception(manager: Manager, place: _Place, wanted: Collection[int]) -> Rewrite:
    handler = place.handler
    if not isinstance(handler.type, cst.Name) or handler.type.value != "Exception":
        raise NoRewrite("the handler is for some exceptions by intent, as far as its clause says")
    for name in ("Exception", "BaseException"):
        if not is_builtin(manager.subject, name):
            raise NoRewrite(f"`{name}` may mean something else here")
    wider = handler.with_changes(type=handler.type.with_changes(value="BaseException"))
    new = place.protection.with_changes(handlers=[wider])
    statements = [*place.block.body[: place.at], new, *place.block.body[place.at + 1 :]]
    moved = frozenset(_all_sites(manager, handler.body.body))
    doubts = _runs_more_often(manager, place.steps, wanted)
    return Rewrite(manager.tree, replaced_block(manager.tree, place.block, statements), moved, doubts=doubts)


def _without_question(manager: Manager, leaving: Tree, narrow: NarrowCleanup) -> Rewrite:
    """`if exc_type is None: release()` without the question, and `elif exc_type is None:` as `else:`."""
    for block, at in reversed(path_to(leaving.function.body, narrow.skipped[0].statement)):
        asked = _asking(block.body[at], exception_parameters(leaving), narrow.skipped[0].statement)
        if asked is None:
            continue
        if asked.orelse is not None:
            raise NoRewrite("`__exit__` does something else after an exception")
        if not isinstance(asked.body, cst.IndentedBlock):
            raise NoRewrite("the release shares the line of the `if` that asks for the exception")
        inner = asked.body.body
        wanted = releasing([narrow.obligation])
        if not all(only_cleans(_all_sites(manager, [step]), wanted) for step in inner):
            raise NoRewrite("what stands beside the release in the `if` may be for success only")
        if asked is block.body[at] and asked.body.header.comment is not None:
            raise NoRewrite("the comment of the `if` would be lost")
        statements = [*block.body[:at], *_unasked(block.body[at], asked), *block.body[at + 1 :]]
        tests = (s for s in sites_in(block.body[at], manager.graph.sites) if isinstance(s.event, Test))
        dropped = frozenset(s for s in tests if s.statement is asked)
        text = replaced_block(leaving, block, statements)
        told = any(_FAILING.search(comment) for comment in comments_in(asked))
        doubts = ("a comment there speaks of exceptions, so the question may be meant",) if told else ()
        return Rewrite(leaving, text, frozenset(_all_sites(manager, inner)), dropped, doubts)
    raise NoRewrite(
        "no `if` that asks for the exception stands around the release; where `__exit__` is left early after an "
        "exception, release before that"
    )


def _asking(statement: cst.CSTNode, told: Collection[str], release: cst.CSTNode) -> cst.If | None:
    """The `if` or `elif` of a statement that asks for the exception and holds the release."""
    while isinstance(statement, cst.If):
        holds = statement.body is release or any(node is release for node in own_nodes(statement.body))
        if holds and not names_in(statement.test).isdisjoint(told):
            return statement
        if statement.orelse is None:
            return None
        statement = statement.orelse
    return None


def _unasked(statement: _Statement, asked: cst.If) -> Sequence[_Statement]:
    """The statement without the question: its body alone, or the branch that is left for everything else."""
    body = asked.body
    assert isinstance(body, cst.IndentedBlock)
    if asked is statement:
        first = body.body[0]
        lines = [*asked.leading_lines, *getattr(first, "leading_lines", ())]
        return [first.with_changes(leading_lines=lines), *body.body[1:]]
    otherwise = statement.deep_replace(asked, cst.Else(body, leading_lines=asked.leading_lines))
    assert isinstance(otherwise, (cst.BaseStatement, cst.BaseSmallStatement))
    return [otherwise]


def _all_sites(manager: Manager, statements: Sequence[cst.CSTNode]) -> Iterator[Site]:
    for statement in statements:
        yield from sites_in(statement, manager.graph.sites)
