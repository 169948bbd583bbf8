"""Takes the protection of managers away: what their `finally` does is moved behind the `yield`, as text.

Taken are generator managers whose `yield` ends the body of a `try` with a `finally` and no handlers, alone or as the
last statement of a `with` or an `if`. Whether the edit did only that is checked on the trees: the statements of the new
function must be those of the old one without the `try`.
"""

from __future__ import annotations

import ast
import copy
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from definitions import Definition, Function, defined, own_nodes, parsed, walk
from telling import telling_lines
from unlocking import unlocking_lines

_DECORATORS = ("contextmanager", "asynccontextmanager")
_LEAVES = ast.Return | ast.Break | ast.Continue


@dataclass(frozen=True)
class Manager:
    """One stripped manager: where it stands in both texts and which lines of the stripped text were moved."""

    qualname: str
    original: Definition
    stripped: Definition
    moved: frozenset[int]
    text: str  # as it was
    only_yield: bool  # the `try` held nothing but the yield
    cleanup: str  # the text of the `finally` body
    telling: frozenset[int] = frozenset()  # the moved lines that are nobody's clean-up

    @property
    def loses(self) -> bool:
        """Whether its `finally` did more than to tell: else nothing is lost without it."""
        return not self.moved <= self.telling

    def tree_in(self, text: str) -> Trees | None:
        """Its tree in a repaired `text`; None where `text` does not parse."""
        try:
            return _dumped(parsed(text), self.qualname, self.stripped.first)
        except (SyntaxError, ValueError):
            return None


@dataclass(frozen=True)
class Trees:
    """The tree of a manager, written out: as it is, and with every `try` around its yield begun as late as can be."""

    strict: str
    placed: str


@dataclass(frozen=True)
class Stripped:
    """A file with some managers stripped."""

    text: str
    managers: tuple[Manager, ...]


@dataclass(frozen=True)
class _Candidate:
    qualname: str
    function: Function
    protection: ast.Try
    first: int  # the lines, 1-based, of `try:`, of the first statement in it, of `finally:`, of the last line
    keyword: int
    last: int


def stripped(text: str) -> Stripped | None:
    """`text` with every manager stripped that can be; None when there is none."""
    try:
        tree = parsed(text)
    except (SyntaxError, ValueError):
        return None
    lines = io.StringIO(text, newline="").readlines()
    candidates = [found for found in _apart(_candidates(tree, lines)) if _is_clean(found, lines)]
    if not candidates:
        return None
    new_text = _edited(lines, candidates)
    new_tree = parsed(new_text)
    places = {(name, node.lineno): node for name, node in walk(new_tree)}
    managers = []
    for candidate in candidates:
        line = _mapped(candidate.function.lineno, candidates)
        managers.append(_manager(candidate, places[candidate.qualname, line], lines, candidates))
    return Stripped(new_text, tuple(managers))


def original_tree(text: str, manager: Manager) -> Trees | None:
    """The tree of `manager` in the text it was taken from, written out."""
    return _dumped(parsed(text), manager.qualname, manager.original.first)


def _dumped(tree: ast.Module, qualname: str, first: int) -> Trees | None:
    found = [node for name, node in walk(tree) if name == qualname]
    nearest = min(found, key=lambda node: abs(defined(qualname, node).first - first), default=None)
    return Trees(ast.dump(nearest), ast.dump(_LateTry().visit(nearest))) if nearest else None


def _candidates(tree: ast.Module, lines: Sequence[str]) -> Iterator[_Candidate]:
    for qualname, node in walk(tree):
        if not isinstance(node, Function) or not any(map(_is_decorator, node.decorator_list)):
            continue
        tries = [inner for inner in own_nodes(node.body) if isinstance(inner, ast.Try) and _protects(inner)]
        if len(tries) != 1:
            continue
        body, cleanup = tries[0].body, tries[0].finalbody
        begin, end = body[-1].end_lineno or 0, cleanup[0].lineno
        keyword = next((n for n in range(begin + 1, end) if lines[n - 1].lstrip().startswith("finally")), None)
        if keyword is not None and tries[0].lineno < body[0].lineno:
            yield _Candidate(qualname, node, tries[0], tries[0].lineno, keyword, cleanup[-1].end_lineno or 0)


