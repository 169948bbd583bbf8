"""Lowers expressions: the events of an expression in the order in which Python evaluates them.

Idea: an expression is lowered from its last event to its first, each with the node that follows. Only calls,
yields, awaits, and walrus stores are events; attribute reads, operators and subscripts are taken not to raise,
so a leak that starts at one of those may be missed, but none is invented.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import libcst as cst

from cmlint.flow.lowering.exits import Exits
from cmlint.flow.lowering.graph import Edge, GraphBuilder, Site, Way
from cmlint.flow.reading.events import ITEM_OF, Call, Event, Fault, Form, Step, Store, Test, Value, Yield
from cmlint.flow.reading.scope import Scope
from cmlint.flow.reading.syntax import children, is_none, own_nodes
from cmlint.flow.reading.tree import Tree
from cmlint.flow.reading.values import call_event, describe, item_of

_EVENTFUL = (cst.Call, cst.Await, cst.Yield, cst.NamedExpr)
_WITHOUT_EVENTS = frozenset({cst.Lambda, cst.FunctionDef, cst.Name, cst.Integer, cst.SimpleString})
_BRANCHING = frozenset({cst.IfExp, cst.ClassDef})  # which would be lowered although nothing happens in them
_IN_ORDER = frozenset({cst.Arg, cst.Attribute, cst.Subscript, cst.SubscriptElement, cst.Index, cst.Element, cst.Tuple})
_COMPREHENSIONS = (cst.ListComp, cst.SetComp, cst.GeneratorExp, cst.DictComp)
_FAULTS_OF_A_CALL = (Fault.EXCEPTION, Fault.BASE)


class ExpressionLowering:
    """Lowers the expressions of one function into `builder`."""

    def __init__(self, tree: Tree, scope: Scope, builder: GraphBuilder) -> None:
        self.tree = tree
        self.scope = scope
        self.builder = builder
        self._uses: dict[cst.CSTNode, tuple[tuple[str, ...], bool, bool]] = {}

    def use(
        self,
        expression: cst.BaseExpression,
        *,
        results: tuple[str, ...] = (),
        discarded: bool = False,
        managed: bool = False,
    ) -> None:
        """Note what becomes of the value of `expression`, before it is lowered; a choice passes it on."""
        inner = expression.expression if isinstance(expression, cst.Await) else expression
        self._uses[inner] = (results, discarded, managed)
        for chosen in _choices(inner):
            self.use(chosen, results=results, discarded=discarded, managed=managed)

    def event(
        self, syntax: cst.CSTNode, event: Event, statement: cst.CSTNode, next_: int, raises: Sequence[Edge] = ()
    ) -> int:
        """A node for `event` that goes on to `next_`."""
        return self.builder.node(self.site(syntax, event, statement), (Edge(next_, Way.NORMAL), *raises))

    def site(self, syntax: cst.CSTNode, event: Event, statement: cst.CSTNode) -> Site:
        """The site of `event` at `syntax`."""
        return self.builder.site(syntax, event, self.tree.span(syntax), statement)

    def raising(self, exits: Exits, faults: Sequence[Fault] = _FAULTS_OF_A_CALL) -> list[Edge]:
        """The exceptional edges of a node."""
        return [Edge(exits.raising(fault), Way.RAISE, fault) for fault in faults]

    def lower(self, node: cst.CSTNode, statement: cst.CSTNode, next_: int, exits: Exits) -> int:
        """The first node of the evaluation of `node`; `next_` when it has no event."""
        kind = type(node)
        if kind in _WITHOUT_EVENTS or (kind in _BRANCHING and not _has_events(node)):
            return next_
        if kind in _IN_ORDER:
            return self._in_order(children(node), statement, next_, exits)
        if isinstance(node, cst.Call):
            return self._call(node, statement, next_, exits)
        if isinstance(node, cst.Yield):
            return self._yield(node, statement, next_, exits)
        if isinstance(node, cst.Await):
            return self._await(node, statement, next_, exits)
        if isinstance(node, cst.NamedExpr):
            after = self.store(node.target, node.value, statement, next_)
            if isinstance(node.target, cst.Name):
                self.use(node.value, results=(node.target.value,))
            return self.lower(node.value, statement, after, exits)
        if isinstance(node, cst.BooleanOperation):
            right = self.lower(node.right, statement, next_, exits)
            if right == next_:
                return self.lower(node.left, statement, next_, exits)
            yes, no = (right, next_) if isinstance(node.operator, cst.And) else (next_, right)
            return self.condition(node.left, statement, yes, no, exits)
        if isinstance(node, cst.IfExp):
            yes = self.lower(node.body, statement, next_, exits)
            no = self.lower(node.orelse, statement, next_, exits)
            return self.condition(node.test, statement, yes, no, exits)
        if isinstance(node, _COMPREHENSIONS):
            return self._comprehension(node, statement, next_, exits)
        return self._in_order(children(node), statement, next_, exits)

    def _in_order(self, nodes: Sequence[cst.CSTNode], statement: cst.CSTNode, next_: int, exits: Exits) -> int:
        for node in reversed(nodes):
            next_ = self.lower(node, statement, next_, exits)
        return next_

    def _call(self, node: cst.Call, statement: cst.CSTNode, next_: int, exits: Exits) -> int:
        results, discarded, managed = self._uses.get(node, ((), False, False))
        event = call_event(node, self.scope, results, discarded=discarded, managed=managed)
        after = self._called(node, event, statement, next_, exits)
        return self._in_order([node.func, *node.args], statement, after, exits)

    def _called(self, node: cst.Call, event: Call, statement: cst.CSTNode, next_: int, exits: Exits) -> int:
        """The call: what it runs inside, when that is known, then its own event, which then raises nothing more."""
        bound = self.event(node, event, statement, next_)
        body = bound if event.managed else self.grafted(node, event, statement, bound, exits)
        return self.event(node, event, statement, next_, self.raising(exits)) if body == bound else body

    def grafted(self, call: cst.Call, event: Call, statement: cst.CSTNode, next_: int, exits: Exits) -> int:
        """The first node of what `call` runs inside; here nothing is looked into, so `next_`."""
        del call, event, statement, exits
        return next_

    def _await(self, node: cst.Await, statement: cst.CSTNode, next_: int, exits: Exits) -> int:
        inner = node.expression
        if not isinstance(inner, cst.Call):
            waiting = Step("await", self.scope.code(node))
            after = self.event(node, waiting, statement, next_, self.raising(exits))
            return self.lower(inner, statement, after, exits)
        results, discarded, managed = self._uses.get(inner, ((), False, False))
        called = call_event(inner, self.scope, results, discarded=discarded, managed=managed)
        after = self._called(inner, replace(called, awaited=True), statement, next_, exits)
        return self._in_order([inner.func, *inner.args], statement, after, exits)

    def _yield(self, node: cst.Yield, statement: cst.CSTNode, next_: int, exits: Exits) -> int:
        inner = node.value.item if isinstance(node.value, cst.From) else node.value
        value = describe(inner, self.scope) if inner is not None else Value(Form.NONE, "")
        event = Yield(value, self.scope.code(node))
        after = self.event(node, event, statement, next_, self.raising(exits, tuple(Fault)))
        return self.lower(inner, statement, after, exits) if inner is not None else after

    def _comprehension(
        self,
        node: cst.ListComp | cst.SetComp | cst.GeneratorExp | cst.DictComp,
        statement: cst.CSTNode,
        next_: int,
        exits: Exits,
    ) -> int:
        element = [node.key, node.value] if isinstance(node, cst.DictComp) else [node.elt]
        conditions = [condition.test for condition in node.for_in.ifs]
        inner = [node.for_in.inner_for_in] if node.for_in.inner_for_in else []
        parts = [*conditions, *inner, *element]
        if not any(map(_has_events, parts)):
            return self.lower(node.for_in.iter, statement, next_, exits)
        head = self.builder.placeholder()
        body = self._in_order(parts, statement, head, exits)
        text = f"{ITEM_OF}{self.scope.code(node.for_in.iter)}"
        site = self.site(node, Test(text, "text", text), statement)
        self.builder.fill(head, site, [Edge(body, Way.TRUE), Edge(next_, Way.FALSE)])
        return self.lower(node.for_in.iter, statement, head, exits)

    def repeated(
        self, loop: cst.CompFor, element: cst.BaseExpression, statement: cst.CSTNode, next_: int, exits: Exits
    ) -> int:
        """`[hook.remove() for hook in hooks]` as a statement does what a loop does."""
        self.use(element, discarded=True)
        head = self.builder.placeholder()
        body = self.lower(element, statement, head, exits)
        for condition in reversed(loop.ifs):
            body = self.condition(condition.test, statement, body, head, exits)
        first = self.bind_item(loop.target, loop.iter, statement, body)
        text = f"{ITEM_OF}{self.scope.code(loop.iter)}"
        site = self.site(loop, Test(text, "text", text), statement)
        self.builder.fill(head, site, [Edge(first, Way.TRUE), Edge(next_, Way.FALSE), *self.raising(exits)])
        return self.lower(loop.iter, statement, head, exits)

    def bind_item(
        self, target: cst.BaseExpression, whole: cst.BaseExpression, statement: cst.CSTNode, next_: int
    ) -> int:
        """Bind `target` to one of the values that `whole` gives."""
        if isinstance(target, (cst.Tuple, cst.List)):
            for element in reversed(target.elements):
                next_ = self.bind_item(element.value, whole, statement, next_)
            return next_
        key = target_keys(target, self.scope)[0]
        text = f"{key} = {ITEM_OF}{self.scope.code(whole)}"
        return self.event(target, Store(key, item_of(whole, self.scope), text), statement, next_)

    def store(self, target: cst.BaseExpression, value: cst.BaseExpression, statement: cst.CSTNode, next_: int) -> int:
        """The node of `target = value`, for a target that is one object."""
        key = self.scope.key(target) or self.scope.code(target)
        name = target.value if isinstance(target, cst.Name) else key
        text = f"{self.scope.code(target)} = {self.scope.code(value)}"
        return self.event(target, Store(name, describe(value, self.scope), text), statement, next_)

    def branch(self, syntax: cst.CSTNode, test: Test, statement: cst.CSTNode, yes: int, no: int) -> int:
        """A node with two ways out."""
        site = self.site(syntax, test, statement)
        return self.builder.node(site, (Edge(yes, Way.TRUE), Edge(no, Way.FALSE)))

    def condition(self, test: cst.BaseExpression, statement: cst.CSTNode, yes: int, no: int, exits: Exits) -> int:
        """Evaluate `test` and go on to `yes` or `no`; `not`, `and` and `or` become branches of their own."""
        if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
            return self.condition(test.expression, statement, no, yes, exits)
        if isinstance(test, cst.BooleanOperation):
            if isinstance(test.operator, cst.And):
                right = self.condition(test.right, statement, yes, no, exits)
                return self.condition(test.left, statement, right, no, exits)
            right = self.condition(test.right, statement, yes, no, exits)
            return self.condition(test.left, statement, yes, right, exits)
        if isinstance(test, cst.Name) and test.value in ("True", "False", "None"):
            return yes if test.value == "True" else no
        if isinstance(test, cst.Integer):
            return yes if test.evaluated_value else no
        event, positive = _tested(test, self.scope)
        if not positive:
            yes, no = no, yes
        node = self.branch(test, event, statement, yes, no)
        return self.lower(test, statement, node, exits)


def _tested(test: cst.BaseExpression, scope: Scope) -> tuple[Test, bool]:
    """The event of a condition, and whether it asks for the predicate or for its opposite."""
    text = scope.code(test)
    if isinstance(test, cst.NamedExpr):
        return Test(scope.key(test.target) or text, "truthy", text), True
    if isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
        operator, right = test.comparisons[0].operator, test.comparisons[0].comparator
        positive = not isinstance(operator, (cst.IsNot, cst.NotEqual, cst.NotIn))
        if isinstance(operator, (cst.Is, cst.IsNot, cst.Equal, cst.NotEqual, cst.In, cst.NotIn)):
            subject = scope.subject(test.left) or scope.code(test.left)
            if is_none(right):
                return Test(subject, "none", text), positive
            if isinstance(operator, (cst.In, cst.NotIn)):  # what is added to it and taken out goes by its key
                return Test(subject, f"in {scope.key(right) or scope.code(right)}", text), positive
            return Test(subject, f"is {scope.code(right)}", text), positive
    key = scope.subject(test) if isinstance(test, (cst.Name, cst.Attribute, cst.Subscript)) else None
    return (Test(key, "truthy", text), True) if key else (Test(text, "text", text), True)


def _has_events(node: cst.CSTNode) -> bool:
    return isinstance(node, _EVENTFUL) or any(isinstance(inner, _EVENTFUL) for inner in own_nodes(node))


def _choices(expression: cst.BaseExpression) -> tuple[cst.BaseExpression, ...]:
    """What the value of `expression` is one of: `make() if missing else None`, `given or make()`."""
    if isinstance(expression, cst.IfExp):
        return (expression.body, expression.orelse)
    if isinstance(expression, cst.BooleanOperation):
        return (expression.right,)
    return ()


def target_keys(target: cst.BaseExpression, scope: Scope) -> tuple[str, ...]:
    """The keys that an assignment to `target` writes; of names only what is put into an attribute is replaced."""
    if isinstance(target, cst.Name):
        return (scope.kept.get(target.value, target.value),)
    if isinstance(target, (cst.Tuple, cst.List)):
        return tuple(key for element in target.elements for key in target_keys(element.value, scope))
    if isinstance(target, cst.StarredElement):
        return target_keys(target.value, scope)
    return (scope.key(target) or scope.code(target),)
