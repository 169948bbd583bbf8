"""Statements that semicolons join get a line each, so that a `try` can begin and end between them.

Only lines on which what is lost is acquired or released, or the yield stands; and only where no repair is right with
the lines as they are. The order of the statements stays, so both sources have the same graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import libcst as cst

from cmlint.fix.places.rewrite import Rewrite
from cmlint.fix.shapes.wrap import replaced_lines
from cmlint.flow.manager import Manager
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Yield
from cmlint.flow.reading.tree import Tree


def set_apart(manager: Manager, lost: Sequence[Obligation]) -> Iterator[Rewrite]:
    """The steps that end the joined lines with what is `lost`: one for each function that has any."""
    sites = [site for one in lost for site in (*one.acquires, *one.releases, *one.companions)]
    sites += [site for site in manager.graph.sites if isinstance(site.event, Yield)]
    for tree in manager.trees:
        lines = _joined(tree, {id(site.statement) for site in sites})
        if lines:
            yield Rewrite(tree, replaced_lines(tree, {line: _each(line) for line in lines}), frozenset())


def _joined(tree: Tree, wanted: set[int]) -> list[cst.SimpleStatementLine]:
    return [line for line in _lines(tree.function.body) if id(line) in wanted and len(line.body) > 1]


def _lines(node: cst.CSTNode) -> Iterable[cst.SimpleStatementLine]:
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, cst.SimpleStatementLine):
            yield each
        else:
            waiting.extend(each.children)


def _each(line: cst.SimpleStatementLine) -> list[cst.SimpleStatementLine]:
    """A line for each statement; what stands above stays above, and the comment at the end goes with the last."""
    parts = [small.with_changes(semicolon=cst.MaybeSentinel.DEFAULT) for small in line.body]
    first = line.with_changes(body=parts[:1], trailing_whitespace=cst.TrailingWhitespace())
    middle = [cst.SimpleStatementLine([part]) for part in parts[1:-1]]
    return [first, *middle, line.with_changes(body=parts[-1:], leading_lines=[])]
