"""One manager, analysed: its graph and what is lost when the body of its `with` raises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cmlint.flow.around import Around, around
from cmlint.flow.graph import Graph
from cmlint.flow.leaks import Leak, LeakSearch
from cmlint.flow.lower import lower
from cmlint.flow.obligations import obligations
from cmlint.flow.scope import Scope, scope_of
from cmlint.flow.tree import Tree, parse
from cmlint.knowledge.entries import Knowledge, Protocol
from cmlint.outline import Definition, Slice


@dataclass(frozen=True)
class Subject:
    """What is to be analysed: a definition, what its surroundings mean by their names, how it is called."""

    definition: Definition
    visible: Mapping[str, str]
    protocol: Protocol
    knowledge: Knowledge

    @property
    def owner(self) -> str | None:
        """The name of the class whose method it is."""
        parent = self.definition.parent
        return parent.name if parent is not None and parent.is_class else None


@dataclass(frozen=True)
class Manager:
    """The result of the analysis. `leaks` are sorted by the line of their yield, then by that of their acquire."""

    subject: Subject
    tree: Tree
    scope: Scope
    graph: Graph
    leaks: tuple[Leak, ...]

    @property
    def qualname(self) -> str:
        """The dotted name in the file, as in `Class.method` or `outer.inner`."""
        return self.subject.definition.qualname


def analyse(subject: Subject, slices: Iterable[Slice]) -> Manager:
    """Analyse one manager from its source. Raises NotAnalysed."""
    tree = parse(slices)
    scope = scope_of(tree, subject.visible, subject.owner)
    graph = lower(tree, scope)
    return Manager(subject, tree, scope, graph, _leaks(subject, graph, scope))


def _leaks(subject: Subject, graph: Graph, scope: Scope) -> tuple[Leak, ...]:
    if not subject.protocol.throws:
        return ()
    surroundings = [around(graph, number) for number in graph.yields()]
    found = {
        (leak.obligation.object, leak.site.index, leak.skipped): leak
        for here in surroundings
        for leak in _leaks_at(here, scope, subject.knowledge)
    }
    return tuple(sorted(found.values(), key=lambda leak: (leak.site.span, leak.acquire.span, leak.obligation.object)))


def _leaks_at(here: Around, scope: Scope, knowledge: Knowledge) -> Iterable[Leak]:
    for obligation in obligations(here, scope, knowledge):
        leak = LeakSearch(here.graph, obligation).leak_at(here.number)
        if leak is not None:
            yield leak
