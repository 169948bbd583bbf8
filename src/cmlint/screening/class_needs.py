"""What each rule needs to see in a class before it can find anything: a question about its two methods, for each code.

Each answer approximates from above: "no" is only said where no path of the graph can make the finding. A code without
an entry is never screened out. `tests/test_screen.py` holds the screen against the whole analysis.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from cmlint.screening.bound import Bound, bound_in
from cmlint.screening.fallible import may_fail_in_cleanup, may_fail_in_setup
from cmlint.screening.keeping import may_keep
from cmlint.screening.sketch import Doing, Function, doings, own_nodes, shares_names
from cmlint.screening.steps import (
    breaks,
    fails_behind,
    fails_in_it,
    imports,
    is_helper,
    lets_go_behind,
    may_acquire,
    may_let_go,
    may_release,
    more_than_forgetting,
    never,
    releases_behind,
    says,
    wraps,
)
from cmlint.screening.surroundings import Helper, Surroundings
from cmlint.screening.words import names_in

_PASSED = 3  # what `with` passes to `__exit__`


@dataclass(frozen=True)
class Pair:
    """`__enter__` and `__exit__` of a class, for the questions.

    sure: what only has low confidence is not asked for. CML106 has no other where `__enter__` acquires nothing and
    `__exit__` does not close the object.
    """

    enter: Function
    leave: Function
    text: str
    names: frozenset[str]
    around: Surroundings
    sure: bool

    @cached_property
    def acquires(self) -> bool:
        """Whether anything may be held when the body begins."""
        return not self.sure or any(map(may_acquire, self.entering))

    @cached_property
    def bound(self) -> Bound:
        """What either of the two binds: the graph has one scope for both."""
        return bound_in(self.enter, self.leave)

    def may_fail_in_setup(self, doing: Doing) -> bool:
        """Whether a step of `__enter__` can fail in operation."""
        risky = not self.names.isdisjoint(self.around.risky)
        return may_fail_in_setup(doing, self.bound, self.around, risky=risky)

    def may_fail_in_cleanup(self, doing: Doing) -> bool:
        """Whether a step of `__exit__` can."""
        return may_fail_in_cleanup(doing, self.bound, self.around)

    @cached_property
    def entering(self) -> list[Doing]:
        """What `__enter__` does."""
        return doings(self.enter.body, shared=shares_names(self.enter))

    @cached_property
    def leaving(self) -> list[Doing]:
        """What `__exit__` does."""
        return doings(self.leave.body, shared=shares_names(self.leave))


def _returns_true(it: Pair) -> bool:
    """CML301: `__exit__` returns something that may be true."""
    return any(isinstance(node, ast.Return) and not _is_harmless(node.value) for node in own_nodes(it.leave.body))


def _asks_which(it: Pair) -> bool:
    """CML106: `__exit__`, or a function of the file that it calls, asks about the exception."""
    if not it.acquires and not any(may_let_go(doing, it.around, it.bound) for doing in it.leaving):
        return False
    arguments = it.leave.args
    told = {argument.arg for argument in [*arguments.posonlyargs, *arguments.args][1 : 1 + _PASSED]}
    nodes = list(own_nodes(it.leave.body))
    ends = any(getattr(node, "finalbody", None) for node in nodes)  # then what is returned decides as a condition does
    asked: list[ast.AST] = []
    for node in nodes:
        if isinstance(node, (ast.If, ast.IfExp, ast.While, ast.Assert)):
            asked.append(node.test)
        elif isinstance(node, ast.Call):
            asked += [node] if is_helper(Doing(node, 0), it.around) else []
        elif isinstance(node, ast.Return):
            asked += [node.value] if ends and node.value is not None else []
        elif isinstance(node, (ast.BoolOp, ast.comprehension)) or type(node).__name__ == "Match":
            asked.append(node)
    return any(not told.isdisjoint(_words_in(node)) for node in asked)


def _words_in(node: ast.AST) -> set[str]:
    """The names in an expression, and the words of its strings: to be asked for by name, a text is searched."""
    found: set[str] = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            found.add(each.id)
        elif isinstance(each, ast.Constant) and isinstance(each.value, str):
            found.update(names_in(each.value))
    return found


def _is_harmless(value: ast.expr | None) -> bool:
    """Whether what is returned is false, or the answer of a call: that may be either."""
    false = isinstance(value, ast.Constant) and not value.value
    return value is None or false or isinstance(value, (ast.Call, ast.Await))


def setup_fails(it: Pair, constructors: Iterable[Helper | None]) -> bool:
    """CML104: a step of `__enter__` or of one of the constructors can fail; None is one that can't be read.

    Something is released on leaving, or a known resource is made that may be a local yet (`flow.losses.stowed`).
    """
    constructing = list(constructors)
    made_in = it.around.text if constructing else it.text
    if not any(map(may_release, it.leaving)) and not it.around.may_keep(made_in):
        return False
    if imports(it.enter) or fails_behind(it.entering, it.may_fail_in_setup, it.around):
        return True
    if it.around.may_keep(it.text) and wraps(it.entering, it.may_fail_in_setup):
        return True
    fails = any(map(it.may_fail_in_setup, it.entering))
    return any(made is None or fails or fails_in_it(made) for made in constructing)


def _setup_fails(it: Pair) -> bool:
    return setup_fails(it, it.around.constructors)


def _chain_breaks(it: Pair) -> bool:
    """CML105: a step of `__exit__` can fail with a release behind it.

    Where `__enter__` does nothing, only what others acquired can be released.
    """
    if any(not says(doing) for doing in it.entering):
        releasing = more_than_forgetting(filter(may_release, it.leaving), it.leaving)
        return breaks(it.leaving, releasing, it.may_fail_in_cleanup, it.around, releases_behind)
    releasing = [doing for doing in it.leaving if may_let_go(doing, it.around, it.bound)]
    return breaks(it.leaving, releasing, it.may_fail_in_cleanup, it.around, lets_go_behind)


def _keeps(it: Pair) -> bool:
    return may_keep([it.enter, it.leave], it.text, it.around)


def _waits(it: Pair) -> bool:
    return it.around.may_keep(it.text)


def _cant_be_called(it: Pair) -> bool:
    """CML302: `__exit__` may not take what `with` passes."""
    arguments = it.leave.args
    plain = [*arguments.posonlyargs, *arguments.args]
    required = any(default is None for default in arguments.kw_defaults)
    if it.leave.decorator_list or required:
        return True
    least = len(plain) - len(arguments.defaults) - 1
    return not (0 <= least <= _PASSED and (arguments.vararg is not None or len(plain) - 1 >= _PASSED))


PAIR_NEEDS: Mapping[str, Callable[[Pair], bool]] = {
    "CML101": never,
    "CML102": never,
    "CML103": never,
    "CML104": _setup_fails,
    "CML105": _chain_breaks,
    "CML106": _asks_which,
    "CML107": _keeps,
    "CML108": _waits,
    "CML201": never,
    "CML202": never,
    "CML203": never,
    "CML204": never,
    "CML205": never,
    "CML301": _returns_true,
    "CML302": _cant_be_called,
}
