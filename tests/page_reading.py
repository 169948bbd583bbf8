"""Reads an HTML report: its elements, nested as a browser would nest them, and a complaint about each that is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"meta", "link", "input", "br"})


@dataclass
class Page(HTMLParser):
    """Feed a page to it: every attribute with its element, the text by element, and what is wrong."""

    attributes: list[tuple[str, str, str]] = field(default_factory=list)
    words: list[tuple[str, str]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1] != tag:
            self.complaints.append(f"</{tag}> inside {self._open}")
        else:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self.words.append((self._open[-1] if self._open else "", data))

    def handle_comment(self, data: str) -> None:
        self.complaints.append(f"a comment: {data}")

    def values(self, name: str) -> list[str]:
        """The values of all attributes called `name`."""
        return [value for _, called, value in self.attributes if called == name]

    @property
    def text(self) -> str:
        """What is read on the page: everything outside of style and script."""
        return "".join(data for tag, data in self.words if tag not in ("style", "script"))


def read(html: str) -> Page:
    """The page, completely read."""
    page = Page()
    page.feed(html)
    page.close()
    if page._open:
        page.complaints.append(f"never closed: {page._open}")
    return page
