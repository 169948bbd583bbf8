"""Which function has set up for a manager that does not set up itself: the one that returns it.

`backend.set_callback(new); return _unset(backend)`, where `_unset` yields and calls `backend.set_callback(None)`; or a
manager is defined in the function that sets up and returns it. Only where the file speaks of the manager at one place,
which is the last statement of a function, and its only `return`: so every way to the manager that the file shows goes
through the set-up. May miss set-up that is done in another way; never takes for set-up what need not have run.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import libcst as cst

from cmlint.flow.reading.layout import Texts
from cmlint.flow.reading.syntax import NESTED, own_nodes
from cmlint.flow.reading.tree import NotAnalysed, Tree, parse, parse_function
from cmlint.knowledge.entries import Making
from cmlint.outline import Definition, Outline
from cmlint.subjects import Subject

_RETURNS = re.compile(r"\breturn[ \t]+(?P<own>(?:self|cls)\.)?$")
_DEFINES = re.compile(r"\bdef[ \t]+$")
_CALLS = re.compile(r"[ \t]*\(")
_MOST_LINES = 80
_FAR = 80  # characters that are looked at before a name


@dataclass(frozen=True)
class Caller:
    """The function that returns a manager: its statements before that, and what each parameter is given.

    A parameter with a default may be given nothing. nested: the manager is defined in it.
    """

    definition: Definition
    tree: Tree
    setup: tuple[cst.BaseStatement, ...]
    returned: cst.BaseStatement
    passed: Mapping[str, cst.BaseExpression]
    nested: bool


def caller_of(subject: Subject, texts: Texts) -> Caller | None:
    """The function that sets up for the manager; what it is told from is the file, not a repair of the manager."""
    definition = subject.definition
    calling = None
    if subject.protocol.throws and subject.protocol.making is Making.DECORATOR:
        calling = returning(subject.whole, definition)
    if calling is None or calling.end_line - calling.line > _MOST_LINES:
        return None
    try:
        manager = parse_function(subject.whole.slices(definition))
        tree = parse(subject.whole.slices(calling), texts)
    except NotAnalysed:
        return None
    body, call = tree.function.body, _returned_call(tree.function)
    if call is None or not isinstance(body, cst.IndentedBlock) or not _begins_with_yield(manager):
        return None
    *setup, returned = body.body
    passed = _passed(manager, call)
    if passed is None or not any(map(_acts, setup)):
        return None
    return Caller(calling, tree, tuple(setup), returned, passed, definition.parent is calling)


def returning(whole: Outline, definition: Definition) -> Definition | None:
    """The function that returns the manager, where nothing else in the file speaks of it: told from the text alone."""
    text, length = whole.text, len(definition.name)
    places = list(_places(text, definition.name))
    if not any(_RETURNS.search(before) and _CALLS.match(text, at + length) for at, before in places):
        return None  # most managers: the search below asks what is in strings
    found: Definition | None = None
    for at, before in places:
        if _DEFINES.search(before) or whole.is_in_string(at):
            continue
        returns = _RETURNS.search(before)
        if found is not None or returns is None:
            return None
        found = _function_at(whole, at)
        if found is None or not _means(definition, found, of_object=returns["own"] is not None):
            return None
    return found


def _places(text: str, name: str) -> Iterator[tuple[int, str]]:
    """Where a text has `name` as a whole word, and what stands before it."""
    at = text.find(name)
    while at >= 0:
        before, behind = text[max(0, at - _FAR) : at], text[at + len(name) : at + len(name) + 1]
        if not _is_of_a_word(before[-1:]) and not _is_of_a_word(behind):
            yield at, before
        at = text.find(name, at + 1)


def _is_of_a_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _function_at(whole: Outline, offset: int) -> Definition | None:
    line = bisect_right(whole.line_starts, offset)
    around = [d for d in whole.definitions if not d.is_class and d.line <= line <= d.end_line]
    return max(around, key=lambda definition: definition.line, default=None)


def _means(definition: Definition, calling: Definition, *, of_object: bool) -> bool:
    """Whether the name means the manager there: a method of the same object, a function of the file or of its own."""
    parent = definition.parent
    if of_object:
        return parent is not None and parent.is_class and calling.parent is parent
    return parent is None or parent is calling


def _begins_with_yield(function: cst.FunctionDef) -> bool:
    first = next(filter(_acts, function.body.body), None)
    if isinstance(first, cst.Try):
        first = next(filter(_acts, first.body.body), None)
    small = first.body[0] if isinstance(first, cst.SimpleStatementLine) else first
    return isinstance(small, (cst.Expr, cst.Assign)) and isinstance(small.value, cst.Yield)


def _acts(statement: cst.CSTNode) -> bool:
    """Whether a statement does more than explain, check or declare."""
    if not isinstance(statement, cst.SimpleStatementLine):
        return not isinstance(statement, NESTED)
    return not all(
        isinstance(small, (cst.Pass, cst.Assert, cst.Global, cst.Nonlocal))
        or (isinstance(small, cst.Expr) and isinstance(small.value, (cst.SimpleString, cst.ConcatenatedString)))
        for small in statement.body
    )


def _returned_call(function: cst.FunctionDef) -> cst.Call | None:
    """The call in the last statement of a function, where that is its only `return`, and it does not yield."""
    last = function.body.body[-1]
    small = last.body[0] if isinstance(last, cst.SimpleStatementLine) and len(last.body) == 1 else None
    ends = [node for node in own_nodes(function.body) if isinstance(node, (cst.Return, cst.Yield))]
    if not isinstance(small, cst.Return) or ends != [small] or not isinstance(small.value, cst.Call):
        return None
    return small.value if isinstance(small.value.func, (cst.Name, cst.Attribute)) else None


def _passed(manager: cst.FunctionDef, call: cst.Call) -> dict[str, cst.BaseExpression] | None:
    """What the parameters of the manager are given; None when that can't be told."""
    if any(argument.star for argument in call.args):
        return None
    names = [parameter.name.value for parameter in (*manager.params.posonly_params, *manager.params.params)]
    values = [argument.value for argument in call.args if argument.keyword is None]
    if isinstance(call.func, cst.Attribute):
        values.insert(0, call.func.value)
    if len(values) > len(names):
        return None
    keywords = {argument.keyword.value: argument.value for argument in call.args if argument.keyword is not None}
    return dict(zip(names, values, strict=False)) | keywords
