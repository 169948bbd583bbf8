"""Failures of a setup that its writer has thought of: in handlers, and where what was started has ended already.

Approximates from above: what is thought of in any way is taken to be dealt with, so some losses are missed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import libcst as cst

from cmlint.flow.losses.complaints import deciding
from cmlint.flow.lowering.graph import Graph, Site
from cmlint.flow.lowering.handlers import Match, matches
from cmlint.flow.manager import Manager
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Call, Fault, Raise, Test
from cmlint.flow.reading.naming import words_of
from cmlint.flow.reading.syntax import own_nodes
from cmlint.flow.reading.tree import Tree

_STARTING = frozenset({"start", "launch", "spawn", "popen"})
_TIDYING = frozenset({"teardown", "cleanup", "rollback", "undo", "restore", "revert", "dispose", "tidy"})
_REPORTED = frozenset({"poll", "returncode", "exitcode"})


def is_handling(site: Site, acquire: Site, manager: Manager) -> bool:
    """Whether the call is a step of a handler: it runs when another step has failed, and two faults are too many."""
    if isinstance(site.event, Raise):
        return False
    tree = manager.tree
    handlers = (node for node in own_nodes(tree.function.body) if isinstance(node, cst.ExceptHandler))
    return any(span.holds(site.span) and not span.holds(acquire.span) for span in map(tree.span, handlers))


def has_failed(acquire: int, raising: int, obligation: Obligation, graph: Graph) -> bool:
    """Whether a `raise` stands under an answer that nothing was acquired: `file, error = open_it()`, `if not file`."""
    sites = [node.site for node in graph.nodes[acquire : raising + 1] if node.site is not None]
    if not sites or not isinstance(sites[-1].event, Raise):
        return False  # or the next round of a loop
    first, *others = [site.event for site in sites]
    if not isinstance(first, Call):
        return False
    said_again = {name for event in others if isinstance(event, Call) for name in event.results}
    answers = {name for name in first.results if name != obligation.object} - said_again
    conditions = [site.event for test in deciding(graph, raising) if (site := graph.nodes[test].site) is not None]
    asked = [event for event in conditions if isinstance(event, Test)]
    if not answers.isdisjoint(test.subject for test in asked):
        return True
    held = obligation.object
    missing = {text for test in asked if (text := test.text).endswith(" is None") or text.startswith("not ")}
    return any(re.fullmatch(rf"(?:not )?{re.escape(held)}(?:\.\w+)?(?: is None)?", text) for text in missing)


def is_thought_of(site: Site, obligation: Obligation, manager: Manager) -> bool:
    """Whether a handler of all exceptions around the step releases the same, if only in some case.

    In the others nothing is held, then.
    """
    tree = manager.tree
    releases = {(e.receiver, e.method) for s in obligation.releases if isinstance(e := s.event, Call)}
    for node in tree.tries_around(site.span):
        spans = [tree.span(handler) for handler in node.handlers if _catches_all(handler, tree)]
        handled = (other.event for other in manager.graph.sites if any(span.holds(other.span) for span in spans))
        if any(isinstance(event, Call) and (event.receiver, event.method) in releases for event in handled):
            return True
    return False


def is_tidied(site: Site, obligation: Obligation, manager: Manager) -> bool:
    """Whether a handler of every `Exception` around the step tidies up: by an own method, or one of the object."""
    tree = manager.tree
    if site.grafted:
        return False
    for node in tree.tries_around(site.span):
        for handler in node.handlers:
            stops = matches(handler, Fault.EXCEPTION, manager.scope) is Match.ALWAYS
            calls = (inner for inner in own_nodes(handler.body) if isinstance(inner, cst.Call))
            if stops and any(_tidies(tree.code(call.func), obligation) for call in calls):
                return True
    return False


def _tidies(called: str, obligation: Obligation) -> bool:
    owner, _, name = called.rpartition(".")
    return owner in ("", "self", obligation.object) and not _TIDYING.isdisjoint(words_of(name))


def _catches_all(handler: cst.ExceptHandler, tree: Tree) -> bool:
    return handler.type is None or tree.code(handler.type) == "BaseException"


def found_it_ended(site: Site, acquire: Site, manager: Manager) -> bool:
    """Whether a `raise` stands under a question whose answer was that what was started has ended already."""
    started = isinstance(acquire.event, Call) and not _STARTING.isdisjoint(words_of(acquire.event.method)[:1])
    if not started or not isinstance(site.event, Raise) or site.grafted:
        return False
    tree = manager.tree
    nodes = list(own_nodes(tree.function.body))
    asked = [node for node in nodes if isinstance(node, cst.If) and tree.span(node.body).holds(site.span)]
    loops = [tree.code(node.test) for node in nodes if isinstance(node, cst.While)]
    return any(_says_ended(tree.code(node.test)) or _left_it_dead(tree.code(node.test), loops) for node in asked)


def _left_it_dead(question: str, loops: Iterable[str]) -> bool:
    """Whether a loop went on while what was started was alive, and for the same question: `alive and not ready`."""
    return any("alive" in words_of(loop) and question in re.split(r"\s+and\s+", loop) for loop in loops)


def _says_ended(question: str) -> bool:
    """`not self.alive`, `child.poll() is not None`, `child.returncode`; not where there may be another reason."""
    words = words_of(question)
    if "or" in words:
        return False
    return ("alive" in words and words[0] == "not") or (
        not _REPORTED.isdisjoint(words) and not question.endswith("is None")
    )
