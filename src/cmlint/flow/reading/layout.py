"""Where every node of a tree stands, and its source text, from one generation of the tree's code.

libcst keeps no positions: it tells them by generating the code. One generation notes for every node which tokens are
its own, and answers all questions about texts and places. To let libcst tell the positions, and the text of each node
that is asked for, took a third of the time of an analysis.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from types import TracebackType

import libcst as cst
from libcst._nodes.internal import CodegenState

_NEWLINE = re.compile(r"\r\n?|\n")
_Range = tuple[int, int]


class Layout:
    """The places and texts of `root` and all nodes below it, which it knows by identity, and so keeps alive."""

    def __init__(self, root: cst.CSTNode, indent: str = "    ", newline: str = "\n") -> None:
        self._root = root
        recording = _Recording(indent, newline)
        root._codegen(recording)
        self._owned, self._meant = recording.owned, recording.meant
        self._offsets = [0, *accumulate(map(len, recording.tokens))]
        self._text = "".join(recording.tokens)
        self._lines = [0, *(newline.end() for newline in _NEWLINE.finditer(self._text))]

    def __contains__(self, node: cst.CSTNode) -> bool:
        return id(node) in self._owned

    def code(self, node: cst.CSTNode) -> str:
        """The text of `node`, with its parentheses and the comments that belong to it."""
        first, last = self._owned[id(node)]
        return self._text[self._offsets[first] : self._offsets[last]]

    def place(self, node: cst.CSTNode) -> tuple[int, int, int, int]:
        """Line and column of the start, and of the end, counted from 1, without what is only around `node`."""
        first, last = self._meant.get(id(node)) or self._owned[id(node)]
        return *self._position(first), *self._position(last)

    def _position(self, token: int) -> tuple[int, int]:
        offset = self._offsets[token]
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1


class Texts:
    """The source texts of all nodes that one analysis looks at, each on one line."""

    def __init__(self) -> None:
        self._layouts: list[Layout] = []
        self._known: dict[int, str] = {}

    def add(self, layout: Layout) -> None:
        """Tell the texts of one more tree."""
        self._layouts.append(layout)

    def code(self, node: cst.CSTNode) -> str:
        """The source text of `node`, on one line where it spans several."""
        known = self._known.get(id(node))
        if known is not None:
            return known
        for layout in self._layouts:
            if node in layout:
                text = self._known[id(node)] = " ".join(layout.code(node).split())
                return text
        return " ".join(cst.Module(()).code_for_node(node).split())  # made here, part of no tree


class _Recording(CodegenState):
    """A generation of code that notes, for the identity of each node, its first token and the one behind its last.

    owned: with everything that belongs to the node; meant: without blanks, comments and parentheses around it.
    """

    def __init__(self, default_indent: str, default_newline: str) -> None:
        super().__init__(default_indent, default_newline)
        self.owned: dict[int, _Range] = {}
        self.meant: dict[int, _Range] = {}
        self._begun: list[int] = []

    def before_codegen(self, node: cst.CSTNode) -> None:  # noqa: ARG002 - libcst names it
        self._begun.append(len(self.tokens))

    def after_codegen(self, node: cst.CSTNode) -> None:
        self.owned[id(node)] = self._begun.pop(), len(self.tokens)

    def pop_trailing_newline(self) -> None:
        """Keep it: the last statement has it among its tokens."""

    def record_syntactic_position(  # type: ignore[override] # a context manager that is not made by a generator
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> _Meaning:
        return _Meaning(self, node, start_node, end_node)


class _Meaning:
    """Notes what is generated inside of it as what `node` means, from the first to the last node where given."""

    __slots__ = ("_begun", "_first", "_last", "_node", "_recording")

    def __init__(
        self, recording: _Recording, node: cst.CSTNode, first: cst.CSTNode | None, last: cst.CSTNode | None
    ) -> None:
        self._recording, self._node, self._first, self._last = recording, node, first, last
        self._begun = len(recording.tokens)

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, traceback: TracebackType | None
    ) -> None:
        recording = self._recording
        begun = self._begun if self._first is None else self._of(self._first)[0]
        ended = len(recording.tokens) if self._last is None else self._of(self._last)[1]
        recording.meant[id(self._node)] = begun, ended

    def _of(self, node: cst.CSTNode) -> _Range:
        return self._recording.meant.get(id(node)) or self._recording.owned[id(node)]
