"""What each rule needs to see before it can find anything: a question about a sketch, for each code.

Each answer approximates from above: "no" is only said where no path of the graph can make the finding. A code without
an entry is never screened out. The words come from the knowledge base; a call of a function of the same file may do
anything that a call can do. `tests/test_screen.py` holds the screen against the whole analysis.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from cmlint.knowledge.entries import Making, Protocol
from cmlint.screening.sketch import Doing, Function, Sketch, doings, own_nodes
from cmlint.screening.surroundings import RUNNING, Surroundings, chain_of, handed_in, may_fail
from cmlint.screening.words import names_in

_SAYING = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print"})
_BRANCHES = (ast.If, ast.IfExp, ast.BoolOp, ast.While, ast.For, ast.AsyncFor, ast.Match, ast.With, ast.AsyncWith)
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
    """`__enter__` and `__exit__` of a class, for the questions."""

    enter: Function
    leave: Function
    text: str
    names: frozenset[str]
    around: Surroundings

    def may_fail(self, doing: Doing, function: Function) -> bool:
        """Whether a step of one of the two can fail in operation."""
        risky = not self.names.isdisjoint(self.around.risky)
        return may_fail(doing, handed_in(function), self.around, risky=risky)


def _says(doing: Doing) -> bool:
    """Whether a step only writes a message."""
    names = chain_of(doing.node.func) if isinstance(doing.node, ast.Call) else []
    return bool(names) and names[-1] in _SAYING


def _loses(it: Generator) -> bool:
    """CML101 to CML103, CML106: something stands behind the yield that an exception skips."""
    return any(not _says(doing) for doing in it.sketch.after)


def _setup_fails(it: Generator) -> bool:
    """CML104: something can fail behind another step of the setup, and something is cleaned up."""
    if not it.sketch.cleanup and not _loses(it):
        return False
    return _fails_behind(it.sketch.setup, it.may_fail, it.around)


def _fails_behind(setup: list[Doing], may_fail: Callable[[Doing], bool], around: Surroundings) -> bool:
    first = min((doing.statement for doing in setup), default=0)
    return any((doing.statement > first or _is_helper(doing, around)) and may_fail(doing) for doing in setup)


def _is_helper(doing: Doing, around: Surroundings) -> bool:
    """Whether the step may be several: it calls a function of the file, or hands one over."""
    chain = chain_of(doing.node.func) if isinstance(doing.node, ast.Call) else []
    return bool(chain) and (chain[-1] in around.words.defined or chain[-1].strip("_").startswith(RUNNING))


def _chain_breaks(it: Generator) -> bool:
    """CML105: a step of the clean-up can fail, and another stands behind it."""
    return _loses(it) or _breaks(it.sketch.cleanup, it.may_fail, it.around)


def _breaks(cleanup: list[Doing], may_fail: Callable[[Doing], bool], around: Surroundings) -> bool:
    several = len(cleanup) > 1 or any(_is_helper(doing, around) for doing in cleanup)
    return several and any(may_fail(doing) for doing in cleanup)


def _keeps(it: Generator) -> bool:
    """CML107, CML108: a known resource may be made in it, or by a function of the file."""
    return it.around.may_keep(it.text)


def _suppresses(it: Generator) -> bool:
    """Whether a `with` around the yield may drop an exception."""
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
    "CML108": _keeps,
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


def _pair_loses(it: Pair) -> bool:
    """CML106, CML301: `__exit__` can go more than one way, or returns something that may be true."""
    for node in own_nodes(it.leave.body):
        if isinstance(node, (*_BRANCHES, ast.Try)) or hasattr(node, "handlers"):
            return True
        if isinstance(node, ast.Return) and not _is_harmless(node.value):
            return True
    return False


def _is_harmless(value: ast.expr | None) -> bool:
    """Whether what is returned is false, or the answer of a call: that may be either."""
    false = isinstance(value, ast.Constant) and not value.value
    return value is None or false or isinstance(value, (ast.Call, ast.Await))


def _pair_setup_fails(it: Pair) -> bool:
    return _fails_behind(doings(it.enter.body), lambda doing: it.may_fail(doing, it.enter), it.around)


def _pair_breaks(it: Pair) -> bool:
    return _breaks(doings(it.leave.body), lambda doing: it.may_fail(doing, it.leave), it.around)


def _pair_keeps(it: Pair) -> bool:
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
    "CML106": _pair_loses,
    "CML107": _pair_keeps,
    "CML108": _pair_keeps,
    "CML201": _no,
    "CML202": _no,
    "CML203": _no,
    "CML204": _no,
    "CML205": _no,
    "CML301": _pair_loses,
    "CML302": _cant_be_called,
}


def names_of(text: str) -> frozenset[str]:
    """The names in a piece of source."""
    return frozenset(names_in(text))
