"""A class's set-up from its constructor on: what `__init__` acquires is lost when a step behind it fails.

No `__exit__` runs when `__init__` or `__enter__` fails. The graph is that of the pair with `__init__` in front of
`__enter__`, as if each object were entered where it is made. A `raise` in `__enter__` is taken to refuse an object that
is misused, which its owner still has. Most of what a constructor makes does nothing yet, so only what surely does
something counts, where `__init__` itself makes it: a known process, thread, server or temporary file, and what
`connect` or `launch` gives. So it may miss much; what is told is a path through both methods.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import libcst as cst

from cmlint.flow.failing.fallible import subscribes
from cmlint.flow.lowering.grafts import Grafting
from cmlint.flow.lowering.lower import lower_pair
from cmlint.flow.manager import Manager
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Call
from cmlint.flow.reading.naming import words_of
from cmlint.flow.reading.scope import Scope, merged, scope_of
from cmlint.flow.reading.syntax import own_nodes
from cmlint.flow.reading.tree import NotAnalysed, Tree, parse
from cmlint.knowledge.entries import BEGINNING, DOING_SOMETHING, Knowledge
from cmlint.outline import Definition
from cmlint.subjects import Subject

_MOST_LINES = 120
_NAME = re.compile(r"\w+")
_BEGINNING = tuple([word] for word in BEGINNING)


def constructed(manager: Manager) -> Manager | None:
    """The manager with its constructor in front; None where the class has none of its own, or it can't be analysed."""
    constructor = _constructor(manager.subject)
    leave = manager.exit_tree
    if constructor is None or leave is None or constructor.end_line - constructor.line > _MOST_LINES:
        return None
    subject = manager.subject
    visible = subject.whole.visible(constructor)
    if not _may_make_something(next(subject.whole.slices(constructor)).text, visible, subject.knowledge):
        return None
    try:
        tree = parse(subject.whole.slices(constructor), manager.tree.texts)
        own = scope_of(tree, visible, subject.owner)
        if own.parameters[:1] != manager.scope.parameters[:1] or not _makes_something(tree, own, subject.knowledge):
            return None
        entering = merged(own, scope_of(manager.tree, subject.visible, subject.owner))
        both = merged(entering, scope_of(leave, subject.visible, subject.owner))
        grafting = Grafting(subject.whole, subject.definition.parent, tree.texts)
        graph, scope = lower_pair(manager.tree, leave, both, grafting, tree)
    except NotAnalysed:
        return None
    return replace(manager, scope=scope, graph=graph, constructor=tree)


def _constructor(subject: Subject) -> Definition | None:
    owner = subject.definition.parent
    own = None if owner is None else subject.whole.only_method(owner, "__init__")
    return None if own is None or own.decorators else own


def _may_make_something(text: str, visible: Mapping[str, str], knowledge: Knowledge) -> bool:
    """Approximates `_makes_something` from above, from the words of the constructor alone: most need not be parsed."""
    words = set(_NAME.findall(text))
    meant = {visible[word].rpartition(".")[2] for word in words if word in visible}
    if any(kind in DOING_SOMETHING for word in words | meant for kind, _, _ in knowledge.endings.get(word, ())):
        return True
    return any(words_of(word)[:1] in _BEGINNING for word in words)


def _makes_something(tree: Tree, scope: Scope, knowledge: Knowledge) -> bool:
    """Whether a call may acquire what does something: most constructors only keep what they are given."""
    for node in own_nodes(tree.function.body):
        if not isinstance(node, cst.Call):
            continue
        dotted = scope.dotted(node.func)
        resource = None if dotted is None else knowledge.resource(dotted)
        name = node.func.attr.value if isinstance(node.func, cst.Attribute) else tree.code(node.func)
        if words_of(name)[:1] in _BEGINNING or (resource and resource.kind in DOING_SOMETHING):
            return True
    return False


def does_something(obligation: Obligation) -> bool:
    """Whether what is acquired is more than an object that waits to be used."""
    made = [site.event for site in obligation.acquires if not site.grafted]
    if len(made) < len(obligation.acquires):
        return False
    if obligation.kind in DOING_SOMETHING and obligation.origin in ("knowledge base", "removal", "stowed"):
        return obligation.kind != "thread" or all(isinstance(event, Call) and event.method == "start" for event in made)
    begins = all(isinstance(event, Call) and event.results and words_of(event.method)[:1] for event in made)
    return begins and all(
        isinstance(e, Call) and words_of(e.method)[0] in BEGINNING and not subscribes(e) for e in made
    )
