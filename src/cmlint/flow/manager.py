"""One manager, analysed: its graph, its obligations, and what is lost when the body of its `with` raises."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cmlint.flow.calls.callees import Place
from cmlint.flow.calls.callers import caller_of
from cmlint.flow.calls.handed_out import with_handed_out
from cmlint.flow.doubts.lasting import as_sure_as_it_lasts
from cmlint.flow.doubts.owned import is_released_by_owner
from cmlint.flow.doubts.stated import doubted_as_stated
from cmlint.flow.doubts.texts_in_memory import doubted_as_depth
from cmlint.flow.failing.deeper import Deeper
from cmlint.flow.failing.escaping import Escaping, Failing, faults_of
from cmlint.flow.failing.faults import Faults
from cmlint.flow.lowering.around import Around, around
from cmlint.flow.lowering.grafts import Grafting
from cmlint.flow.lowering.graph import Graph, Site
from cmlint.flow.lowering.lower import lower, lower_pair
from cmlint.flow.lowering.prefix import prefix_of
from cmlint.flow.obligations import apparent_obligations, obligations
from cmlint.flow.paths.leaks import Leak, leak_at
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.scope import Scope, merged, scope_of
from cmlint.flow.reading.tree import Tree, parse
from cmlint.outline import Slice
from cmlint.subjects import Subject

if TYPE_CHECKING:
    from cmlint.flow.losses.narrow import NarrowCleanup


@dataclass(frozen=True)
class Manager:
    """The result of the analysis. `exit_tree` is that of the `__exit__` where the manager is a class.

    constructor: that of its `__init__`, where the graph begins there (see `constructed`).
    """

    subject: Subject
    tree: Tree
    scope: Scope
    graph: Graph
    exit_tree: Tree | None = None
    constructor: Tree | None = None

    @property
    def qualname(self) -> str:
        """The dotted name in the file, as in `Class.method` or `outer.inner`."""
        return self.subject.qualname

    def constructs(self, site: Site) -> bool:
        """Whether the site is in the constructor."""
        made = self.constructor
        return made is not None and made.span(made.function).holds(site.span)

    @cached_property
    def deeper(self) -> Deeper:
        """What its calls run elsewhere in the file."""
        return Deeper(self.subject)

    def leaving(self, site: Site, fails: Failing) -> Faults | None:
        """What leaves the step at a site, by the functions of the file that it runs; None where they are not known.

        fails: whether a call of another file can fail.
        """
        if fails not in self._escaping:
            self._escaping[fails] = Escaping(self.subject.knowledge, fails)
        return faults_of(site.event, self._escaping[fails], self.place_of(site), self.scope)

    def place_of(self, site: Site) -> Place:
        """The function in which a site stands."""
        whole = self.subject.whole
        found = [] if site.inside is None else whole.qualified(site.inside.qualname)
        return Place(found[0] if found else self.subject.definition, whole)

    @cached_property
    def _escaping(self) -> dict[Failing, Escaping]:
        return {}

    @cached_property
    def obligations(self) -> tuple[tuple[Around, tuple[Obligation, ...]], ...]:
        """What is opened before each yield and discharged after it when it is resumed."""
        surroundings = [around(self.graph, number) for number in self.graph.yields()]
        return tuple((here, self._opened(here)) for here in surroundings)

    @cached_property
    def narrow_cleanups(self) -> tuple[NarrowCleanup, ...]:
        """What is released after some exceptions of the body only; four rules and the repairs ask for it."""
        from cmlint.flow.losses.narrow import narrow_cleanups  # which needs this module

        return tuple(narrow_cleanups(self))

    @property
    def trees(self) -> tuple[Tree, ...]:
        """That of the function, or those of `__enter__` and `__exit__`."""
        return (self.tree,) if self.exit_tree is None else (self.tree, self.exit_tree)

    def _opened(self, here: Around) -> tuple[Obligation, ...]:
        from cmlint.flow.losses.refused import sure_as_refused  # which needs this module

        opened = obligations(here, self.scope, self.subject.knowledge)
        sites = self.graph.sites
        found = tuple(each for each in opened if not is_released_by_owner(each, self.subject, sites))
        if found or self.exit_tree is not None:  # what an `__exit__` does is meant to be done whatever happens
            judged = (as_sure_as_it_lasts(each, self.subject, self.scope) for each in found)
            judged = (doubted_as_depth(each, self.subject) for each in judged)
            judged = (sure_as_refused(each, self) for each in judged)
            return doubted_as_stated(judged, self.subject)
        return tuple(apparent_obligations(here, self.scope, self.subject.knowledge))

    @cached_property
    def leaks(self) -> tuple[Leak, ...]:
        """What is lost when the body raises, sorted by the line of the yield, then by that of the acquire."""
        if not self.subject.protocol.throws:
            return ()
        found = {
            (leak.obligation.object, leak.site.index, leak.skipped): leak
            for here, opened in self.obligations
            for obligation in opened
            if (leak := leak_at(self.graph, obligation, here.number)) is not None
        }
        return tuple(
            sorted(found.values(), key=lambda leak: (leak.site.span, leak.acquire.span, leak.obligation.object))
        )


def analyse(
    subject: Subject, slices: Iterable[Slice] | None = None, exit_slices: Iterable[Slice] | None = None
) -> Manager:
    """Analyse one manager, from the slices where its function, or its `__exit__`, has another source now.

    Raises NotAnalysed.
    """
    definition = subject.definition
    tree = parse(subject.whole.slices(definition) if slices is None else slices)
    grafting = Grafting(subject.whole, definition.parent, tree.texts)
    scope = scope_of(tree, subject.visible, subject.owner, subject.bases)
    scope = with_handed_out(scope, tree.function, subject.whole, definition.parent)
    if subject.exit is None:
        caller = caller_of(subject, tree.texts)
        prefix = None if caller is None else prefix_of(caller, scope, subject.whole.visible(caller.definition))
        graph, scope = lower(tree, scope, grafting, prefix)
        return Manager(subject, tree, scope, graph)
    leave = parse(subject.whole.slices(subject.exit) if exit_slices is None else exit_slices, tree.texts)
    both = merged(scope, scope_of(leave, subject.visible, subject.owner))
    graph, both = lower_pair(tree, leave, both, grafting)
    return Manager(subject, tree, both, graph, leave)
