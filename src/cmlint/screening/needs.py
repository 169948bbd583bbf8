"""What each rule needs to see before it can find anything: a question about a sketch, for each code.

Each answer approximates from above: "no" is only said where no path of the graph can make the finding. A code without
an entry is never screened out. The words come from the knowledge base; a call of a function of the same file may do
anything that a call can do. `tests/test_screen.py` holds the screen against the whole analysis.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from cmlint.knowledge.entries import Making, Protocol
from cmlint.screening.keeping import may_keep
from cmlint.screening.sketch import Doing, Function, Sketch, doings, own_nodes, shares_names
from cmlint.screening.surroundings import RUNNING, Surroundings, chain_of, handed_in, may_fail
from cmlint.screening.words import names_in

_SAYING = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print"})
_PASSED = 3  # what `with` passes to `__exit__`


@dataclass(frozen=True)
class Generator:
    """A generator function under a protocol, for the questions."""

    sketch: Sketch
    text: str
    names: frozenset[str]
    protocol: Protocol
    around: Surroundings

    @cached_property
    def risky(self) -> bool:
        """Whether it names a module whose functions can fail: what comes from it may have any name."""
        return not self.names.isdisjoint(self.around.risky)

    @cached_property
    def callbacks(self) -> frozenset[str]:
        """The names that are handed in or taken from a loop: a call of one can fail."""
        return handed_in(self.sketch.function)

    def may_fail(self, doing: Doing) -> bool:
        """Whether a step can fail in operation."""
        return may_fail(doing, self.callbacks, self.around, risky=self.risky)


@dataclass(frozen=True)
class Pair:
    """`__enter__` and `__exit__` of a class, for the questions.

    sure: what only has low confidence is not asked for. CML106 has no other where `__enter__` acquires nothing.
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
        return not self.sure or any(map(_may_acquire, self.steps(self.enter)))

    @cached_property
    def callbacks(self) -> frozenset[str]:
        """The names that are handed in to either or taken from a loop: the graph has one scope for both."""
        return handed_in(self.enter) | handed_in(self.leave)

    def may_fail(self, doing: Doing) -> bool:
        """Whether a step of one of the two can fail in operation."""
        risky = not self.names.isdisjoint(self.around.risky)
        return may_fail(doing, self.callbacks, self.around, risky=risky)

    def steps(self, function: Function) -> list[Doing]:
        """What one of the two does."""
        return doings(function.body, shared=shares_names(function))


def _says(doing: Doing) -> bool:
    """Whether a step only writes a message."""
    names = chain_of(doing.node.func) if isinstance(doing.node, ast.Call) else []
    return bool(names) and names[-1] in _SAYING


def _loses(it: Generator) -> bool:
    """CML101 to CML103, CML106: something stands behind the yield that an exception skips."""
    return any(not _says(doing) for doing in it.sketch.after)


def _setup_fails(it: Generator) -> bool:
    """CML104: something can fail behind another step of the setup, and something is cleaned up that this skips."""
    releases = [doing for doing in it.sketch.cleanup if _may_release(doing)]
    if _loses(it):
        return _fails_behind(it.sketch.setup, it.may_fail, it.around)
    helped = {doing.block for doing in releases if _is_helper(doing, it.around)}
    straight = it.sketch.straight - helped
    inside = [doing for doing in it.sketch.setup if any(not _runs(each, doing, straight) for each in releases)]
    return _fails_behind(it.sketch.setup, lambda doing: doing in inside and it.may_fail(doing), it.around)


def _runs(release: Doing, doing: Doing, straight: set[int]) -> bool:
    """Whether a step of the clean-up also runs when a step of the setup fails: it stands in the `finally` for it."""
    return release.block in doing.guards and release.block in straight


def _may_release(doing: Doing) -> bool:
    """Whether a step of a clean-up may release something."""
    return not (doing.local or isinstance(doing.node, (ast.Raise, ast.Assert, ast.AsyncWith)) or _says(doing))


def _fails_behind(setup: list[Doing], may_fail: Callable[[Doing], bool], around: Surroundings) -> bool:
    first = min((doing.statement for doing in setup if _may_acquire(doing)), default=None)
    return first is not None and any(
        (doing.statement > first or doing.looped or _is_helper(doing, around)) and may_fail(doing) for doing in setup
    )


def _may_acquire(doing: Doing) -> bool:
    return not (doing.local or isinstance(doing.node, (ast.Raise, ast.Assert)) or _says(doing))


def _is_helper(doing: Doing, around: Surroundings) -> bool:
    """Whether the step may be several: it calls a function of the file, or hands one over."""
    chain = chain_of(doing.node.func) if isinstance(doing.node, ast.Call) else []
    return bool(chain) and (chain[-1] in around.words.defined or chain[-1].strip("_").startswith(RUNNING))


