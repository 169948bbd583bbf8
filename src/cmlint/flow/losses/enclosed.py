"""What only a returned function still holds: nobody else can release it, and the function does not.

A function of the same file makes a known resource, and all that reads it is a closure that is returned
(`return lambda: client.connect()`). The manager that asks for the closure gets nothing that it could close. The
function is told by its name, which must have several words; of several of that name one with such a resource is enough.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from cmlint.flow.lowering.graph import Site
from cmlint.flow.manager import Manager
from cmlint.flow.reading.events import Call
from cmlint.flow.reading.naming import words_of
from cmlint.flow.reading.scope import Origin, Scope, scope_of
from cmlint.flow.reading.syntax import children, own_nodes
from cmlint.flow.reading.tree import NotAnalysed, Tree, parse
from cmlint.knowledge.entries import Knowledge, Resource
from cmlint.outline import Definition

_MOST_CANDIDATES = 4
_KINDS = frozenset({"connection", "process", "thread", "server", "executor"})


def enclosed(manager: Manager) -> Iterator[tuple[Site, str, Resource]]:
    """The calls before the yield that leave a resource in a closure; what holds it there, and the resource."""
    for site in {site.index: site for here, _ in manager.obligations for site in here.before}.values():
        event = site.event
        if not isinstance(event, Call) or site.grafted or not event.results or len(words_of(event.method)) < 2:
            continue
        if event.receiver is None or manager.scope.origin(event.receiver) is Origin.OUTSIDE:
            continue
        found = [d for d in manager.subject.whole.definitions if d.name == event.method and not d.is_class]
        for definition in found if len(found) <= _MOST_CANDIDATES else ():
            kept = _kept(definition, manager)
            if kept is not None:
                yield site, *kept
                break


def _kept(definition: Definition, manager: Manager) -> tuple[str, Resource] | None:
    """The local of the function that only a returned closure reads, and what it holds."""
    if definition.decorators:
        return None
    try:
        tree = parse(manager.subject.whole.slices(definition))
    except NotAnalysed:
        return None
    scope = scope_of(tree, manager.subject.whole.visible(definition), definition.owner)
    for name in scope.bound:
        resource = _made(name, scope, manager.subject.knowledge)
        if resource is not None and _is_only_enclosed(name, resource, tree, scope):
            return name, resource
    return None


def _made(name: str, scope: Scope, knowledge: Knowledge) -> Resource | None:
    value = scope.sole_value(name)
    resource = knowledge.resource(scope.dotted(value.func)) if isinstance(value, cst.Call) else None
    if resource is None or resource.held != "result" or resource.kind not in _KINDS:
        return None
    return resource if resource.release_methods else None


def _is_only_enclosed(name: str, resource: Resource, tree: Tree, scope: Scope) -> bool:
    """Whether a closure that is returned reads `name`, nothing else does, and the closure does not release it."""
    closures = [node for node in own_nodes(tree.function.body) if isinstance(node, (cst.Lambda, cst.FunctionDef))]
    reading = [node for node in closures if name in _names(node)]
    returned = [node.value for node in own_nodes(tree.function.body) if isinstance(node, cst.Return) and node.value]
    if not reading or not any(_is_one_of(value, reading, scope) for value in returned):
        return False
    code = tree.code(tree.function.body)
    releases = any(f"{name}.{method}(" in code for method in resource.release_methods)
    everywhere = _names(tree.function.body).count(name)
    return not releases and everywhere == 1 + sum(_names(node).count(name) for node in reading)


def _is_one_of(value: cst.BaseExpression, closures: list[cst.Lambda | cst.FunctionDef], scope: Scope) -> bool:
    if isinstance(value, cst.Name):
        bound = scope.sole_value(value.value)
        return any(
            node is bound or (isinstance(node, cst.FunctionDef) and node.name.value == value.value) for node in closures
        )
    return value in closures


def _names(node: cst.CSTNode) -> list[str]:
    """The names in a piece of source, each as often as it stands there."""
    found = [node.value] if isinstance(node, cst.Name) else []
    return found + [name for child in children(node) for name in _names(child)]
