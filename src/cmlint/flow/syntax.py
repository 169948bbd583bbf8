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
    none = isinstance(right.comparator, cst.Name) and right.comparator.value == "None"
    return none and isinstance(right.operator, cst.IsNot) and not isinstance(test.left, cst.Call)


def thrown_away(statement: cst.Expr | cst.For) -> Iterator[cst.BaseExpression]:
    """The expressions of a statement whose values nobody uses: `call()`, `list(call())`, `for _ in call(): pass`."""
    if isinstance(statement, cst.For):
        body = statement.body.body
        inner = body[0].body[0] if len(body) == 1 and isinstance(body[0], cst.SimpleStatementLine) else body[0]
        if isinstance(inner, cst.Pass):
            yield statement.iter
        return
    yield statement.value
    call = statement.value
    drains = isinstance(call, cst.Call) and isinstance(call.func, cst.Name) and call.func.value == "list"
    if drains and isinstance(call, cst.Call) and len(call.args) == 1:
        yield call.args[0].value
