"""What each rule needs to see before it can find anything: a question about a sketch, for each code.

Each answer approximates from above: "no" is only said where no path of the graph can make the finding. A code without
an entry is never screened out. The words come from the knowledge base; a call of a function of the same file may do
anything that a call can do. `tests/test_screen.py` holds the screen against the whole analysis.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from cmlint.knowledge.entries import Knowledge, Making, Protocol
from cmlint.screening.sketch import Doing, Function, Sketch, doings, function_in, own_nodes
from cmlint.screening.slices import end_of
from cmlint.screening.words import FileWords, names_in

_SUPPRESSING = frozenset({"suppress", "raises", "CancelScope", "reraise"})
_RUNNING = ("run", "to_thread", "call", "invoke", "execute", "apply")  # hands a function over, see flow.handed
_SAYING = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print"})
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_BRANCHES = (ast.If, ast.IfExp, ast.BoolOp, ast.While, ast.For, ast.AsyncFor, ast.Match, ast.With, ast.AsyncWith)
_STATEMENT = re.compile(r"(?:^|[:;])[ \t(]*(?:await[ \t]+)?(?:self\.)?(\w+)[ \t]*\(", re.MULTILINE)
_CALLED = re.compile(r"(\w+)[ \t]*\(")
_METHOD = re.compile(r"\.[ \t]*(\w+)[ \t]*\(")
_OWNED = frozenset({"process", "thread", "server", "temp", "file", "connection", "executor", "mount", "registration"})
_ENCLOSED = frozenset({"connection", "process", "thread", "server", "executor"})
_PASSED = 3  # what `with` passes to `__exit__`


class Surroundings:
    """What the words of one file mean for its managers."""

    def __init__(self, text: str, knowledge: Knowledge) -> None:
        self.text = text
        self.words = FileWords(text)
        self._knowledge = knowledge
        self._helpers: dict[str, bool] = {}

    def may_keep(self, text: str) -> bool:
        """Whether a function may keep a known resource, or what a closure of the file holds (see flow.enclosed)."""
        if self._makes(text, _OWNED):
            return True
        several = [name for name in _METHOD.findall(text) if len(_WORD.findall(name)) > 1]
        return not self.words.defined.isdisjoint(several) and self._makes_what_a_closure_may_hold

    @cached_property
    def _makes_what_a_closure_may_hold(self) -> bool:
        return self._makes(self.text, _ENCLOSED)

    def _makes(self, text: str, kinds: frozenset[str]) -> bool:
        """Whether a piece of the file calls what may be a known resource: the file names its module."""
        endings = self._knowledge.endings
        called = self._acquiring.intersection(_CALLED.findall(text))
        return any(
            # What another word stands for may be anything.
            word not in endings or any(kind in kinds and root in self.text for kind, root in endings[word])
            for word in called
        )

    @cached_property
    def _acquiring(self) -> frozenset[str]:
        return self.words.standing_for(frozenset(self._knowledge.endings))

    def helper_may_fail(self, name: str) -> bool:
        """Whether a step of a function of the file called `name` can fail: what it calls in turn is not looked into."""
        if name not in self._helpers:
            self._helpers[name] = any(map(self._fails_inside, self._texts_of(name)))
        return self._helpers[name]

    def _texts_of(self, name: str) -> list[tuple[str, str]]:
        """The texts of all functions called `name`, each with its indentation."""
        found = []
        for at in self.words.places[name]:
            start = self.text.rfind("\n", 0, at) + 1
            line = self.text[start:at]
            indent = line[: len(line) - len(line.lstrip())]
            found.append((self.text[start : end_of(self.text, at, indent)], indent))
        return found

    def _fails_inside(self, found: tuple[str, str]) -> bool:
        text, indent = found
        function = function_in(text, indented=bool(indent))
        if function is None:
            return True
        risky = not self.risky.isdisjoint(names_in(text))
        callbacks = handed_in(function)
        return any(may_fail(doing, callbacks, self, risky=risky, inside=True) for doing in doings(function.body))

    @cached_property
    def failing(self) -> frozenset[str]:
        """The words of calls that can fail in operation."""
        return self.words.standing_for(self._knowledge.failing_words) | self.risky

    @cached_property
    def risky(self) -> frozenset[str]:
        """The names of modules whose every function can fail, and what is imported from them."""
        modules = self._knowledge.fallible_roots
        return self.words.standing_for(modules | self.words.imported_from(modules))

    @cached_property
    def suppressing(self) -> frozenset[str]:
        """The names of managers that may drop an exception."""
        return self.words.standing_for(_SUPPRESSING)

    def is_thrown_away(self, name: str) -> bool:
        """Whether some statement may only call `name`."""
        return name in self._called_alone

    @cached_property
    def _called_alone(self) -> frozenset[str]:
        return frozenset(_STATEMENT.findall(self.text))


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


def may_fail(
    doing: Doing, callbacks: frozenset[str], around: Surroundings, *, risky: bool, inside: bool = False
) -> bool:
    """Whether a step can fail in operation, or run something of the same file that can (not `inside` such a thing)."""
    node = doing.node
    if isinstance(node, (ast.Raise, ast.Assert, ast.Await, ast.AsyncWith, ast.AsyncFor)):
        return True
    if not isinstance(node, ast.Call):
        return False
    chain = _chain(node.func)
    last = chain[-1] if chain else ""
    if not chain or risky or last in callbacks or last in ("__enter__", "__exit__", "__aenter__", "__aexit__"):
        return True
    words = {last, last.lstrip("_"), *(word.lower() for word in _WORD.findall(last)[:1])}
    if not words.isdisjoint(around.failing) or not around.failing.isdisjoint(chain):
        return True
    if last.strip("_").startswith(_RUNNING):
        return True
    return not inside and last in around.words.defined and around.helper_may_fail(last)


def handed_in(function: Function) -> frozenset[str]:
    """The parameters of a function, and the names that its loops and comprehensions bind."""
    arguments = function.args
    listed = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    names = {argument.arg for argument in listed if argument is not None}
    for node in ast.walk(function):
        if isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
            names.update(each.id for each in ast.walk(node.target) if isinstance(each, ast.Name))
    return frozenset(names)


def _chain(function: ast.expr) -> list[str]:
    """The names of `a.b().c`, first to last; empty for anything else."""
    names: list[str] = []
    while True:
        if isinstance(function, ast.Attribute):
            names.append(function.attr)
            function = function.value
        elif isinstance(function, ast.Call):
            function = function.func
        elif isinstance(function, ast.Name):
            return [*names, function.id][::-1]
        else:
            return names[::-1]


def _says(doing: Doing) -> bool:
    """Whether a step only writes a message."""
    chain = _chain(doing.node.func) if isinstance(doing.node, ast.Call) else []
    return bool(chain) and chain[-1] in _SAYING


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
    chain = _chain(doing.node.func) if isinstance(doing.node, ast.Call) else []
    return bool(chain) and (chain[-1] in around.words.defined or chain[-1].strip("_").startswith(_RUNNING))


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
    chains = [_chain(item.func if isinstance(item, ast.Call) else item) for item in it.sketch.withs]
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
