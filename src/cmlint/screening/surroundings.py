"""What the words of one file mean for its managers, and which of their steps can fail.

Both approximate from above: a word that may stand for something is taken to, and what a function of the file does is
taken from its text alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from cmlint.knowledge.entries import BEGINNING, DOING_SOMETHING, Knowledge
from cmlint.screening.bound import Bound, bound_in, is_super
from cmlint.screening.failing import words_of
from cmlint.screening.outside import Outside
from cmlint.screening.sketch import Doing, doings, function_in
from cmlint.screening.slices import end_of
from cmlint.screening.words import FileWords, called_in, names_in

_SUPPRESSING = frozenset({"suppress", "raises", "CancelScope", "reraise"})
_ALONE = re.compile(r"(?:^|[:;])[ \t(]*(?:await[ \t]+)?(?:self\.)?\Z")  # what stands before a call that is a statement
_AHEAD = 200  # characters: how far before a call its `return` may stand
_OPENING = re.compile(r"[ \t]*\(")
_METHOD = re.compile(r"\.[ \t]*(\w+)[ \t]*\(")
KEPT = frozenset({"process", "thread", "server", "temp", "file", "connection", "executor", "mount"})
_REMOVING = frozenset({"remove", "unlink", "rmdir", "rmtree"})
_COUNTED = KEPT | {"registration"}
_BEGINS = re.compile(rf"\b_*(?:{'|'.join(sorted(BEGINNING))})\w*[ \t]*\(", re.IGNORECASE)
_ENCLOSED = frozenset({"connection", "process", "thread", "server", "executor"})


class Surroundings:
    """What the words of one file mean for its managers."""

    def __init__(self, text: str, knowledge: Knowledge) -> None:
        self.text = text
        self.words = FileWords(text)
        self.outside = Outside(text, knowledge)
        self._knowledge = knowledge
        self._helpers: dict[str, list[Helper] | None] = {}
        self._answers: dict[tuple[object, str], bool] = {}
        self._there: dict[str, bool] = {}
        self._made: dict[tuple[str, frozenset[str]], bool] = {}  # whether a piece of the file makes one of some kinds
        self._acquired: dict[str, list[tuple[str, str]] | None] = {}

    def may_keep(self, text: str) -> bool:
        """Whether a function may keep a known resource, or what a closure of the file holds (see flow.enclosed).

        From the text alone; `keeping` looks closer.
        """
        return self._makes(text, _COUNTED) or any(map(self.may_return_a_closure, _METHOD.findall(text)))

    def may_return_a_closure(self, name: str) -> bool:
        """Whether a function of the file called `name` may return a closure that alone holds a known resource."""
        if len(words_of(name)) < 2 or name not in self.words.defined or not self._makes_what_a_closure_may_hold:
            return False
        return any(
            ("lambda" in text or text.count("def") > 1) and self._makes(text, _ENCLOSED)
            for text, _ in self._texts_of(name)
        )

    @cached_property
    def constructors(self) -> list[Helper | None]:
        """Each `__init__` that may hold what does something before it is entered (see `flow.losses.constructed`).

        None for one that can't be read.
        """
        return self.holding(self._texts_of("__init__")) if "__init__" in self.words.places else []

    def holding(self, constructors: Iterable[tuple[str, str]]) -> list[Helper | None]:
        """Those of some constructors, each a text and its indentation."""
        holding = ((t, at) for t, at in constructors if self._makes(t, DOING_SOMETHING) or _BEGINS.search(t))
        return [self._helper(text, indented=bool(indent)) for text, indent in holding]

    @cached_property
    def _makes_what_a_closure_may_hold(self) -> bool:
        return self._makes(self.text, _ENCLOSED)

    def _makes(self, text: str, kinds: frozenset[str]) -> bool:
        """Whether a piece of the file calls what may be a known resource: the file names its module."""
        if (text, kinds) not in self._made:
            self._made[text, kinds] = any(self._acquires(word, kinds) for word in self._acquiring & called_in(text))
        return self._made[text, kinds]

    def _acquires(self, word: str, kinds: frozenset[str]) -> bool:
        """Whether a call that ends in `word` may acquire something of one of `kinds`."""
        endings = self._knowledge.endings.get(word)  # a word without any may stand for any other
        return endings is None or any(kind in kinds and self._has(root) for kind, root, _ in endings)

    def acquired_by(self, word: str) -> list[tuple[str, str]] | None:
        """The kinds of what a call that ends in `word` may acquire, each with what is held then.

        None when the word may stand for any other.
        """
        if word not in self._acquiring:
            return []
        if word not in self._acquired:
            endings = self._knowledge.endings.get(word)
            found = None if endings is None else [(kind, held) for kind, root, held in endings if self._has(root)]
            self._acquired[word] = found
        return self._acquired[word]

    def _has(self, word: str) -> bool:
        if word not in self._there:
            self._there[word] = word in self.text
        return self._there[word]

    @cached_property
    def _acquiring(self) -> frozenset[str]:
        return self.words.standing_for(frozenset(self._knowledge.endings))

    def helper_of(self, call: ast.Call) -> str | None:
        """The name of the function of the file that a call may run: `stop()`, `self.stop()`, `super().stop()`.

        See `flow.lowering.grafts`: of the methods only those of the own object are looked into.
        """
        function = call.func
        name = None
        if isinstance(function, ast.Attribute) and (isinstance(function.value, ast.Name) or is_super(function.value)):
            name = function.attr
        elif isinstance(function, ast.Name):
            name = function.id
        return name if name in self.words.defined else None

    def run_by(self, name: str) -> str | None:
        """The name of the function of the file that a call of `name` may run, of whatever object it is a method.

        See `flow.failing.deeper`: a class is called by its constructor.
        """
        if name in self.words.defined:
            return name
        return "__init__" if "__init__" in self.words.places and f"class {name}" in self.text else None

    def of_helper(self, name: str, question: Callable[[Helper], bool]) -> bool:
        """Whether `question` is answered with yes for some function of the file called `name`, or one can't be read."""
        if (question, name) not in self._answers:
            helpers = self._read(name)
            self._answers[question, name] = helpers is None or any(map(question, helpers))
        return self._answers[question, name]

    def _read(self, name: str) -> list[Helper] | None:
        if name not in self._helpers:
            found = [self._helper(text, indented=bool(indent)) for text, indent in self._texts_of(name)]
            self._helpers[name] = None if None in found else [helper for helper in found if helper is not None]
        return self._helpers[name]

    def _helper(self, text: str, *, indented: bool) -> Helper | None:
        function = function_in(text, indented=indented)
        if function is None:
            return None
        risky = not self.risky.isdisjoint(names_in(text))
        return Helper(doings(function.body), bound_in(function), risky, self)

    def _texts_of(self, name: str) -> list[tuple[str, str]]:
        """The texts of all functions called `name`, each with its indentation."""
        found = []
        for at in self.words.places[name]:
            start = self.text.rfind("\n", 0, at) + 1
            line = self.text[start:at]
            indent = line[: len(line) - len(line.lstrip())]
            found.append((self.text[start : end_of(self.text, at, indent)], indent))
        return found

    @cached_property
    def removing(self) -> frozenset[str]:
        """The names of functions and methods that remove a file or folder."""
        return self.words.standing_for(_REMOVING)

    def disposes(self, method: str) -> bool:
        """Whether a method of this name disposes of its object."""
        return self._knowledge.disposal(method) is not None

    @cached_property
    def failing(self) -> frozenset[str]:
        """The words of calls that can fail in operation, and the names of modules whose every function can."""
        return self.words.standing_for(self._knowledge.failing_words | self._taken_from_risky)

    @cached_property
    def failing_as_cleanup(self) -> frozenset[str]:
        """The words of calls that can fail as a step of a clean-up."""
        return self.words.standing_for(self._knowledge.failing_cleanup_words | {"open"})

    def is_remote(self, name: str) -> bool:
        """Whether a call of this name talks to another machine, whatever else the name says."""
        return not self._knowledge.fallible_remote.isdisjoint(words_of(name))

    @cached_property
    def risky(self) -> frozenset[str]:
        """The names of modules with functions that can fail, and what is imported from them."""
        return self.words.standing_for(self._knowledge.fallible_roots | self._taken_from_risky)

    @cached_property
    def _taken_from_risky(self) -> frozenset[str]:
        return self.words.imported_from(self._knowledge.fallible_roots)

    @cached_property
    def suppressing(self) -> frozenset[str]:
        """The names of managers that may drop an exception."""
        return self.words.standing_for(_SUPPRESSING)

    def may_be_returned(self, name: str) -> bool:
        """Whether a function of the file may return what a call of `name` makes: then its setup begins in there."""
        return any("return" in self.text[max(0, at - _AHEAD) : at] for at in self._calls_of(name))

    def is_thrown_away(self, name: str) -> bool:
        """Whether some statement may only call `name`."""
        return any(_ALONE.search(self.text[self.text.rfind("\n", 0, at) + 1 : at]) for at in self._calls_of(name))

    def _calls_of(self, name: str) -> Iterator[int]:
        """The offsets at which `name`, or a name that ends in it, may be called."""
        at = self.text.find(name)
        while at >= 0:
            if _OPENING.match(self.text, at + len(name)):
                yield at
            at = self.text.find(name, at + 1)


@dataclass(frozen=True)
class Helper:
    """A function of the file, as the steps that a call of it is: what it calls in turn is not looked into."""

    steps: list[Doing]
    bound: Bound
    risky: bool
    around: Surroundings
