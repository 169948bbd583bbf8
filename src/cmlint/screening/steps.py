"""What a step of a manager may do, told from its `ast`: acquire, release, fail, or be several steps.

Each answer approximates from above: "no" is only said where the graph of the analysis can have no such event.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable

from cmlint.screening.sketch import Doing
from cmlint.screening.surroundings import RUNNING, Surroundings, chain_of

_SAYING = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print"})


def says(doing: Doing) -> bool:
    """Whether a step only writes a message."""
    names = chain_of(doing.node.func) if isinstance(doing.node, ast.Call) else []
    return bool(names) and names[-1] in _SAYING


def may_release(doing: Doing) -> bool:
    """Whether a step of a clean-up may release something."""
    return not (doing.local or isinstance(doing.node, (ast.Raise, ast.Assert, ast.AsyncWith)) or says(doing))


def may_acquire(doing: Doing) -> bool:
    """Whether a step may acquire something."""
    return not (doing.local or isinstance(doing.node, (ast.Raise, ast.Assert)) or says(doing))


def is_helper(doing: Doing, around: Surroundings) -> bool:
    """Whether the step may be several: it calls a function of the file, or hands one over."""
    chain = chain_of(doing.node.func) if isinstance(doing.node, ast.Call) else []
    return bool(chain) and (chain[-1] in around.words.defined or chain[-1].strip("_").startswith(RUNNING))


def imports(function: ast.AST) -> bool:
    """Whether a whole package is imported there, which may not be installed."""
    return any(isinstance(node, ast.Import) for node in ast.walk(function))


def fails_behind(setup: list[Doing], may_fail: Callable[[Doing], bool], around: Surroundings) -> bool:
    """Whether a step can fail behind one that may acquire."""
    first = min((doing.statement for doing in setup if may_acquire(doing)), default=None)
    return first is not None and any(
        (doing.statement > first or doing.looped or is_helper(doing, around)) and may_fail(doing) for doing in setup
    )


def breaks(cleanup: list[Doing], may_fail: Callable[[Doing], bool], around: Surroundings) -> bool:
    """Whether a step can fail that another one stands behind.

    A `finally` further out runs all the same; what stands in the same statement may be run in any order.
    """
    last: dict[int, int] = {}
    for doing in filter(may_release, cleanup):
        last[doing.block] = max(last.get(doing.block, 0), doing.statement)
    number = Counter((doing.block, doing.statement) for doing in cleanup)
    return any(
        may_fail(doing)
        for doing in cleanup
        if is_helper(doing, around)
        or last.get(doing.block, -1) > doing.statement
        or (last.get(doing.block) == doing.statement and number[doing.block, doing.statement] > 1)
        or doing.looped
    )


def never(_: object) -> bool:
    """What a rule needs to see that finds nothing in this kind of manager."""
    return False
