"""Between places in a text and positions of the protocol, which count code units from 0 in the negotiated encoding.

Lines end in `\n`, `\r\n` or a lone `\r`, as the protocol and cmlint both say, and nowhere else: not at a form feed.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

from lsprotocol.types import Position, PositionEncodingKind, Range

from cmlint.findings import Edit, Span
from cmlint.outline import line_starts

_BYTE_ORDER_MARK = "\ufeff"


def _units(text: str, encoding: str) -> int:
    """The length of `text` in code units; a lone surrogate, which no encoding takes, counts as its unit would."""
    if encoding == PositionEncodingKind.Utf32 or text.isascii():
        return len(text)
    if encoding == PositionEncodingKind.Utf8:
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class Places:
    """The places of one text; `encoding` is what the client and the server agreed on.

    A byte order mark at the beginning is a character for the protocol and none for cmlint.
    """

    def __init__(self, text: str, encoding: str) -> None:
        self.text = text
        self.encoding = encoding

    @cached_property
    def mark(self) -> int:
        """The length of the byte order mark: 0 or 1."""
        return 1 if self.text.startswith(_BYTE_ORDER_MARK) else 0

    @cached_property
    def _starts(self) -> list[int]:
        starts = line_starts(self.text)
        return [*starts, len(self.text)] if self.text.endswith(("\n", "\r")) else starts

    def _line(self, number: int) -> str:
        """The line with the 0-based `number`, without its end."""
        last = number + 1 == len(self._starts)
        return self.text[self._starts[number] : len(self.text) if last else self._starts[number + 1]].rstrip("\r\n")

    def offset(self, position: Position) -> int:
        """The offset of a position; one behind the end of its line or of the text is taken for that end."""
        if position.line >= len(self._starts):
            return len(self.text)
        line, start = self._line(position.line), self._starts[position.line]
        if line.isascii() or self.encoding == PositionEncodingKind.Utf32:
            return start + min(position.character, len(line))
        left = position.character
        for number, character in enumerate(line):
            if left <= 0:
                return start + number
            left -= _units(character, self.encoding)
        return start + len(line)

    def position(self, offset: int) -> Position:
        """The position of an offset in the text."""
        number = bisect_right(self._starts, offset) - 1
        return Position(number, _units(self.text[self._starts[number] : offset], self.encoding))

    def range(self, span: Span) -> Range:
        """The range of a span, as findings have it."""
        return Range(self._place(span.line, span.column), self._place(span.end_line, span.end_column))

    def _place(self, line: int, column: int) -> Position:
        number = min(line, len(self._starts)) - 1
        before = column - 1 + (self.mark if number == 0 else 0)
        return Position(number, _units(self._line(number)[:before], self.encoding))

    def edited(self, edit: Edit) -> Range:
        """The range that an edit replaces."""
        return Range(self.position(edit.start + self.mark), self.position(edit.end + self.mark))
