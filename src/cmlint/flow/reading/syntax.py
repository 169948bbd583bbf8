"""What the tree alone tells: the nodes of one function, the parameters of an `__exit__`, values that nobody uses."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

NESTED = (cst.FunctionDef, cst.ClassDef, cst.Lambda)


def told_of(leave: cst.FunctionDef) -> frozenset[str]:
    """The parameters of an `__exit__` that tell which exception it was."""
    parameters = [*leave.params.posonly_params, *leave.params.params]
    return frozenset(parameter.name.value for parameter in parameters[1:4])


def own_nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """All nodes below `node` in source order, without the insides of nested functions, classes and lambdas."""
    waiting = children(node)[::-1]
    while waiting:
        child = waiting.pop()
        yield child
        if type(child) not in NESTED:
            waiting.extend(children(child)[::-1])


def everything(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """`node` and all nodes below it in source order: inside nested functions as well, blanks and comments too.

    libcst's `matchers.findall` finds some of these by a pattern, but `libcst.matchers` takes longer to import than all
    the rest of libcst, in each run that finds something to look at.
    """
    yield node
    for child in node.children:
        yield from everything(child)


def all_nodes(node: cst.CSTNode) -> list[cst.CSTNode]:
    """`node` and all nodes below it, inside nested functions as well, but no white space, comments and punctuation."""
    found = [node]
    for each in found:
        found += children(each)
    return found


def children(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The nodes right below `node` in source order, without white space, comments and punctuation.

    libcst's own `children` visits the node for each answer, which took a third of the time of an analysis.
    """
    found: list[cst.CSTNode] = []
    for name in fields_of(node):
        value = getattr(node, name)
        if type(value) in _ORDERS:
            found.append(value)
        elif type(value) is list or type(value) is tuple:
            found.extend(value)
        elif value is not None and isinstance(value, cst.CSTNode):
            found.append(value)
    return found


def fields_of(node: cst.CSTNode) -> tuple[str, ...]:
    """The fields of `node` that may hold nodes, other than white space and punctuation, in source order."""
    order = _ORDERS.get(type(node))
    if order is None:
        order = _ORDERS[type(node)] = _order_of(node)
    return order


class _Order(cst.CSTVisitor):
    """Notes in which order libcst visits the fields of one node."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def on_visit(self, node: cst.CSTNode) -> bool:  # noqa: ARG002 - libcst names it
        return False

    def on_visit_attribute(self, node: cst.CSTNode, attribute: str) -> None:  # noqa: ARG002
        self.names.append(attribute)


def _order_of(node: cst.CSTNode) -> tuple[str, ...]:
    order = _Order()
    node._visit_and_replace_children(order)
    telling = (name for name in order.names if name not in _PUNCTUATION)
    return tuple(name for name in telling if not name.startswith(_BLANK_FIELDS))


# What `_order_of` said of each class: libcst's, so for good. One class visits what is there only.
_ORDERS: dict[type[cst.CSTNode], tuple[str, ...]] = {cst.FormattedStringExpression: ("expression", "format_spec")}
_BLANK_FIELDS = ("whitespace", "leading_", "lines_after", "header", "footer", "trailing_whitespace", "newline")
_PUNCTUATION = frozenset(
    {"lpar", "rpar", "lbracket", "rbracket", "lbrace", "rbrace", "dot", "comma", "trailing_comma", "semicolon"}
    | {"colon", "first_colon", "second_colon", "equal", "separator"}
)


_CHECKING = frozenset({"raise_for_status", "check", "result", "unwrap"})  # methods that only fail, or wait to


def only_narrows(test: cst.BaseExpression) -> bool:
    """Whether an asserted condition only tells a type checker what is so: `isinstance(...)`, `x is not None`."""
    if isinstance(test, cst.BooleanOperation):
        return isinstance(test.operator, cst.And) and only_narrows(test.left) and only_narrows(test.right)
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        return isinstance(test.expression, cst.Call) and only_narrows(test.expression)
    if isinstance(test, cst.Call):
        return isinstance(test.func, cst.Name) and test.func.value in ("isinstance", "issubclass", "callable")
    if not isinstance(test, cst.Comparison) or len(test.comparisons) != 1:
        return False
    right = test.comparisons[0]
    return is_none(right.comparator) and isinstance(right.operator, cst.IsNot) and not isinstance(test.left, cst.Call)


def is_none(value: cst.BaseExpression | None) -> bool:
    """Whether an expression is None, as the source says it."""
    return isinstance(value, cst.Name) and value.value == "None"


def for_its_effects(statement: cst.BaseSmallStatement) -> cst.BaseExpression | None:
    """What a statement computes and nobody looks at: `call()`, and `_ = call()`, which says so to linters."""
    if isinstance(statement, cst.Expr):
        return statement.value
    if isinstance(statement, cst.Assign) and len(statement.targets) == 1:
        target = statement.targets[0].target
        return statement.value if isinstance(target, cst.Name) and target.value == "_" else None
    return None


def thrown_away(statement: cst.Expr | cst.For | cst.If) -> Iterator[cst.BaseExpression]:
    """The expressions of a statement whose values nobody uses, or only to fail: `call()`, `if not call(): raise`.

    Also `list(call())`, `for _ in call(): pass` and `call().raise_for_status()`.
    """
    if isinstance(statement, cst.If):
        if statement.orelse is None and _only_raises(statement.body):
            yield from _asked(statement.test)
        return
    if isinstance(statement, cst.For):
        body = statement.body.body
        inner = body[0].body[0] if len(body) == 1 and isinstance(body[0], cst.SimpleStatementLine) else body[0]
        if isinstance(inner, cst.Pass):
            yield statement.iter
        return
    yield statement.value
    call = statement.value
    checks = isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute) and call.func.attr.value in _CHECKING
    if checks and isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute):
        yield call.func.value
    drains = isinstance(call, cst.Call) and isinstance(call.func, cst.Name) and call.func.value == "list"
    if drains and isinstance(call, cst.Call) and len(call.args) == 1:
        yield call.args[0].value


def _only_raises(suite: cst.BaseSuite) -> bool:
    lines = suite.body
    line = lines[0] if len(lines) == 1 else None
    small = line.body if isinstance(line, cst.SimpleStatementLine) else lines
    return len(small) == 1 and isinstance(small[0], cst.Raise)


def _asked(test: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """The call whose answer says whether it went well: `call()` of `not call()` and of `call() != 0`."""
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        yield test.expression
    if isinstance(test, cst.Comparison) and isinstance(test.comparisons[0].comparator, cst.Integer):
        yield test.left
