"""What the words of one file mean for its managers, and which of their steps can fail.

Both approximate from above: a word that may stand for something is taken to, and what a function of the file does is
taken from its text alone.
"""

from __future__ import annotations

import ast
import re
from functools import cached_property

from cmlint.knowledge.entries import Knowledge
from cmlint.screening.sketch import Doing, Function, doings, function_in
from cmlint.screening.slices import end_of
from cmlint.screening.words import FileWords, names_in

_SUPPRESSING = frozenset({"suppress", "raises", "CancelScope", "reraise"})
RUNNING = ("run", "to_thread", "call", "invoke", "execute", "apply")  # hands a function over, see flow.handed
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_STATEMENT = re.compile(r"(?:^|[:;])[ \t(]*(?:await[ \t]+)?(?:self\.)?(\w+)[ \t]*\(", re.MULTILINE)
_CALLED = re.compile(r"(\w+)[ \t]*\(")
_METHOD = re.compile(r"\.[ \t]*(\w+)[ \t]*\(")
KEPT = frozenset({"process", "thread", "server", "temp", "file", "connection", "executor", "mount"})
_COUNTED = KEPT | {"registration"}
_ENCLOSED = frozenset({"connection", "process", "thread", "server", "executor"})


class Surroundings:
    """What the words of one file mean for its managers."""

    def __init__(self, text: str, knowledge: Knowledge) -> None:
        self.text = text
        self.words = FileWords(text)
        self._knowledge = knowledge
        self._helpers: dict[str, bool] = {}
        self._acquired: dict[str, list[tuple[str, str]] | None] = {}

    def may_keep(self, text: str) -> bool:
        """Whether a function may keep a known resource, or what a closure of the file holds (see flow.enclosed).

        From the text alone; `keeping` looks closer.
        """
        return self._makes(text, _COUNTED) or any(map(self.may_return_a_closure, _METHOD.findall(text)))

    def may_return_a_closure(self, name: str) -> bool:
        """Whether a function of the file called `name` may return a closure that alone holds a known resource."""
        if len(_WORD.findall(name)) < 2 or name not in self.words.defined or not self._makes_what_a_closure_may_hold:
            return False
        return any(
            ("lambda" in text or text.count("def") > 1) and self._makes(text, _ENCLOSED)
            for text, _ in self._texts_of(name)
        )

    @cached_property
    def _makes_what_a_closure_may_hold(self) -> bool:
        return self._makes(self.text, _ENCLOSED)

    def _makes(self, text: str, kinds: frozenset[str]) -> bool:
        """Whether a piece of the file calls what may be a known resource: the file names its module."""
        for word in self._acquiring.intersection(_CALLED.findall(text)):
            found = self.acquired_by(word)
            if found is None or any(kind in kinds for kind, _ in found):
                return True
        return False

    def acquired_by(self, word: str) -> list[tuple[str, str]] | None:
        """The kinds of what a call that ends in `word` may acquire, each with what is held then.

        None when the word may stand for any other.
        """
        if word not in self._acquiring:
            return []
        if word not in self._acquired:
            endings = self._knowledge.endings.get(word)
            found = None if endings is None else [(kind, held) for kind, root, held in endings if root in self.text]
            self._acquired[word] = found
        return self._acquired[word]

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
        return self.text.count(name) > 1 and name in self._called_alone

    @cached_property
    def _called_alone(self) -> frozenset[str]:
        return frozenset(_STATEMENT.findall(self.text))


def may_fail(
    doing: Doing, callbacks: frozenset[str], around: Surroundings, *, risky: bool, inside: bool = False
) -> bool:
    """Whether a step can fail in operation, or run something of the same file that can (not `inside` such a thing)."""
    node = doing.node
    if doing.awaited or isinstance(node, (ast.Raise, ast.Assert, ast.Await, ast.AsyncWith, ast.AsyncFor)):
        return True
    if not isinstance(node, ast.Call):
        return False
    names = chain_of(node.func)
    last = names[-1] if names else ""
    if not names or risky or last in callbacks or last in ("__enter__", "__exit__", "__aenter__", "__aexit__"):
        return True
    words = {last, last.lstrip("_"), *(word.lower() for word in _WORD.findall(last)[:1])}
    if not words.isdisjoint(around.failing) or not around.failing.isdisjoint(names):
        return True
    if last.strip("_").startswith(RUNNING):
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


def chain_of(function: ast.expr) -> list[str]:
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
