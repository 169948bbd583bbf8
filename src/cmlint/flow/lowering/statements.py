"""Lowers statements: the nodes of a suite, in front of what follows it.

Idea: each statement is lowered last to first, with the node that follows and with frozen exits (raise, return,
break, continue); `finally` and `with` wrap every exit. Approximates from above: both sides of every branch and any
number of iterations are possible, every call can raise. What can't be lowered raises NotAnalysed.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from cmlint.flow.lowering.exits import Exits
from cmlint.flow.lowering.expressions import ExpressionLowering, target_keys
from cmlint.flow.lowering.graph import Edge, Way
from cmlint.flow.lowering.handlers import (
    Match,
    asked_by,
    caught_as,
    matches,
    may_suppress,
    raised_fault,
    raises_again,
    reraises,
    suppresses,
)
from cmlint.flow.reading.events import ITEM_OF, Delete, Enter, Exit, Fault, Form, Raise, Step, Store, Test, Value
from cmlint.flow.reading.syntax import for_its_effects, only_narrows, thrown_away
from cmlint.flow.reading.tree import NotAnalysed
from cmlint.flow.reading.values import describe


class StatementLowering(ExpressionLowering):
    """Lowers statements; every method returns the first node of what it lowers."""

    def suite(self, suite: cst.BaseSuite, next_: int, exits: Exits) -> int:
        """An indented block, or the statements after a colon."""
        if isinstance(suite, cst.IndentedBlock):
            for statement in reversed(suite.body):
                next_ = self._statement(statement, next_, exits)
            return next_
        assert isinstance(suite, cst.SimpleStatementSuite)
        return self._small(suite.body, suite, next_, exits)

    def _statement(self, statement: cst.BaseStatement, next_: int, exits: Exits) -> int:
        match statement:
            case cst.SimpleStatementLine():
                return self._small(statement.body, statement, next_, exits)
            case cst.If():
                return self._if(statement, next_, exits)
            case cst.While():
                return self._while(statement, next_, exits)
            case cst.For():
                return self._for(statement, next_, exits)
            case cst.With():
                return self._with(statement, 0, next_, exits)
            case cst.Try() | cst.TryStar():
                return self._try(statement, next_, exits)
            case cst.Match():
                return self._match(statement, next_, exits)
            case cst.FunctionDef() | cst.ClassDef():
                name = statement.name.value
                value = Value(Form.FUNCTION, name)
                after = self.event(statement.name, Store(name, value, f"def {name}"), statement, next_)
                return self._in_order([d.decorator for d in statement.decorators], statement, after, exits)
        raise NotAnalysed(f"it contains a {type(statement).__name__}")

    def _small(self, body: Sequence[cst.BaseSmallStatement], statement: cst.CSTNode, next_: int, exits: Exits) -> int:
        for small in reversed(body):
            next_ = self._small_statement(small, statement, next_, exits)
        return next_

    def _small_statement(self, small: cst.BaseSmallStatement, statement: cst.CSTNode, next_: int, exits: Exits) -> int:
        match for_its_effects(small):
            case cst.ListComp(elt=element, for_in=loop) | cst.SetComp(elt=element, for_in=loop) if (
                loop.inner_for_in is None
            ):
                return self.repeated(loop, element, statement, next_, exits)
        match small:
            case cst.Expr():
                for value in thrown_away(small):
                    self.use(value, discarded=True)
                return self.lower(small.value, statement, next_, exits)
            case cst.Assign():
                return self._assign([target.target for target in small.targets], small.value, statement, next_, exits)
            case cst.AnnAssign():
                if small.value is None:
                    return next_
                return self._assign([small.target], small.value, statement, next_, exits)
            case cst.AugAssign():
                return self._augmented(small, statement, next_, exits)
            case cst.Return():
                return self._return(small, statement, exits)
            case cst.Raise():
                return self._raise(small, statement, exits)
            case cst.Break():
                return next_ if exits.break_ is None else exits.break_
            case cst.Continue():
                return next_ if exits.continue_ is None else exits.continue_
            case cst.Del():
                return self._delete(small.target, statement, next_)
            case cst.Assert():
                failing = next_ if only_narrows(small.test) else self._failing(small, statement, exits)
                return self.condition(small.test, statement, next_, failing, exits)
            case cst.Import() | cst.ImportFrom():
                step = Step("import", self.scope.code(small))
                return self.event(small, step, statement, next_, self.raising(exits))
        return next_  # pass, global, nonlocal, a type alias

    def _return(self, small: cst.Return, statement: cst.CSTNode, exits: Exits) -> int:
        value = small.value
        if value is not None:
            self.use(value, discarded=True)
        if exits.return_false is None:
            return exits.return_ if value is None else self.lower(value, statement, exits.return_, exits)
        if value is None:
            return exits.return_false
        if isinstance(value, cst.Name) and self.scope.method and value.value == self.scope.parameters[0]:
            return exits.return_  # an object is true
        return self.condition(value, statement, exits.return_, exits.return_false, exits)

    def _assign(
        self,
        targets: Sequence[cst.BaseExpression],
        value: cst.BaseExpression,
        statement: cst.CSTNode,
        next_: int,
        exits: Exits,
    ) -> int:
        results: list[str] = []
        for target in reversed(targets):
            next_ = self._bind(target, value, statement, next_)
            results = [*target_keys(target, self.scope), *results]
        self.use(value, results=tuple(results))
        return self.lower(value, statement, next_, exits)

    def _bind(self, target: cst.BaseExpression, value: cst.BaseExpression, statement: cst.CSTNode, next_: int) -> int:
        if not isinstance(target, (cst.Tuple, cst.List)):
            return self.store(target, value, statement, next_)
        same_shape = isinstance(value, (cst.Tuple, cst.List)) and len(value.elements) == len(target.elements)
        for index, element in reversed(list(enumerate(target.elements))):
            if same_shape and isinstance(value, (cst.Tuple, cst.List)):
                next_ = self._bind(element.value, value.elements[index].value, statement, next_)
            else:
                next_ = self.bind_item(element.value, value, statement, next_)
        return next_

    def _augmented(self, small: cst.AugAssign, statement: cst.CSTNode, next_: int, exits: Exits) -> int:
        target = target_keys(small.target, self.scope)[0]
        operator = self.scope.code(small.operator)
        text = f"{self.scope.code(small.target)} {operator} {self.scope.code(small.value)}"
        event = Store(target, describe(small.value, self.scope), text, operator)
        after = self.event(small.target, event, statement, next_)
        return self.lower(small.value, statement, after, exits)

    def _delete(self, target: cst.BaseExpression, statement: cst.CSTNode, next_: int) -> int:
        targets = [element.value for element in target.elements] if isinstance(target, cst.Tuple) else [target]
        for item in reversed(targets):
            key = target_keys(item, self.scope)[0]
            next_ = self.event(item, Delete(key, f"del {self.scope.code(item)}"), statement, next_)
        return next_

    def _raise(self, small: cst.Raise, statement: cst.CSTNode, exits: Exits) -> int:
        text = self.scope.code(small)
        if small.exc is None or raises_again(small, exits.caught):
            target = exits.raising(Fault.EXCEPTION) if exits.reraise is None else exits.reraise
            site = self.site(small, Raise(None, text), statement)
            return self.builder.node(site, [Edge(target, Way.RAISE)])
        fault = raised_fault(small.exc, self.scope)
        site = self.site(small, Raise(fault, text), statement)
        node = self.builder.node(site, self.raising(exits, [fault]))
        return self.lower(small.exc, statement, node, exits)

    def _failing(self, small: cst.Assert, statement: cst.CSTNode, exits: Exits) -> int:
        event = Raise(Fault.EXCEPTION, self.scope.code(small))
        site = self.site(small, event, statement)
        return self.builder.node(site, self.raising(exits, [Fault.EXCEPTION]))

    def _if(self, statement: cst.If, next_: int, exits: Exits) -> int:
        yes = self.suite(statement.body, next_, exits)
        no = next_
        if isinstance(statement.orelse, cst.If):
            no = self._if(statement.orelse, next_, exits)
        elif statement.orelse is not None:
            no = self.suite(statement.orelse.body, next_, exits)
        for value in thrown_away(statement):
            self.use(value, discarded=True)
        return self.condition(statement.test, statement, yes, no, exits)

    def _while(self, statement: cst.While, next_: int, exits: Exits) -> int:
        head = self.builder.placeholder()
        body = self.suite(statement.body, head, exits.in_loop(next_, head))
        done = self.suite(statement.orelse.body, next_, exits) if statement.orelse else next_
        first = self.condition(statement.test, statement, body, done, exits)
        self.builder.fill(head, None, [Edge(first, Way.NORMAL)])
        return head

    def _for(self, statement: cst.For, next_: int, exits: Exits) -> int:
        head = self.builder.placeholder()
        body = self.suite(statement.body, head, exits.in_loop(next_, head))
        first = self.bind_item(statement.target, statement.iter, statement, body)
        done = self.suite(statement.orelse.body, next_, exits) if statement.orelse else next_
        text = f"{ITEM_OF}{self.scope.code(statement.iter)}"
        site = self.site(statement, Test(text, "text", text), statement)
        edges = [Edge(first, Way.TRUE), Edge(done, Way.FALSE), *self.raising(exits)]
        self.builder.fill(head, site, edges)
        for value in thrown_away(statement):
            self.use(value, discarded=True)
        return self.lower(statement.iter, statement, head, exits)

    def _with(self, statement: cst.With, index: int, next_: int, exits: Exits) -> int:
        if index == len(statement.items):
            return self.suite(statement.body, next_, exits)
        item = statement.items[index]
        value = describe(item.item, self.scope)
        left = Exit(value, f"leave {value.text}", may_suppress(item.item, self.scope))

        def leave(target: int) -> int:
            return self.event(item, left, statement, target, self.raising(exits))

        def leave_on_raise(target: int, fault: Fault) -> int:
            site = self.site(item, left, statement)
            match = suppresses(item.item, fault, self.scope)
            dropped = [Edge(next_, Way.FALSE)] if match is not Match.NEVER else []
            if match is Match.ALWAYS:
                return self.builder.node(site, dropped)
            return self.builder.node(site, [Edge(target, Way.NORMAL), *dropped, *self.raising(exits)])

        inner = exits.through(leave, leave_on_raise if left.suppresses else None)
        after = next_
        if exits.reraise is not None and reraises(item.item, self.scope):
            after = exits.reraise
        body = self._with(statement, index + 1, leave(after), inner)
        results: tuple[str, ...] = ()
        if item.asname is not None:
            body = self.bind_item(item.asname.name, item.item, statement, body)
            results = target_keys(item.asname.name, self.scope)
        enter = Enter(value, f"enter {value.text}", results, awaited=statement.asynchronous is not None)
        entered = self.event(item, enter, statement, body, self.raising(exits))
        self.use(item.item, managed=True)
        return self.lower(item.item, statement, entered, exits)

    def _try(self, statement: cst.Try | cst.TryStar, next_: int, exits: Exits) -> int:
        if statement.finalbody is not None:
            final = statement.finalbody.body
            outer = exits

            def copy(target: int) -> int:
                return self.suite(final, target, outer)

            exits = outer.through(copy)
            next_ = copy(next_)
        done = self.suite(statement.orelse.body, next_, exits) if statement.orelse else next_
        if not statement.handlers:
            return self.suite(statement.body, done, exits)
        raises = {fault: self._handlers(statement, fault, next_, exits) for fault in Fault}
        return self.suite(statement.body, done, exits.raising_to(raises))

    def _handlers(self, statement: cst.Try | cst.TryStar, fault: Fault, next_: int, exits: Exits) -> int:
        """The node at which an exception of class `fault` arrives: the clauses in order."""
        arrives = exits.raising(fault)
        handlers: Sequence[cst.ExceptHandler | cst.ExceptStarHandler] = statement.handlers
        for handler in reversed(handlers):
            match = matches(handler, fault, self.scope)
            if match is Match.NEVER:
                continue
            caught = caught_as(handler, self.scope)
            self.builder.catches(caught)
            body = self.suite(handler.body, next_, exits.handling(fault, caught))
            if match is Match.ALWAYS:
                arrives = body
            else:
                arrives = self.branch(handler, asked_by(handler, self.scope), statement, body, arrives)
        return arrives

    def _match(self, statement: cst.Match, next_: int, exits: Exits) -> int:
        subject = self.scope.code(statement.subject)
        arrives = next_
        for case in reversed(statement.cases):
            body = self.suite(case.body, next_, exits)
            irrefutable = isinstance(case.pattern, cst.MatchAs) and case.pattern.pattern is None
            if case.guard is not None:
                body = self.condition(case.guard, statement, body, arrives, exits)
            if irrefutable:
                arrives = body
                continue
            pattern = self.scope.code(case.pattern)
            test = Test(subject, f"matches {pattern}", f"{subject} matches {pattern}")
            arrives = self.branch(case, test, statement, body, arrives)
        return self.lower(statement.subject, statement, arrives, exits)
