"""Makes the new source of a manager: the yield goes into `try`, the clean-up into `finally`.

Works on the tree, so that comments travel with their statements and continued lines are indented anew while the
inside of strings is not touched. The result is cut back to the lines that differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import libcst as cst

from cmlint.findings import Edit
from cmlint.fix.moving.unset import guarded, set_to_none
from cmlint.fix.places.levels import Level
from cmlint.fix.places.rewrite import NoRewrite
from cmlint.flow.reading.tree import Tree
from cmlint.outline import line_starts

_Statement = cst.BaseStatement | cst.BaseSmallStatement
_BLANK = " \t\f\r\n"
_SIGNATURE = re.compile(r"#[ \t]*type:[ \t]*\(.*\)[ \t]*->")


def wrapped(tree: Tree, levels: Iterable[Level]) -> str:
    """The slice's text with the clean-up of every level (innermost first) protected. Raises NoRewrite."""
    replaced: dict[cst.CSTNode, cst.CSTNode] = {}
    module = tree.module
    for level in levels:
        replaced[level.block] = _protected(level, replaced, tree.indent)
        new = tree.module.deep_replace(level.block, replaced[level.block])
        assert isinstance(new, cst.Module)
        module = new  # a level further out holds the new inner one already
    return _whole(tree, module)


def replaced_block(tree: Tree, block: cst.IndentedBlock, statements: Sequence[_Statement]) -> str:
    """The slice's text with other statements in one of its blocks. Raises NoRewrite."""
    module = tree.module.deep_replace(block, block.with_changes(body=statements))
    assert isinstance(module, cst.Module)
    return _whole(tree, module)


def replaced_lines(tree: Tree, lines: Mapping[cst.SimpleStatementLine, Sequence[cst.SimpleStatementLine]]) -> str:
    """The slice's text with several lines in the place of one. Raises NoRewrite."""
    module = tree.module.visit(_Replacing(lines))
    assert isinstance(module, cst.Module)
    return _whole(tree, module)


