"""The open documents: their text as the editor has it, saved or not, changed by what the client sends.

pygls keeps texts as well, but splits lines at form feeds and other characters that end none for the protocol.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePath

from lsprotocol.types import TextDocumentContentChangeEvent, TextDocumentContentChangePartial, TextDocumentItem
from pygls.uris import to_fs_path

from cmlint.lsp.positions import Places
from cmlint.source import Source

_SUFFIXES = (".py", ".pyi")


@dataclass(frozen=True)
class Document:
    """One version of an open document; `path` is None where it is no file (`untitled:Untitled-1`)."""

    uri: str
    path: str | None
    version: int
    text: str
    encoding: str

    @cached_property
    def places(self) -> Places:
        """Where things are in this version."""
        return Places(self.text, self.encoding)

    @cached_property
    def source(self) -> Source:
        """What is checked: the text without a byte order mark."""
        folder = None if self.path is None else os.path.dirname(self.path)
        return Source(self.path or self.uri, self.text[self.places.mark :], folder=folder)

    def changed(self, version: int, changes: Iterable[TextDocumentContentChangeEvent]) -> Document:
        """The next version: each change is made in what the one before it left."""
        text = self.text
        for change in changes:
            if isinstance(change, TextDocumentContentChangePartial):
                places = Places(text, self.encoding)
                start, end = places.offset(change.range.start), places.offset(change.range.end)
                text = text[:start] + change.text + text[max(start, end) :]
            else:
                text = change.text
        return replace(self, version=version, text=text)


def opened(item: TextDocumentItem, encoding: str) -> Document | None:
    """The document that a client opens; None when it is not Python."""
    path = to_fs_path(item.uri)
    if item.language_id != "python" and PurePath(path or "").suffix not in _SUFFIXES:
        return None
    return Document(item.uri, path, item.version, item.text, encoding)
