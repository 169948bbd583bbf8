"""Markdown for a terminal: headings on the left, code in the terminal's own colours."""

from __future__ import annotations

from typing import ClassVar

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import Heading, Markdown, MarkdownElement
from rich.text import Text
from rich.theme import Theme

STYLES = Theme({"markdown.code": "cyan"})  # on the terminal's own ground, light or dark


class _LeftHeading(Heading):
    """A heading where people begin to read, and with room above it."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The heading after an empty line; that of the page itself is the first line."""
        if self.tag != "h1":
            yield Text("")
        yield Text(self.text.plain, "bold underline" if self.tag == "h1" else "bold", justify="left")


class TerminalPage(Markdown):
    """A page of Markdown that rich prints."""

    elements: ClassVar[dict[str, type[MarkdownElement]]] = {**Markdown.elements, "heading_open": _LeftHeading}

    def __init__(self, page: str) -> None:
        super().__init__(page.strip(), code_theme="ansi_dark", hyperlinks=False)
