"""What a step of a manager may do, told from its `ast`: acquire, release, fail, or be several steps.

Each answer approximates from above: "no" is only said where the graph of the analysis can have no such event.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from cmlint.screening.bound import Bound, chain_of
from cmlint.screening.failing import RUNNING
from cmlint.screening.fallible import fails_in_cleanup, fails_in_setup
from cmlint.screening.sketch import Doing
from cmlint.screening.surroundings import Helper, Surroundings

_SAYING = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print"})

_FINISHING = frozenset({"finalize"})  # an object's own method, see flow.closing_itself
_NO_EVENT = (ast.Raise, ast.Assert, ast.Import)  # that acquires or releases
_LEAVING = frozenset({"__exit__", "__aexit__"})
_ENDS = frozenset({"finish", "end", "exit", "close_all", "stop_all"})


def says(doing: Doing) -> bool:
    """Whether a step only writes a message."""
    names = chain_of(doing.node.func) if isinstance(doing.node, ast.Call) else []
    return bool(names) and names[-1] in _SAYING


def may_release(doing: Doing) -> bool:
    """Whether a step of a clean-up may release something."""
    return not (doing.local or isinstance(doing.node, (*_NO_EVENT, ast.AsyncWith)) or says(doing))


def may_acquire(doing: Doing) -> bool:
    """Whether a step may acquire something."""
    return not (doing.local or isinstance(doing.node, _NO_EVENT) or says(doing))


def is_helper(doing: Doing, around: Surroundings) -> bool:
    """Whether the step may be several: it calls a function of the file, or hands one over."""
    return isinstance(doing.node, ast.Call) and (_hands_over(doing.node) or around.helper_of(doing.node) is not None)


def _hands_over(call: ast.Call) -> bool:
    chain = chain_of(call.func)
    return bool(chain) and chain[-1].strip("_").startswith(RUNNING)


def imports(function: ast.AST) -> bool:
    """Whether a whole package is imported there, which may not be installed."""
    return any(isinstance(node, ast.Import) for node in ast.walk(function))


def fails_behind(setup: list[Doing], may_fail: Callable[[Doing], bool], around: Surroundings) -> bool:
    """Whether a step can fail behind one that may acquire."""
    first = min((doing.statement for doing in setup if may_acquire(doing)), default=None)
    if first is None:
        return False
    number = Counter(doing.statement for doing in setup)
    return any(
        may_fail(doing)
        for doing in setup
        if doing.statement > first
        or doing.looped
        or (is_helper(doing, around) and (number[doing.statement] > 1 or _does_inside(doing, around, fails_in_it)))
    )


def wraps(setup: list[Doing], may_fail: Callable[[Doing], bool]) -> bool:
    """Whether a call that can fail is given what another call makes among its arguments (`flow.losses.wrapped`)."""
    calls = (doing for doing in setup if isinstance(doing.node, ast.Call))
    return any(may_fail(doing) for doing in calls if _is_given_a_call(doing.node))


def _is_given_a_call(call: ast.AST) -> bool:
    given = [*call.args, *(keyword.value for keyword in call.keywords)] if isinstance(call, ast.Call) else []
    return any(isinstance(one.value if isinstance(one, ast.Await) else one, ast.Call) for one in given)


def breaks(
    cleanup: list[Doing],
    releasing: list[Doing],
    may_fail: Callable[[Doing], bool],
    around: Surroundings,
    inside: Callable[[Helper], bool],
) -> bool:
    """Whether a step of a clean-up can fail that one of the `releasing` stands behind, or one `inside` of a helper.

    A `finally` further out runs all the same; what stands in the same statement may be run in any order.
    """
    last: dict[int, int] = {}
    for doing in releasing:
        last[doing.block] = max(last.get(doing.block, 0), doing.statement)
    number = Counter((doing.block, doing.statement) for doing in cleanup)
    return any(
        may_fail(doing)
        for doing in cleanup
        if last.get(doing.block, -1) > doing.statement
        or (last.get(doing.block) == doing.statement and number[doing.block, doing.statement] > 1)
        or doing.looped
        or (is_helper(doing, around) and _does_inside(doing, around, inside))
    )


def more_than_forgetting(releasing: Iterable[Doing], behind: Iterable[Doing]) -> list[Doing]:
    """Those that do more than to forget a reference, which alone is no loss; `behind` is all that follows the yield.

    A place that is also set to something else there is one that is put back.
    """
    steps = list(behind)
    if any(isinstance(each.node, ast.Call) and chain_of(each.node.func)[-1:] == ["setattr"] for each in steps):
        return list(releasing)
    kept = {name for each in steps if not _forgets(each.node) for name in _places(each.node)}
    return [each for each in releasing if not _forgets(each.node) or not kept.isdisjoint(_places(each.node))]


def _forgets(node: ast.AST) -> bool:
    """Whether a step deletes something, or sets it to nothing."""
    if isinstance(node, ast.Assign):
        value = node.value
        empty = isinstance(value, (ast.List, ast.Tuple)) and not value.elts
        return empty or (isinstance(value, ast.Constant) and value.value in (None, ""))
    return isinstance(node, ast.Delete)


def _places(node: ast.AST) -> Iterator[str]:
    """The last names of the places that a step stores in or deletes."""
    targets: list[ast.expr | None] = [*getattr(node, "targets", ()), getattr(node, "target", None)]
    while targets:
        target = targets.pop()
        if isinstance(target, (ast.Tuple, ast.List)):
            targets += target.elts
        elif isinstance(target, (ast.Subscript, ast.Starred)):
            targets.append(target.value)
        elif isinstance(target, (ast.Attribute, ast.Name)):
            yield target.attr if isinstance(target, ast.Attribute) else target.id


def may_let_go(doing: Doing, around: Surroundings, bound: Bound) -> bool:
    """Whether a step may release what somebody else acquired (see `flow.obligations.caretaker`)."""
    if not isinstance(doing.node, ast.Call):
        return False
    function, given = doing.node.func, doing.node.args
    if chain_of(function)[-1:] and chain_of(function)[-1] in around.removing:
        return True
    if isinstance(function, ast.Name):
        return function.id in bound.names or function.id.strip("_").startswith(RUNNING)
    if not isinstance(function, ast.Attribute) or function.attr.strip("_").startswith(RUNNING):
        return True
    bare = not any(not isinstance(argument, ast.Starred) for argument in given)
    return function.attr in _LEAVING or (bare and (function.attr in _ENDS or _disposes(function.attr, around)))


def _disposes(method: str, around: Surroundings) -> bool:
    bare = method.lstrip("_")
    return bare in _FINISHING or around.disposes(method) or around.disposes(bare)


def _does_inside(doing: Doing, around: Surroundings, question: Callable[[Helper], bool]) -> bool:
    """Whether a call of a function of the file does it all by itself; what is handed over may be any function."""
    assert isinstance(doing.node, ast.Call)
    name = around.helper_of(doing.node)
    return _hands_over(doing.node) or (name is not None and around.of_helper(name, question))


def fails_in_it(helper: Helper) -> bool:
    """Whether a step of it can fail with or behind another one that may acquire."""
    acquires = [doing for doing in helper.steps if may_acquire(doing)]
    return any(
        doing.looped or any(other is not doing and other.statement <= doing.statement for other in acquires)
        for doing in helper.steps
        if fails_in_setup(helper, doing)
    )


def releases_behind(helper: Helper) -> bool:
    """Whether a step of it can fail with or before another one that may release."""
    return _breaks_in(helper, [doing for doing in helper.steps if may_release(doing)])


def lets_go_behind(helper: Helper) -> bool:
    """The same for what somebody else acquired."""
    return _breaks_in(helper, [each for each in helper.steps if may_let_go(each, helper.around, helper.bound)])


def _breaks_in(helper: Helper, releases: list[Doing]) -> bool:
    return any(
        doing.looped or any(other is not doing and other.statement >= doing.statement for other in releases)
        for doing in helper.steps
        if fails_in_cleanup(helper, doing)
    )


def never(_: object) -> bool:
    """What a rule needs to see that finds nothing in this kind of manager."""
    return False