def _is_decorator(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name in _DECORATORS


def _protects(node: ast.Try) -> bool:
    yields = [inner for inner in own_nodes(node.body) if isinstance(inner, ast.Yield | ast.YieldFrom)]
    leaves = any(isinstance(inner, _LEAVES) for inner in own_nodes([*node.body, *node.finalbody]))
    clean = not any(isinstance(inner, ast.Yield | ast.YieldFrom) for inner in own_nodes(node.finalbody))
    return bool(node.finalbody) and not node.handlers and not leaves and clean and 0 < len(yields) == _ends(node.body)


def _ends(body: Sequence[ast.stmt]) -> int:
    """How many yields end `body`."""
    match body[-1] if body else None:
        case ast.Expr(value=ast.Yield()) | ast.Assign(value=ast.Yield()) | ast.AnnAssign(value=ast.Yield()):
            return 1
        case ast.With() | ast.AsyncWith() as block:
            return _ends(block.body)
        case ast.If() as branch:
            return _ends(branch.body) + _ends(branch.orelse)
    return 0


def _apart(candidates: Iterable[_Candidate]) -> Iterator[_Candidate]:
    """Those that do not lie in one another; of two that do, the outer."""
    end = 0
    for candidate in candidates:
        if candidate.function.lineno > end:
            yield candidate
            end = candidate.function.end_lineno or 0


def _is_clean(candidate: _Candidate, lines: Sequence[str]) -> bool:
    """Whether the edit, made alone, gives exactly the tree without the `try`."""
    begin, end = candidate.function.lineno, candidate.function.end_lineno or 0
    try:
        tree = parsed(_edited(lines, [candidate]))
    except (SyntaxError, ValueError):
        return False
    new = [node for name, node in walk(tree) if (name, node.lineno) == (candidate.qualname, begin)]
    wanted = _Unwrapped(candidate.protection, candidate.function).tree
    return end > begin and [ast.dump(node) for node in new] == [ast.dump(wanted)]


class _LateTry(ast.NodeTransformer):
    """Moves what stands in a `try` before the statement that ends with the yield out of it: it runs as before."""

    def visit_Try(self, node: ast.Try) -> ast.AST | list[ast.stmt]:
        """Begin one `try` late."""
        self.generic_visit(node)
        if not node.finalbody or node.handlers or node.orelse or not _ends(node.body):
            return node
        late = ast.Try(body=node.body[-1:], handlers=[], orelse=[], finalbody=node.finalbody)
        return [*node.body[:-1], late]


class _Unwrapped(ast.NodeTransformer):
    """A copy of `function` in which `protection` is replaced by what it holds."""

    def __init__(self, protection: ast.Try, function: Function) -> None:
        self._line, self._column = protection.lineno, protection.col_offset
        self.tree: ast.AST = self.visit(copy.deepcopy(function))

    def visit_Try(self, node: ast.Try) -> ast.AST | list[ast.stmt]:
        """Unwrap the one `try` that is meant."""
        if (node.lineno, node.col_offset) == (self._line, self._column):
            return [*node.body, *node.finalbody]
        return self.generic_visit(node)


def _edited(lines: Sequence[str], candidates: Iterable[_Candidate]) -> str:
    new: list[str | None] = list(lines)
    for candidate in candidates:
        outer = _indent(lines[candidate.first - 1])
        body, cleanup = candidate.protection.body, candidate.protection.finalbody
        parts = ((candidate.first, candidate.keyword, body), (candidate.keyword, candidate.last + 1, cleanup))
        for begin, end, statements in parts:
            inner = _indent(lines[statements[0].lineno - 1])
            new[begin - 1] = None
            for number in range(begin + 1, end):
                new[number - 1] = _moved_left(lines[number - 1], inner, outer)
    return "".join(line for line in new if line is not None)


def _moved_left(line: str, inner: str, outer: str) -> str:
    return outer + line[len(inner) :] if line.startswith(inner) else line


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _mapped(line: int, candidates: Iterable[_Candidate]) -> int:
    """The number of `line` in the edited text, from which each candidate's `try:` and `finally:` are gone."""
    return line - sum((one.first < line) + (one.keyword < line) for one in candidates)


def _manager(candidate: _Candidate, node: ast.AST, lines: Sequence[str], candidates: Sequence[_Candidate]) -> Manager:
    assert isinstance(node, Function)
    cleanup = candidate.protection.finalbody
    spans = [(statement.lineno, statement.end_lineno or statement.lineno) for statement in cleanup]
    moved = {_mapped(line, candidates) for begin, end in spans for line in range(begin, end + 1)}
    body = candidate.protection.body
    original = defined(candidate.qualname, candidate.function)
    nobodys = telling_lines(cleanup) | unlocking_lines(candidate.function, cleanup)
    return Manager(
        qualname=candidate.qualname,
        original=original,
        stripped=defined(candidate.qualname, node),
        moved=frozenset(moved),
        text="".join(lines[original.first - 1 : original.last]),
        only_yield=len(body) == 1 and isinstance(body[0], ast.Expr | ast.Assign | ast.AnnAssign),
        cleanup="".join(lines[candidate.keyword : candidate.last]).rstrip(),
        telling=frozenset(_mapped(line, candidates) for line in nobodys),
    )
