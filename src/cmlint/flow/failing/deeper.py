"""Whether a call of a setup fails by what it runs in the same file, where the graph does not look into it.

`self.store.flush_history()`, where the file defines one function of that name; `Writer(file)`, by its `__init__`; a
helper of a helper. It fails by a `raise`, or by a call that can fail, that no handler is around. The name decides, so
another function may be meant; what releases the object itself before it raises is left out. May miss what fails deeper.
"""

from __future__ import annotations

import libcst as cst

from cmlint.flow.failing.fallible import fails_by_name
from cmlint.flow.failing.refusing import leading, only_raises, refuses, suites
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Call, Event
from cmlint.flow.reading.naming import logs
from cmlint.flow.reading.scope import Scope, scope_of
from cmlint.flow.reading.syntax import NESTED, children, own_nodes
from cmlint.flow.reading.tree import NotAnalysed, Tree, parse
from cmlint.flow.reading.values import call_event
from cmlint.knowledge.entries import Knowledge
from cmlint.knowledge.outside import OF_BUILTINS
from cmlint.outline import Definition
from cmlint.subjects import Subject

_MOST_LINES = 120
_ABSTRACT = "abstractmethod"
_OF_FILES = frozenset({"tell", "seek", "fileno", "isatty", "readable", "seekable", "writable"})
_OF_THE_PROGRAM = ("NotImplementedError", "AssertionError")  # what fails when the program is wrong


class Deeper:
    """What the calls of one manager run elsewhere in its file: each function is read once."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._failing: dict[str, Tree | None] = {}

    def fails(self, event: Event, obligation: Obligation) -> bool:
        """Whether the one function of the file that the call may run can fail with the obligation held."""
        called = self._called(event)
        if called is None or called is self._subject.definition:
            return False
        if called.qualname not in self._failing:
            self._failing[called.qualname] = self._read(called)
        tree = self._failing[called.qualname]
        return tree is not None and not any(_releases(tree, site.event) for site in obligation.releases)

    def _called(self, event: Event) -> Definition | None:
        """The one function of that name; of a class its constructor.

        A bare name is that of a function or a class, and behind a dot stands a method of something that is no module.
        What lists, dictionaries, strings and files can do as well is taken for theirs.
        """
        if not isinstance(event, Call) or logs(event) or event.method in OF_BUILTINS | _OF_FILES:
            return None
        bare = event.callee == event.method
        root = (event.receiver or ".").partition(".")[0]
        if not bare and (not root or not self._subject.visible.get(root, ".").startswith(".")):
            return None
        found = [each for each in self._subject.whole.by_name.get(event.method, ()) if _is_method(each) is not bare]
        only = found[0] if len(found) == 1 else None
        if only is not None and only.is_class:
            only = self._subject.whole.only_method(only, "__init__")
        return None if only is None or only.is_class or only.is_async or _ABSTRACT in only.decorators else only

    def _read(self, called: Definition) -> Tree | None:
        """The function, if it can fail when it is called."""
        if called.end_line - called.line > _MOST_LINES:
            return None
        try:
            tree = parse(self._subject.whole.slices(called))
        except NotAnalysed:
            return None
        if any(isinstance(node, cst.Yield) for node in own_nodes(tree.function.body)):
            return None  # it waits to be run
        scope = scope_of(tree, self._subject.whole.visible(called), called.owner)
        asked, body = leading(tree.function.body), tree.function.body
        failing = any(_fails(statement, scope, self._subject.knowledge, asked) for statement in body.body)
        return tree if failing else None


def _is_method(definition: Definition) -> bool:
    return definition.owner is not None and not definition.is_class


def _releases(tree: Tree, release: Event) -> bool:
    return isinstance(release, Call) and f".{release.method}(" in tree.code(tree.function.body)


def _fails(node: cst.CSTNode, scope: Scope, knowledge: Knowledge, asked: frozenset[int]) -> bool:
    """Whether what stands in a node can fail, but for what a handler may deal with; `asked`: the leading questions."""
    if isinstance(node, NESTED) or (isinstance(node, cst.Try) and node.handlers):
        return False
    if isinstance(node, cst.If) and "TYPE_CHECKING" in scope.code(node.test):
        return False
    if id(node) in asked and isinstance(node, cst.If) and refuses(node, scope):
        return any(_fails(part, scope, knowledge, asked) for part in suites(node) if not only_raises(part))
    if isinstance(node, cst.Raise) and node.exc is not None:
        return not scope.code(node.exc).startswith(_OF_THE_PROGRAM)
    if isinstance(node, cst.Call):
        event = call_event(node, scope, (), discarded=False, managed=False)
        if fails_by_name(event, knowledge, scope):
            return True
    return any(_fails(inner, scope, knowledge, asked) for inner in children(node))
