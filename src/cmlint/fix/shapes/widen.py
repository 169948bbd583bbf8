"""CML106: a release that runs after some exceptions only runs after all.

In a class: `if exc_type is None:` around the clean-up is dropped. In a generator: what all handlers, before they raise
again, and the `else` (or the code behind the `try`) do to release goes into a `finally`; where they differ, `except
Exception` becomes `except BaseException`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import libcst as cst

from cmlint.fix.moving.excess import more_than_releases, only_cleans
from cmlint.fix.moving.mixture import releasing
from cmlint.fix.moving.wanted import removes
from cmlint.fix.places.blocks import bound_in, comments_in, exception_parameters, names_in, path_to, sites_in
from cmlint.fix.places.naming import is_builtin
from cmlint.fix.places.rewrite import NoRewrite, Rewrite
from cmlint.fix.places.titles import named
from cmlint.fix.shapes.wrap import as_finally, replaced_block
from cmlint.flow.losses.narrow import NarrowCleanup
from cmlint.flow.lowering.graph import Site
from cmlint.flow.lowering.handlers import caught_as, raises_again
from cmlint.flow.manager import Manager
from cmlint.flow.reading.events import Raise, Test
from cmlint.flow.reading.scope import Scope
from cmlint.flow.reading.syntax import own_nodes
from cmlint.flow.reading.tree import Tree

_FAILING = re.compile(r"exception|error|fail|raise|success", re.IGNORECASE)
_MARK = re.compile(r"#\s*(?:pragma:|noqa\b|type:\s*ignore|pylint:|nosec\b|pyright:|mypy:|ruff:)", re.IGNORECASE)
_Statement = cst.BaseStatement | cst.BaseSmallStatement


@dataclass(frozen=True)
class _Place:
    """The `try` with handlers at position `at` of `block`."""

    block: cst.IndentedBlock
    at: int
    protection: cst.Try

    @property
    def last(self) -> cst.ExceptHandler:
        return self.protection.handlers[-1]

    @property
    def steps(self) -> Sequence[Sequence[_Statement]]:
        """What each handler does before it raises again."""
        return [handler.body.body[:-1] for handler in self.protection.handlers]

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
    handlers = place.protection.handlers
    if not all(isinstance(handler.body, cst.IndentedBlock) for handler in handlers):
        raise NoRewrite("the handler shares the line of its `except`")
    wanted = releasing([narrow.obligation])
    if all(_raises_again(handler, manager.scope) for handler in handlers) and not place.protection.finalbody:
        shared = _shared(manager.tree, place)
        if shared:
            try:
                return _with_finally(manager, place, shared, wanted)
            except NoRewrite as reason:
                with suppress(NoRewrite):
                    return _with_base_exception(manager, place, wanted)
                raise reason from None
    if not _raises_again(place.last, manager.scope):
        raise NoRewrite("the handler does not raise again, so the exception is part of what it decides")
    return _with_base_exception(manager, place, wanted)


def _protection(manager: Manager, narrow: NarrowCleanup) -> _Place:
    for block, at in reversed(path_to(manager.tree.function.body, narrow.site.statement)):
        statement = block.body[at]
        if isinstance(statement, cst.Try) and statement.handlers:
            return _Place(block, at, statement)
        if isinstance(statement, cst.TryStar):
            raise NoRewrite("`except*` takes some exceptions out of a group: the release in it is for these by intent")
    raise NoRewrite("no `try` with a handler stands around the `yield`")


def _raises_again(handler: cst.ExceptHandler, scope: Scope) -> bool:
    line = handler.body.body[-1] if handler.body.body else None
    last = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    return isinstance(last, cst.Raise) and raises_again(last, caught_as(handler, scope))


def _shared(tree: Tree, place: _Place) -> int:
    """How many statements stand word for word at the end of each handler, before its `raise`, and on the normal way."""
    each = [[_words(tree, statement) for statement in steps] for steps in place.steps]
    normal = [_words(tree, statement) for statement in place.normal]
    for count in range(min(map(len, [*each, normal])), 0, -1):
        shared = normal[-count:] if place.protection.orelse else normal[:count]
        if all(steps[-count:] == shared for steps in each):
            return count
    return 0


def _words(tree: Tree, statement: _Statement) -> str:
    bare = statement.with_changes(leading_lines=()) if isinstance(statement, cst.BaseStatement) else statement
    return tree.code(bare).partition("#")[0].strip()


def _with_finally(manager: Manager, place: _Place, count: int, wanted: Collection[int]) -> Rewrite:
    """What all handlers and the normal path do goes into a `finally`; the handlers stay where one does more."""
    protection, handlers = place.protection, place.protection.handlers
    left = [steps[: len(steps) - count] for steps in place.steps]
    gone = [step for steps in place.steps for step in steps[len(steps) - count :]]
    keeps = any(left)
    in_else = protection.orelse is not None
    shared = place.normal[-count:] if in_else else place.normal[:count]
    behind = place.block.body[place.at + 1 + (0 if in_else else count) :]
    _check_finally(place, shared, gone if keeps else handlers)
    kept = [_only(handler, steps) for handler, steps in zip(handlers, left, strict=True)] if keeps else []
    orelse = _shortened(protection.orelse, count)
    if orelse is not None and not kept:
        raise NoRewrite("without its handler the `try` could not keep its `else`")
    new = protection.with_changes(
        handlers=kept,
        orelse=orelse,
        finalbody=as_finally(list(shared), manager.tree.indent),
    )
    statements = [*place.block.body[: place.at], new, *behind]
    moved = frozenset(_all_sites(manager, [*shared, *gone]))
    of_handlers = [*_all_sites(manager, handlers), *_of_clauses(manager, protection)] if not keeps else []
    dropped = frozenset(site for site in of_handlers if isinstance(site.event, (Raise, Test)))
    doubts = _runs_more_often(manager, shared, wanted)
    title = f"{named(shared, manager.graph.sites, wanted)} in `finally`"
    return Rewrite(
        manager.tree, replaced_block(manager.tree, place.block, statements), moved, dropped, doubts, title=title
    )


def _of_clauses(manager: Manager, protection: cst.Try) -> Iterator[Site]:
    """Where its clauses are asked whether they stop an exception."""
    return (site for site in manager.graph.sites if site.statement is protection)


def _only(handler: cst.ExceptHandler, left: Sequence[_Statement]) -> cst.ExceptHandler:
    """The handler with nothing but `left` and its `raise`."""
    return handler.with_changes(body=handler.body.with_changes(body=[*left, handler.body.body[-1]]))


def _check_finally(place: _Place, shared: Sequence[_Statement], dropped: Sequence[cst.CSTNode]) -> None:
    handlers = place.protection.handlers
    parts = [place.protection.body, *(part for handler in handlers for part in (handler.body, handler.name) if part)]
    bound = {name for part in parts for name in bound_in(part)}
    needed = bound & {name for statement in shared for name in names_in(statement)}
    if needed:
        raise NoRewrite(f"the release needs `{min(needed)}`, which has another value, or none, after other exceptions")
    if any(_says_something(comment) for node in dropped for comment in comments_in(node)):
        raise NoRewrite("comments in the handler would be lost")


def _says_something(comment: str) -> bool:
    """Whether a comment is for people, and not the mark of a tool for the line that goes: `# pragma: no cover`."""
    return _MARK.match(comment) is None


def _runs_more_often(manager: Manager, statements: Sequence[cst.CSTNode], wanted: Collection[int]) -> tuple[str, ...]:
    line = more_than_releases(manager.tree, statements, manager.graph.sites, wanted)
    return () if line is None else (f"line {line} does more than to release, and would run more often",)


def _shortened(orelse: cst.Else | None, count: int) -> cst.Else | None:
    if orelse is None or len(orelse.body.body) == count:
        return None
    return orelse.with_changes(body=orelse.body.with_changes(body=orelse.body.body[:-count]))


def _with_base_exception(manager: Manager, place: _Place, wanted: Collection[int]) -> Rewrite:
    handler = place.last
    if not isinstance(handler.type, cst.Name) or handler.type.value != "Exception":
        raise NoRewrite("the handler is for some exceptions by intent, as far as its clause says")
    for name in ("Exception", "BaseException"):
        if not is_builtin(manager.subject, name):
            raise NoRewrite(f"`{name}` may mean something else here")
    wider = handler.with_changes(type=handler.type.with_changes(value="BaseException"))
    new = place.protection.with_changes(handlers=[*place.protection.handlers[:-1], wider])
    statements = [*place.block.body[: place.at], new, *place.block.body[place.at + 1 :]]
    moved = frozenset(_all_sites(manager, handler.body.body))
    doubts = _runs_more_often(manager, place.steps[-1], wanted)
    text = replaced_block(manager.tree, place.block, statements)
    steps = named(place.steps[-1], manager.graph.sites, wanted)
    title = f"{steps} after every exception: `except BaseException` in place of `except Exception`"
    return Rewrite(manager.tree, text, moved, doubts=doubts, title=title)


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
        meant = ("a comment there speaks of exceptions, so the question may be meant",) if told else ()
        doubts = (*meant, *_kept_on_purpose(manager, inner))
        title = f"{named(inner, manager.graph.sites, wanted)} without the question for the exception"
        return Rewrite(leaving, text, frozenset(_all_sites(manager, inner)), dropped, doubts, title=title)
    raise NoRewrite(
        "the release stands in no `if` that asks for the exception and could be taken away; where `__exit__` returns "
        "early after an exception, move the release in front of that `return`"
    )


def _kept_on_purpose(manager: Manager, inner: Sequence[cst.CSTNode]) -> tuple[str, ...]:
    """What is removed after a success only may be there to look at, or to go on with, after a failure."""
    removed = (site.event.text for site in _all_sites(manager, inner) if not site.grafted and removes(site.event))
    return tuple(f"`{text}` is asked for a success, so what is there may be kept after a failure" for text in removed)


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
