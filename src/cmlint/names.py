"""Expression -> canonical dotted name, through imports and aliases.

`Process` after `from multiprocessing import Process` is `multiprocessing.Process`; what a call returns is
written with `()`, so `Process(target=f).start` is `multiprocessing.Process().start`. May miss a name (then the
answer is None); never invents one.
"""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

Lookup = Callable[[str], str | None]


def dotted_name(expression: cst.BaseExpression, lookup: Lookup) -> str | None:
    """The canonical name of `expression`, or None when it is not a chain of names, attributes and calls.

    `lookup` says what a bare name stands for; None means that it has no name the caller could know.
    """
    if isinstance(expression, cst.Name):
        return lookup(expression.value)
    if isinstance(expression, cst.Attribute):
        base = dotted_name(expression.value, lookup)
        return f"{base}.{expression.attr.value}" if base is not None else None
    if isinstance(expression, cst.Call):
        base = dotted_name(expression.func, lookup)
        return f"{base}()" if base is not None else None
    if isinstance(expression, cst.Await):
        return dotted_name(expression.expression, lookup)
    return None
