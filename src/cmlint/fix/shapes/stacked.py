"""Three releases and more, one `try` inside the other, become callbacks of an `ExitStack`.

a = connect(); try: b = connect(); try: ...; finally: b.close(); finally: a.close()
->   with ExitStack() as stack: a = connect(); stack.callback(a.close); b = connect(); stack.callback(b.close); ...

A callback that is pushed right behind its acquisition is a `try` with this release around all that follows: run in the
turned order, whatever raises, and the exception goes on. So the certificate of the nested form holds for it. A callback
keeps what it was pushed with; only calls are taken whose function and arguments can't be another thing by then.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from cmlint.findings import Edit
from cmlint.fix.places.blocks import all_names_in, bound_in, comments_in, names_in, path_to
from cmlint.fix.places.importing import Imported, imported
from cmlint.fix.places.rewrite import Rewrite
from cmlint.fix.shapes.wrap import lines_above, replaced_block
from cmlint.flow.manager import Manager
from cmlint.flow.reading.events import Yield
from cmlint.flow.reading.syntax import everything
from cmlint.flow.reading.tree import Tree

_Statement = cst.BaseStatement | cst.BaseSmallStatement
_NESTED = 2  # so many `try` read well one inside the other
_NAMES = ("stack", "exit_stack", "clean_ups")


@dataclass(frozen=True)
class Stacked:
    """The rewriting with an ExitStack, and the edit of the import that it needs, if it needs one."""

    rewrite: Rewrite
    importing: Edit | None


@dataclass(frozen=True)
class _Chain:
    """The `try` statements around the yield, outermost first; the first one stands at `at` of `block`."""

    block: cst.IndentedBlock
    at: int
    tries: Sequence[cst.Try]


def stacked(before: Manager, after: Manager) -> Stacked | None:
    """`after` with an ExitStack, where the repair of `before` nests deeper than reads well; None elsewhere."""
    chain, tree = _chain(after), after.tree
    if after.exit_tree is not None or chain is None or len(chain.tries) <= max(_NESTED, _depth(before)):
        return None
    releases = [_release(after, one) for one in chain.tries]
    awaited = any(release is not None and release.awaited for release in releases)
    name = next((name for name in _NAMES if not _is_taken(after, name)), None)
    if name is None or not all(releases):
        return None
    known = imported(after.subject, "AsyncExitStack" if awaited else "ExitStack")
    if known is None:
        return None
    pushes = [release.pushed(name) for release in releases if release is not None]
    new = _with(chain, pushes, known, name, awaited=awaited, indent=tree.indent)
    first = chain.at - len(_acquiring(chain))
    statements = [*chain.block.body[:first], new, *chain.block.body[chain.at + 1 :]]
    old = [comment for statement in chain.block.body[first : chain.at + 1] for comment in comments_in(statement)]
    if sorted(comments_in(new)) != sorted(old):
        return None  # one of them stands where the new form has no place for it
    return Stacked(Rewrite(tree, replaced_block(tree, chain.block, statements), frozenset()), known.edit)


def _depth(manager: Manager) -> int:
    chain = _chain(manager)
    return len(chain.tries) if chain is not None else 0


def _chain(manager: Manager) -> _Chain | None:
    yields = [site for site in manager.graph.sites if isinstance(site.event, Yield)]
    if len(yields) != 1:
        return None
    path = path_to(manager.tree.function.body, yields[0].statement)
    for start, (block, at) in enumerate(path):
        tries = list(_nested(path[start:]))
        if tries:
            return _Chain(block, at, tries)
    return None


def _nested(path: Sequence[tuple[cst.IndentedBlock, int]]) -> Iterator[cst.Try]:
    """The `try` at the start of the path, and those that are the last statement of the one around them."""
    for number, (block, at) in enumerate(path):
        statement = block.body[at]
        bare = isinstance(statement, cst.Try) and not statement.handlers and statement.orelse is None
        if not bare or (number and at != len(block.body) - 1):
            return
        assert isinstance(statement, cst.Try)
        yield statement


@dataclass(frozen=True)
class _Release:
    line: cst.SimpleStatementLine
    call: cst.Call
    awaited: bool

    def pushed(self, stack: str) -> cst.SimpleStatementLine:
        """The line that pushes the call instead of making it."""
        method = cst.Attribute(cst.Name(stack), cst.Name("push_async_callback" if self.awaited else "callback"))
        function = cst.Arg(self.call.func, comma=cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")))
        args = [function, *self.call.args] if self.call.args else [cst.Arg(self.call.func)]
        lines = [line for line in self.line.leading_lines if line.comment is not None]
        return self.line.with_changes(body=[cst.Expr(cst.Call(method, args))], leading_lines=lines)


def _release(manager: Manager, protection: cst.Try) -> _Release | None:
    """The one call in the `finally`, when it may be given away as it is."""
    final = protection.finalbody
    lines = final.body.body if final is not None else []
    line = lines[0] if len(lines) == 1 else None
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1 or not isinstance(line.body[0], cst.Expr):
        return None
    value = line.body[0].value
    call = value.expression if isinstance(value, cst.Await) else value
    if not isinstance(call, cst.Call) or not _is_fixed(manager, call, bound_in(protection.body)):
        return None
    return _Release(line, call, isinstance(value, cst.Await))


def _is_fixed(manager: Manager, call: cst.Call, later: set[str]) -> bool:
    """Whether function and arguments are what they are now when the call is made: nothing binds them anew."""
    given = [argument.value for argument in call.args]
    plain = all(isinstance(value, (cst.Name, cst.SimpleString, cst.Integer)) for value in given)
    if not plain or any(argument.star for argument in call.args):
        return False
    names = {name for value in given for name in names_in(value)} | _names(call.func)
    if not names or names & (later | manager.scope.declared | _bound_inside(manager.tree)):
        return False
    if not all(_is_told(manager, name) for name in names):
        return False
    owner = call.func.value if isinstance(call.func, cst.Attribute) else None
    if owner is None or isinstance(owner, cst.Name):
        return True
    return all(not _is_own(manager, name) for name in _names(owner))  # `os.path.x`, not `self.connection.close`


def _is_own(manager: Manager, name: str) -> bool:
    return name in manager.scope.parameters or manager.scope.is_local(name)


def _is_told(manager: Manager, name: str) -> bool:
    """Whether a name is the function's own, a builtin, or imported: what a module keeps in a variable may change."""
    return _is_own(manager, name) or name in manager.subject.visible or hasattr(builtins, name)