class _Replacing(cst.CSTTransformer):
    def __init__(self, lines: Mapping[cst.SimpleStatementLine, Sequence[cst.SimpleStatementLine]]) -> None:
        super().__init__()
        self._lines = lines

    def leave_SimpleStatementLine(  # noqa: N802 - libcst calls it
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine | cst.FlattenSentinel[cst.SimpleStatementLine]:
        found = self._lines.get(original_node)
        return updated_node if found is None else cst.FlattenSentinel(found)


def _whole(tree: Tree, module: cst.Module) -> str:
    """The text of a changed slice, which ends as the old one does: libcst drops some line ends and form feeds there.

    Raises NoRewrite where it gives something else back differently.
    """
    text, code = tree.wrapper + tree.slice.text, tree.module.code
    end = len(text.rstrip(_BLANK))
    if code.rstrip(_BLANK) != text[:end]:
        raise NoRewrite("its line endings or form feeds can't be kept as they are")
    return module.code.rstrip(_BLANK)[len(tree.wrapper) :] + text[end:]


def _protected(level: Level, replaced: dict[cst.CSTNode, cst.CSTNode], indent: str) -> cst.IndentedBlock:
    block = level.block
    inner: list[_Statement] = [_updated(block.body[level.index], replaced)]
    rest = block.body[level.index + 1 :]
    cleanup = {position - level.index - 1 for position in level.cleanup}
    position = 0
    while position < len(rest) and position <= max(cleanup):
        group: list[_Statement] = []
        start = level.index + 1 + position
        while position in cleanup:
            group.append(rest[position])
            position += 1
        if group:
            cuts = [(a - start, b - start) for a, b in level.cuts if start <= a < start + len(group)]
            final = _cut(guarded(group, level.unset, indent), cuts, indent)
            inner = [try_finally(inner, final, indent)]
        else:
            inner.append(rest[position])
            position += 1
    if level.unset:
        above, first = lines_above(inner[0])
        inner = [*set_to_none(level.unset, above), first, *inner[1:]]
    return block.with_changes(body=[*block.body[: level.index], *inner, *rest[position:]])


def _cut(group: list[_Statement], cuts: Sequence[tuple[int, int]], indent: str) -> list[_Statement]:
    """The clean-up with a `finally` of its own for what stands behind each step that can fail. Raises NoRewrite."""
    for start, end in reversed(cuts):
        group = [*group[:start], try_finally(group[start:end], group[end:], indent)]
    return group


def _updated(statement: _Statement, replaced: dict[cst.CSTNode, cst.CSTNode]) -> _Statement:
    for old, new in replaced.items():
        updated = statement.deep_replace(old, new)
        assert isinstance(updated, (cst.BaseStatement, cst.BaseSmallStatement))
        statement = updated
    return statement


def try_finally(body: list[_Statement], cleanup: list[_Statement], indent: str) -> cst.Try:
    """`body` in a `try`, `cleanup` in its `finally`; blank lines above stay above. Raises NoRewrite."""
    final = as_finally(cleanup, indent)
    only = body[0]
    if len(body) == 1 and isinstance(only, cst.Try) and only.handlers and only.finalbody is None:
        return only.with_changes(finalbody=final)
    above, first = lines_above(body[0])
    return cst.Try(
        leading_lines=above,
        body=_block([first, *body[1:]], indent),
        finalbody=final,
    )


def as_finally(cleanup: list[_Statement], indent: str) -> cst.Finally:
    """A `finally` that holds `cleanup`. Raises NoRewrite."""
    return cst.Finally(body=_block([_without_blank_start(cleanup[0]), *cleanup[1:]], indent))


def _block(statements: list[_Statement], indent: str) -> cst.IndentedBlock:
    return cst.IndentedBlock(body=[s for s in statements if isinstance(s, cst.BaseStatement)], indent=indent)


def lines_above(statement: _Statement) -> tuple[list[cst.EmptyLine], _Statement]:
    """Blank lines (and comments above them) stay above the `try`; comments right above a statement stay with it.

    A comment that types the function (PEP 484) is no word about the statement: it only counts right below the `def`.
    """
    lines = list(_leading(statement))
    cut = next((at for at in range(len(lines), 0, -1) if _is_no_word_about(lines[at - 1])), 0)
    return lines[:cut], statement.with_changes(leading_lines=lines[cut:])


def _is_no_word_about(line: cst.EmptyLine) -> bool:
    return line.comment is None or _SIGNATURE.match(line.comment.value) is not None


def _without_blank_start(statement: _Statement) -> _Statement:
    lines = list(_leading(statement))
    kept = (at for at, line in enumerate(lines) if line.comment is not None or "\f" in line.whitespace.value)
    first = next(kept, len(lines))
    return statement.with_changes(leading_lines=lines[first:])


def _leading(statement: _Statement) -> Iterable[cst.EmptyLine]:
    lines = getattr(statement, "leading_lines", None)
    if lines is None:
        raise NoRewrite("several statements share one line with the `yield`")
    return tuple(lines)


def edits(tree: Tree, new_text: str) -> tuple[Edit, ...]:
    """The one edit (offsets in the file) that turns the slice into `new_text`: whole lines, as few as possible."""
    old_lines, new_lines = _lines(tree.slice.text), _lines(new_text)
    same_start = _common(old_lines, new_lines)
    same_end = _common(old_lines[same_start:][::-1], new_lines[same_start:][::-1])
    start = tree.slice.offset + sum(map(len, old_lines[:same_start]))
    end = tree.slice.offset + len(tree.slice.text) - sum(map(len, old_lines[len(old_lines) - same_end :]))
    content = "".join(new_lines[same_start : len(new_lines) - same_end])
    return (Edit(start, end, content),) if start != end or content else ()


def _lines(text: str) -> list[str]:
    starts = line_starts(text)
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


def _common(old: list[str], new: list[str]) -> int:
    return next(
        (at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), min(len(old), len(new))
    )
