"""Parses one slice with libcst and answers where a node is in the file.

A nested definition is parsed under a wrapper line (`if True:`), never dedented: dedenting would change the
content of triple-quoted strings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import libcst as cst

from cmlint.findings import Span
from cmlint.flow.reading.layout import Layout, Texts
from cmlint.flow.reading.syntax import own_nodes
from cmlint.nesting import has_deep_pattern, is_too_deep
from cmlint.outline import Slice


class NotAnalysed(Exception):
    """This definition is left out, and the message says why in a few words."""


class Tree:
    """One function of a file: its libcst node and the positions of everything below it.

    `wrapper` is what stands before the slice in `module.code`; texts: the texts of its nodes, and of those of
    other trees that are looked at with it.
    """

    def __init__(self, source: Slice, wrapper: str, module: cst.Module, texts: Texts) -> None:
        self.slice = source
        self.wrapper = wrapper
        self.module = module
        self.texts = texts
        self._layout = Layout(module, module.default_indent, module.default_newline)
        texts.add(self._layout)
        self.function = _only_function(self.module, bool(wrapper))

    def span(self, node: cst.CSTNode) -> Span:
        """Where `node` is in the file, without the comments and blank lines around it."""
        line, column, end_line, end_column = self._layout.place(node)
        shift = self.slice.first_line - 1 - (1 if self.wrapper else 0)
        return Span(line + shift, column, end_line + shift, end_column)

    def code(self, node: cst.CSTNode) -> str:
        """The source text of `node`, on one line where it spans several."""
        return self.texts.code(node)

    def tries_around(self, span: Span) -> Iterator[cst.Try]:
        """Each `try` of the function, nested functions aside, whose body holds `span`; not what `except*` makes."""
        tries = (node for node in own_nodes(self.function.body) if isinstance(node, cst.Try))
        yield from (node for node in tries if self.span(node.body).holds(span))

    @property
    def indent(self) -> str:
        """The indentation of the function's statements relative to its `def`."""
        body = self.function.body
        own = body.indent if isinstance(body, cst.IndentedBlock) else None
        return own if own is not None else self.module.default_indent


def parse(slices: Iterable[Slice], texts: Texts | None = None) -> Tree:
    """The tree of the first slice that parses, added to `texts`. Raises NotAnalysed when none does."""
    return Tree(*_parsed(slices), Texts() if texts is None else texts)


def parse_function(slices: Iterable[Slice]) -> cst.FunctionDef:
    """The function of the first slice that parses, without positions. Raises NotAnalysed when none does."""
    _, wrapper, module = _parsed(slices)
    return _only_function(module, bool(wrapper))


def _parsed(slices: Iterable[Slice]) -> tuple[Slice, str, cst.Module]:
    reason = "its source could not be cut out of the file"
    for source in slices:
        if is_too_deep(source.text):
            raise NotAnalysed("its brackets are nested too deeply")
        if has_deep_pattern(source.text):
            raise NotAnalysed("a pattern in it is nested too deeply")
        wrapper = f"if True:{_newline(source.text)}" if source.indent else ""
        try:
            return source, wrapper, cst.parse_module(wrapper + source.text)
        except cst.ParserSyntaxError as error:
            reason = f"its source could not be cut out of the file ({error.message})"
        except RecursionError:
            raise NotAnalysed("it is nested too deeply") from None
    raise NotAnalysed(reason)


def _newline(text: str) -> str:
    end = min((at for at in (text.find("\n"), text.find("\r")) if at >= 0), default=-1)
    if end < 0:
        return "\n"
    return "\r\n" if text[end : end + 2] == "\r\n" else text[end]


def _only_function(module: cst.Module, wrapped: bool) -> cst.FunctionDef:
    block: cst.BaseSuite | cst.Module = module
    if wrapped:
        outer = module.body[0]
        assert isinstance(outer, cst.If)
        block = outer.body
    for statement in block.body:
        if isinstance(statement, cst.FunctionDef):
            return statement
    raise NotAnalysed("no function was found where the outline saw one")