def _bound_inside(tree: Tree) -> set[str]:
    """The names that a nested function may bind anew."""
    found = everything(tree.function)
    return {item.name.value for node in found if isinstance(node, cst.Nonlocal) for item in node.names}


def _names(function: cst.BaseExpression) -> set[str]:
    while isinstance(function, cst.Attribute):
        function = function.value
    return {function.value} if isinstance(function, cst.Name) else set()


def _is_taken(manager: Manager, name: str) -> bool:
    """Whether a name occurs anywhere in the function, in what is nested in it too, or means something around it."""
    return name in all_names_in(manager.tree.function) or name in manager.subject.visible


def _acquiring(chain: _Chain) -> Sequence[_Statement]:
    """The statement right before the chain, when it binds what the outermost `try` releases."""
    before = chain.block.body[chain.at - 1] if chain.at else None
    final = chain.tries[0].finalbody
    if not isinstance(before, cst.SimpleStatementLine) or final is None:
        return []
    used = names_in(final)
    return [before] if used & (bound_in(before) or names_in(before)) else []


def _with(
    chain: _Chain, pushes: Sequence[cst.SimpleStatementLine], known: Imported, name: str, *, awaited: bool, indent: str
) -> cst.With:
    steps: list[_Statement] = [*_acquiring(chain)]
    above: list[cst.EmptyLine] = []  # what stands above a `try` stays above what follows its release
    for number, (protection, push) in enumerate(zip(chain.tries, pushes, strict=True)):
        steps.append(push)
        above += protection.leading_lines
        inner: list[_Statement] = [*protection.body.body]
        moved = inner if number == len(pushes) - 1 else inner[:-1]
        if moved:
            lines = [*above, *getattr(moved[0], "leading_lines", ())]
            moved[0] = moved[0].with_changes(leading_lines=lines)
            above = []
        steps += moved
    lines, first = lines_above(steps[0])
    body = cst.IndentedBlock([s for s in (first, *steps[1:]) if isinstance(s, cst.BaseStatement)], indent=indent)
    item = cst.WithItem(cst.Call(cst.parse_expression(known.name)), cst.AsName(cst.Name(name)))
    asynchronous = cst.Asynchronous() if awaited else None
    return cst.With([item], body, asynchronous=asynchronous, leading_lines=lines)
