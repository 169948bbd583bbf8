"""Where statements stand: the blocks around one of them, and what a statement binds and reads.

Positions in a block are 0-based. Names are told by the order of the source, not by paths.
"""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from cmlint.flow.lowering.graph import Site
from cmlint.flow.reading.bindings import Bindings
from cmlint.flow.reading.events import Store
from cmlint.flow.reading.syntax import children, everything, own_nodes, told_of
from cmlint.flow.reading.tree import Tree

_NESTING = (cst.Try, cst.TryStar, cst.With, cst.For, cst.While)
Path = list[tuple[cst.IndentedBlock, int]]


def path_to(body: cst.BaseSuite, target: cst.CSTNode) -> Path:
    """The blocks around `target`, outermost first, with the position of the statement that holds it."""
    if not isinstance(body, cst.IndentedBlock):
        return []
    for index, statement in enumerate(body.body):
        if statement is target:
            return [(body, index)]
        inside = list(own_nodes(statement))
        if not any(node is target for node in inside):
            continue  # else each block would be searched once for every block around it, and that for every other
        for node in inside:
            if isinstance(node, cst.IndentedBlock):
                deeper = path_to(node, target)
                if deeper:
                    return [(body, index), *deeper]
        return [(body, index)]  # behind a colon, or in the header of a compound statement
    return []


def deepest(node: cst.CSTNode) -> int:
    """How many `try`, `with` and loops stand in each other at most: CPython compiles no more than 20."""
    most, waiting = 0, [(node, 0)]
    while waiting:
        each, depth = waiting.pop()
        depth += isinstance(each, _NESTING)
        most = max(most, depth)
        waiting.extend((inner, depth) for inner in children(each))
    return most


def innermost_common(one: Path, other: Path) -> tuple[cst.IndentedBlock, int, int] | None:
    """The innermost block that holds both, and the positions of the two statements in it."""
    common = None
    for (block, first), (other_block, second) in zip(one, other, strict=False):
        if block is not other_block:
            break
        common = (block, first, second)
    return common


def bound_in(statement: cst.CSTNode) -> set[str]:
    """The names that a statement binds, imports and patterns included."""
    bindings = Bindings()
    bindings.visit(statement)
    return {*bindings.bound, *bindings.imported} - bindings.declared


def names_in(statement: cst.CSTNode) -> set[str]:
    """All names that stand in a statement, without the insides of nested functions."""
    return {node.value for node in own_nodes(statement) if isinstance(node, cst.Name)}


def all_names_in(node: cst.CSTNode) -> set[str]:
    """All names that stand in a statement, nested functions and lambdas included: they may use a local of it."""
    found: set[str] = set()
    waiting = [node]  # no recursion: a function may be nested deeper than Python's stack allows
    while waiting:
        each = waiting.pop()
        if isinstance(each, cst.Name):
            found.add(each.value)
        waiting.extend(children(each))
    return found


def exception_parameters(leaving: Tree) -> frozenset[str]:
    """The parameters of an `__exit__` that tell of the exception of the body, `*args` among them."""
    rest = leaving.function.params.star_arg
    return told_of(leaving.function) | ({rest.name.value} if isinstance(rest, cst.Param) else set())


def bound_above(line: int, sites: Iterable[Site]) -> set[str]:
    """The names that are bound before `line` (1-based), as far as the order of the source tells."""
    return {site.event.target for site in sites if site.span.line < line and isinstance(site.event, Store)}


def comments_in(node: cst.CSTNode) -> list[str]:
    """The comments in and above the node."""
    return [each.value for each in everything(node) if isinstance(each, cst.Comment)]


def fallbacks_in(statement: cst.CSTNode) -> set[int]:
    """What stands in the handlers of a statement, by identity: it runs only where a step of the clean-up failed."""
    handlers = (node for node in own_nodes(statement) if isinstance(node, (cst.ExceptHandler, cst.ExceptStarHandler)))
    return {id(inner) for handler in handlers for inner in own_nodes(handler)}


def sites_in(statement: cst.CSTNode, sites: Iterable[Site]) -> list[Site]:
    """The sites that belong to a statement or to one inside it."""
    inside = {id(statement), *(id(node) for node in own_nodes(statement))}
    return [site for site in sites if id(site.statement) in inside]
