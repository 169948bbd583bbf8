"""An editor for the tests: pytest-lsp's client with the server on its standard streams, and what an editor keeps."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lsprotocol import types
from pytest_lsp import LanguageClient

PATIENCE = 60  # seconds; a test that waits so long has failed
SERVER = (sys.executable, "-m", "cmlint", "lsp")
_WIDTH = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


def run(scenario: Coroutine[Any, Any, None]) -> None:
    """Run what a test does with its editor."""
    asyncio.run(asyncio.wait_for(scenario, 2 * PATIENCE))


def capabilities(
    *, encodings: list[str] | None = None, pull: bool = False, versions: bool = True, configuration: bool = False
) -> types.ClientCapabilities:
    """What the editor says that it can do."""
    resolve = types.ClientCodeActionResolveOptions(["edit"])
    return types.ClientCapabilities(
        general=types.GeneralClientCapabilities(position_encodings=encodings),
        text_document=types.TextDocumentClientCapabilities(
            publish_diagnostics=types.PublishDiagnosticsClientCapabilities(related_information=True),
            code_action=types.CodeActionClientCapabilities(resolve_support=resolve),
            diagnostic=types.DiagnosticClientCapabilities() if pull else None,
        ),
        workspace=types.WorkspaceClientCapabilities(
            workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=versions),
            configuration=configuration,
            did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True),
        ),
    )


class Editor:
    """One editor with its server; `published` holds all diagnostics that came, in order."""

    def __init__(self, client: LanguageClient) -> None:
        self.client = client
        self.published: list[types.PublishDiagnosticsParams] = []
        self.said: list[str] = []
        self.registered: list[types.Registration] = []
        self.configuration: object = None
        self.encoding = "utf-16"
        self.texts: dict[str, tuple[int, str]] = {}
        # pygls sets attributes on what it is given, which a method of a list does not take.
        client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(lambda p: self.published.append(p))  # noqa: PLW0108
        client.feature(types.WINDOW_SHOW_MESSAGE)(lambda params: self.said.append(params.message))
        client.feature(types.CLIENT_REGISTER_CAPABILITY)(lambda p: self.registered.extend(p.registrations))
        client.feature(types.WORKSPACE_CONFIGURATION)(lambda params: [self.configuration for _ in params.items])

    def open(self, uri: str, text: str, language: str = "python") -> None:
        """Open a document with a text that may not be saved."""
        self.texts[uri] = (1, text)
        item = types.TextDocumentItem(uri, language, 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def type(self, uri: str, old: str, new: str) -> int:
        """Replace the first `old` by `new`, sent as a range; returns the new version."""
        version, text = self.texts[uri]
        start = text.index(old)
        where = types.Range(self._position(text, start), self._position(text, start + len(old)))
        self.texts[uri] = (version + 1, text[:start] + new + text[start + len(old) :])
        change = types.TextDocumentContentChangePartial(where, new)
        document = types.VersionedTextDocumentIdentifier(version + 1, uri)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))
        return version + 1

    def _position(self, text: str, offset: int) -> types.Position:
        lines = lines_of(text[:offset])
        codec, width = _WIDTH[self.encoding]
        return types.Position(len(lines) - 1, len(lines[-1].encode(codec)) // width)

    async def diagnostics(self, uri: str, version: int = 1) -> list[types.Diagnostic]:
        """The diagnostics of a version, as soon as they are there."""
        for _ in range(PATIENCE * 100):
            for params in reversed(self.published):
                if params.uri == uri and params.version == version:
                    return list(params.diagnostics)
            await asyncio.sleep(0.01)
        raise AssertionError(f"no diagnostics of version {version} came")

    async def again(self, uri: str, count: int) -> list[types.Diagnostic]:
        """The last diagnostics, once `count` have come for the document."""
        for _ in range(PATIENCE * 100):
            mine = [params for params in self.published if params.uri == uri]
            if len(mine) >= count:
                return list(mine[-1].diagnostics)
            await asyncio.sleep(0.01)
        raise AssertionError(f"the diagnostics did not come {count} times")

    async def actions(self, uri: str, where: types.Range, only: list[str] | None = None) -> list[types.CodeAction]:
        """The actions at a range, with their edits."""
        context = types.CodeActionContext([], only=only)
        document = types.TextDocumentIdentifier(uri)
        offered = await self.client.text_document_code_action_async(types.CodeActionParams(document, where, context))
        return [await self._resolved(action) for action in offered or [] if isinstance(action, types.CodeAction)]

    async def _resolved(self, action: types.CodeAction) -> types.CodeAction:
        return action if action.edit is not None else await self.client.code_action_resolve_async(action)

    def applied(self, uri: str, edit: types.WorkspaceEdit | None) -> str:
        """The text of a document after an edit, by the words of the protocol and with nothing of the server's code."""
        assert edit is not None
        version, text = self.texts[uri]
        changes: list[Any]
        if edit.document_changes is not None:
            (change,) = edit.document_changes
            assert isinstance(change, types.TextDocumentEdit)
            assert (change.text_document.uri, change.text_document.version) == (uri, version)
            changes = list(change.edits)
        else:
            changes = list((edit.changes or {})[uri])
        return apply(text, changes, self.encoding)


def lines_of(text: str) -> list[str]:
    """The lines of a text, with their ends, as the protocol counts them; the last one has no end."""
    return [*re.findall(r"[^\r\n]*(?:\r\n|\r|\n)", text), re.split(r"\r\n|\r|\n", text)[-1]]


def apply(text: str, edits: list[types.TextEdit], encoding: str) -> str:
    """`text` after edits whose positions are in an encoding."""
    codec, width = _WIDTH[encoding]
    lines = lines_of(text)

    def offset(position: types.Position) -> int:
        line = lines[position.line]
        inside = line.encode(codec)[: position.character * width].decode(codec)
        return sum(map(len, lines[: position.line])) + len(inside)

    placed = sorted(((offset(e.range.start), offset(e.range.end), e.new_text) for e in edits), reverse=True)
    for start, end, new in placed:
        text = text[:start] + new + text[end:]
    return text


def uri_of(path: Path) -> str:
    """The address of a file."""
    return path.as_uri()


@asynccontextmanager
async def editing(
    *roots: Path, can: types.ClientCapabilities | None = None, options: object = None, clean: bool = True
) -> AsyncIterator[Editor]:
    """An editor that has opened folders."""
    client = LanguageClient()
    editor = Editor(client)
    await client.start_io(*SERVER)
    folders = [types.WorkspaceFolder(root.as_uri(), root.name) for root in roots]
    params = types.InitializeParams(
        capabilities=can or capabilities(), workspace_folders=folders, initialization_options=options
    )
    answer = await client.initialize_session(params)
    editor.encoding = str(
        getattr(answer.capabilities.position_encoding, "value", answer.capabilities.position_encoding)
    )
    try:
        yield editor
    finally:
        if clean:
            await client.shutdown_session()
        await client.stop()
