"""CML108: a bound for a join that may wait for ever, and a kill for the process that is still alive then.

worker.join()   ->   worker.join(timeout=10)
                     if worker.is_alive():
                         worker.kill()
                         worker.join()

Only ever shown: which bound is right, and whether a kill is, no analysis can tell.
"""

from __future__ import annotations

import libcst as cst

from cmlint.fix.places.blocks import Path, path_to
from cmlint.fix.places.rewrite import NoRewrite, Rewrite
from cmlint.fix.shapes.wrap import replaced_block
from cmlint.flow.losses.waits import EndlessWait
from cmlint.flow.manager import Manager
from cmlint.flow.reading.tree import Tree

_SECONDS = 10
_KILLED = frozenset({"multiprocessing.Process"})
_BOUNDED = _KILLED | {"threading.Thread"}


def bounded(manager: Manager, endless: EndlessWait) -> Rewrite:
    """The join with a bound; a process is killed when it is still alive then. Raises NoRewrite."""
    if endless.resource.type not in _BOUNDED:
        raise NoRewrite("how it is told to end is not in the code; tell it before the wait")
    tree = next((tree for tree in (manager.tree, manager.exit_tree) if tree and _path(tree, endless)), None)
    line = endless.wait.statement
    if tree is None or not isinstance(line, cst.SimpleStatementLine) or not _is_alone(line):
        raise NoRewrite("the wait is no statement of its own; tell the other side to end before it")
    block, at = _path(tree, endless)[-1]
    indent = block.indent if block.indent is not None else tree.indent
    new: list[cst.BaseStatement | cst.BaseSmallStatement] = [_with_bound(line)]
    if endless.resource.type in _KILLED:
        new.append(_kill(endless.held, indent))
    statements = [*block.body[:at], *new, *block.body[at + 1 :]]
    return Rewrite(tree, replaced_block(tree, block, statements), frozenset())


def _path(tree: Tree, endless: EndlessWait) -> Path:
    return path_to(tree.function.body, endless.wait.statement)


def _is_alone(line: cst.SimpleStatementLine) -> bool:
    only = line.body[0] if len(line.body) == 1 else None
    return isinstance(only, cst.Expr) and isinstance(only.value, cst.Call) and not only.value.args


def _with_bound(line: cst.SimpleStatementLine) -> cst.SimpleStatementLine:
    expression = line.body[0]
    assert isinstance(expression, cst.Expr) and isinstance(expression.value, cst.Call)
    bound = cst.Arg(
        cst.Integer(str(_SECONDS)),
        keyword=cst.Name("timeout"),
        equal=cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace("")),
    )
    return line.with_changes(body=[expression.with_changes(value=expression.value.with_changes(args=[bound]))])


def _kill(held: str, indent: str) -> cst.If:
    steps = [cst.SimpleStatementLine([cst.Expr(cst.parse_expression(f"{held}.{step}()"))]) for step in ("kill", "join")]
    return cst.If(cst.parse_expression(f"{held}.is_alive()"), cst.IndentedBlock(steps, indent=indent))