def _chain_breaks(it: Generator) -> bool:
    """CML105: a step of the clean-up can fail, and another stands behind it."""
    return _loses(it) or _breaks(it.sketch.cleanup, it.may_fail, it.around)


def _breaks(cleanup: list[Doing], may_fail: Callable[[Doing], bool], around: Surroundings) -> bool:
    """A `finally` further out runs all the same; what stands in the same statement may be run in any order."""
    last: dict[int, int] = {}
    for doing in filter(_may_release, cleanup):
        last[doing.block] = max(last.get(doing.block, 0), doing.statement)
    number = Counter((doing.block, doing.statement) for doing in cleanup)
    several = {block for block, count in Counter(doing.block for doing in cleanup).items() if count > 1}
    return any(
        may_fail(doing)
        for doing in cleanup
        if _is_helper(doing, around)
        or last.get(doing.block, -1) > doing.statement
        or (last.get(doing.block) == doing.statement and number[doing.block, doing.statement] > 1)
        or (doing.looped and doing.block in several)
    )


def _keeps(it: Generator) -> bool:
    """CML107: a known resource may be made in it, or by a function of the file, and nothing be done with it."""
    return may_keep([it.sketch.function], it.text, it.around)


def _waits(it: Generator) -> bool:
    """CML108: a known resource may be made in it."""
    return it.around.may_keep(it.text)


def _suppresses(it: Generator) -> bool:
    """CML201 to CML203: a handler or a `with` around the yield may drop an exception."""
    if it.sketch.catches:
        return True
    chains = [chain_of(item.func if isinstance(item, ast.Call) else item) for item in it.sketch.withs]
    return any(chain and chain[-1] in it.around.suppressing for chain in chains)


def _is_none(it: Generator) -> bool:
    """CML204: it may not be what its decorator wants."""
    if not it.sketch.yields:
        return not it.sketch.returns
    is_async = isinstance(it.sketch.function, ast.AsyncFunctionDef)
    return is_async is not it.protocol.name.rpartition(".")[2].startswith("async")


def _is_thrown_away(it: Generator) -> bool:
    """CML205: a call of it may be a statement."""
    return it.protocol.making is Making.DECORATOR and it.around.is_thrown_away(it.sketch.function.name)


def _never(_: Generator) -> bool:
    return False


GENERATOR_NEEDS: Mapping[str, Callable[[Generator], bool]] = {
    "CML101": _loses,
    "CML102": _loses,
    "CML103": _loses,
    "CML104": _setup_fails,
    "CML105": _chain_breaks,
    "CML106": _loses,
    "CML107": _keeps,
    "CML108": _waits,
    "CML201": _suppresses,
    "CML202": _suppresses,
    "CML203": _suppresses,
    "CML204": _is_none,
    "CML205": _is_thrown_away,
    "CML301": _never,
    "CML302": _never,
}
# What a rule finds in a manager that is only resumed, and what it never finds above low confidence.
UNTHROWN = frozenset({"CML104", "CML105", "CML107", "CML108"})
LOW_UNTHROWN = frozenset({"CML104", "CML105", "CML108"})
LOW = frozenset({"CML108", "CML202"})


def _returns_true(it: Pair) -> bool:
    """CML301: `__exit__` returns something that may be true."""
    return any(isinstance(node, ast.Return) and not _is_harmless(node.value) for node in own_nodes(it.leave.body))


def _asks_which(it: Pair) -> bool:
    """CML106: `__exit__`, or a function of the file that it calls, asks about the exception."""
    if not it.acquires:
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
            asked += [node] if _is_helper(Doing(node, 0), it.around) else []
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


def _pair_setup_fails(it: Pair) -> bool:
    return any(map(_may_release, it.steps(it.leave))) and _fails_behind(it.steps(it.enter), it.may_fail, it.around)


def _pair_breaks(it: Pair) -> bool:
    return _breaks(it.steps(it.leave), it.may_fail, it.around)


def _pair_keeps(it: Pair) -> bool:
    return may_keep([it.enter, it.leave], it.text, it.around)


def _pair_waits(it: Pair) -> bool:
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


def _no(_: Pair) -> bool:
    return False


PAIR_NEEDS: Mapping[str, Callable[[Pair], bool]] = {
    "CML101": _no,
    "CML102": _no,
    "CML103": _no,
    "CML104": _pair_setup_fails,
    "CML105": _pair_breaks,
    "CML106": _asks_which,
    "CML107": _pair_keeps,
    "CML108": _pair_waits,
    "CML201": _no,
    "CML202": _no,
    "CML203": _no,
    "CML204": _no,
    "CML205": _no,
    "CML301": _returns_true,
    "CML302": _cant_be_called,
}


def names_of(text: str) -> frozenset[str]:
    """The names in a piece of source."""
    return frozenset(names_in(text))
