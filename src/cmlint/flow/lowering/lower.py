"""Lowers a manager to one graph: a generator function as it stands, a pair of methods around the body of the `with`.

What a call runs in the same file is lowered in the place of the call (see `grafts`). A pair is lowered as
`__enter__`, a yield, and two copies of `__exit__`: one after a body that succeeded, where the three parameters are
None, and one after an exception, which goes on unless something true is returned.
"""

from __future__ import annotations

import libcst as cst

from cmlint.flow.lowering.exits import Exits
from cmlint.flow.lowering.grafts import Graft, Grafting
from cmlint.flow.lowering.graph import RETURN_EXIT, UNWIND_EXIT, Edge, Graph, GraphBuilder, Inside, Site, Way
from cmlint.flow.lowering.prefix import Prefix
from cmlint.flow.lowering.statements import StatementLowering
from cmlint.flow.reading.events import Call, Event, Fault, Form, Store, Value, Yield
from cmlint.flow.reading.scope import Scope
from cmlint.flow.reading.tree import NotAnalysed, Tree

_NOTHING = Value(Form.NONE, "None")
_SOMETHING = Value(Form.CALL, "Exception()", dotted="Exception()")
_LEAVING = Exits(tuple((fault, UNWIND_EXIT) for fault in Fault), RETURN_EXIT)


def lower(tree: Tree, scope: Scope, grafting: Grafting, prefix: Prefix | None = None) -> tuple[Graph, Scope]:
    """The graph of the function in `tree`, behind what its caller does before it, if that is known.

    Also its scope with what grafts bind. Raises NotAnalysed past the caps.
    """
    lowering = Lowering(tree, scope if prefix is None else prefix.scope, GraphBuilder(), grafting)
    try:
        entry = lowering.suite(tree.function.body, RETURN_EXIT, _LEAVING)
        if prefix is not None:
            entry = _PrefixLowering(lowering, prefix).suite(prefix.body, entry, Exits(_LEAVING.raises, entry))
    except RecursionError:
        raise NotAnalysed("it is nested too deeply") from None
    return lowering.builder.finish(entry), lowering.scope


def lower_pair(
    enter: Tree, leave: Tree, scope: Scope, grafting: Grafting, constructor: Tree | None = None
) -> tuple[Graph, Scope]:
    """The graph of `__enter__` and `__exit__` around a body, behind `__init__` if it is given, and the scope as above.

    Raises NotAnalysed.
    """
    builder = GraphBuilder()
    lowering = _ExitLowering(leave, scope, builder, grafting)
    try:
        succeeded = lowering.after(None)
        failed = lowering.after(Fault.EXCEPTION)
        body = Yield(_NOTHING, "the body of the `with`")
        site = builder.site(enter.function, body, enter.span(enter.function.name), enter.function)
        edges = [Edge(succeeded, Way.NORMAL), *(Edge(failed, Way.RAISE, fault) for fault in Fault)]
        inside = builder.node(site, edges)
        entering = Lowering(enter, lowering.scope, builder, grafting)
        exits = Exits(_LEAVING.raises, inside)
        entry = entering.suite(enter.function.body, inside, exits)
        if constructor is not None:
            entering = Lowering(constructor, entering.scope, builder, grafting)
            entry = entering.suite(constructor.function.body, entry, Exits(_LEAVING.raises, entry))
    except RecursionError:
        raise NotAnalysed("it is nested too deeply") from None
    return builder.finish(entry), entering.scope


class Lowering(StatementLowering):
    """Lowers one function and, in the places of their calls, what it runs in the same file."""

    def __init__(self, tree: Tree, scope: Scope, builder: GraphBuilder, grafting: Grafting) -> None:
        super().__init__(tree, scope, builder)
        self._grafting = grafting
        self._known: set[cst.Call] = set()

    def grafted(self, call: cst.Call, event: Call, statement: cst.CSTNode, next_: int, exits: Exits) -> int:
        """The first node of the graft of `call`, or `next_` when there is none."""
        graft = self._grafting.graft(call, self.scope, event.results, awaited=event.awaited)
        if graft is None:
            return next_
        if call not in self._known:  # a copy of a `finally` body comes here again
            self._known.add(call)
            self.scope = graft.scope
        inside = _GraftLowering(self, call, statement, graft)
        leaving = Exits(exits.raises, next_, reraise=exits.reraise)
        return inside.suite(graft.body, next_, leaving)


class _GraftLowering(StatementLowering):
    """Lowers a graft: its sites are at the call."""

    def __init__(self, caller: Lowering, call: cst.Call, statement: cst.CSTNode, graft: Graft) -> None:
        super().__init__(caller.tree, caller.scope, caller.builder)
        self._call_of_it = call
        self._statement_of_it = statement
        self._span = caller.tree.span(call)
        self._graft = graft

    def site(self, syntax: cst.CSTNode, event: Event, statement: cst.CSTNode) -> Site:
        """The site of what happens inside, at the call."""
        del statement
        return self.builder.grafted_site(
            self._call_of_it,
            syntax,
            event,
            self._span,
            self._statement_of_it,
            inside=self._graft.inside(syntax),
        )


class _PrefixLowering(StatementLowering):
    """Lowers what the caller does before the manager: its sites are in the caller."""

    def __init__(self, manager: Lowering, prefix: Prefix) -> None:
        super().__init__(manager.tree, manager.scope, manager.builder)
        self._prefix = prefix

    def site(self, syntax: cst.CSTNode, event: Event, statement: cst.CSTNode) -> Site:
        """The site of what happens there, at its own place."""
        span = self._prefix.span(syntax)
        return self.builder.site(syntax, event, span, statement, inside=Inside(self._prefix.qualname, span.line))


class _ExitLowering(Lowering):
    """Lowers `__exit__`, once for each way in which the body ends."""

    def after(self, fault: Fault | None) -> int:
        """The first node after a body that raised, or that succeeded where `fault` is None."""
        function = self.tree.function
        if fault is None:
            exits, falling_off, value = _LEAVING, RETURN_EXIT, _NOTHING
        else:
            exits = Exits(_LEAVING.raises, RETURN_EXIT, reraise=UNWIND_EXIT, return_false=UNWIND_EXIT)
            falling_off, value = UNWIND_EXIT, _SOMETHING
        first = self.suite(function.body, falling_off, exits)
        for parameter in reversed(function.params.params[1:4]):
            # The two copies tell different things about one parameter, so they are sites of their own.
            syntax = parameter if fault is None else parameter.name
            name = parameter.name.value
            store = Store(name, value, f"{name} = {value.text}")
            site = self.builder.site(syntax, store, self.tree.span(parameter.name), function)
            first = self.builder.node(site, [Edge(first, Way.NORMAL)])
        return first
