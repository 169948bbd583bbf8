"""The language server: what a client may ask and tell, each handed to the module that knows the answer."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from cmlint.config import ConfigError
from cmlint.lsp import actions
from cmlint.lsp.client import Client
from cmlint.lsp.diagnostics import diagnostics_of
from cmlint.lsp.documents import opened
from cmlint.lsp.hovers import hover_at
from cmlint.lsp.protocol import Protocol
from cmlint.lsp.rechecking import Rechecking
from cmlint.lsp.settings import Settings, wishes

_log = logging.getLogger(__name__)
_ACTIONS = types.CodeActionOptions(code_action_kinds=actions.KINDS, resolve_provider=True)
_PULL = types.DiagnosticOptions(inter_file_dependencies=False, workspace_diagnostics=False, identifier="cmlint")


class Server(LanguageServer):
    """`cmlint lsp`; failures are logged, because a message for each would be in the way of work."""

    def __init__(self) -> None:
        super().__init__("cmlint", version("cmlint"), protocol_cls=Protocol)
        self.client = Client(self)
        self.checks = Rechecking(Settings(), self.client.show, self.client.complain)
        self.was_shut_down = False
        for method, handler, options in self._features():
            self.feature(method, options)(partial(handler))  # a method takes none of pygls' marks

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log what went wrong with one message; the server goes on."""
        _log.error("a message could not be handled (%s): %s", getattr(source, "__name__", source), error)

    def _features(self) -> list[tuple[str, Callable[..., Any], Any]]:
        return [
            (types.INITIALIZE, self.initialized_with, None),
            (types.INITIALIZED, self.ready, None),
            (types.SHUTDOWN, self.shut_down, None),
            (types.EXIT, self.leave, None),
            (types.TEXT_DOCUMENT_DID_OPEN, self.open, None),
            (types.TEXT_DOCUMENT_DID_CHANGE, self.change, None),
            (types.TEXT_DOCUMENT_DID_SAVE, self.save, None),
            (types.TEXT_DOCUMENT_DID_CLOSE, self.close, None),
            (types.TEXT_DOCUMENT_DIAGNOSTIC, self.pull, _PULL),
            (types.TEXT_DOCUMENT_CODE_ACTION, self.offer, _ACTIONS),
            (types.CODE_ACTION_RESOLVE, self.resolve, None),
            (types.TEXT_DOCUMENT_HOVER, self.hover, None),
            (types.WORKSPACE_DID_CHANGE_CONFIGURATION, self.change_settings, None),
            (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, self.change_files, None),
            (types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, self.change_folders, None),
        ]

    def initialized_with(self, params: types.InitializeParams) -> None:
        """The client introduces itself."""
        self._take_folders()
        self._take_wishes(params.initialization_options)

    async def ready(self, _: types.InitializedParams) -> None:
        """The client is ready to be asked."""
        self.client.watch()
        given = await self.client.settings()
        if given is not None:
            self._take_wishes(given)
            self._check_again()

    def shut_down(self, _: None = None) -> None:
        """The client is about to leave."""
        self.was_shut_down = True

    def leave(self, _: None = None) -> None:
        """The client leaves: the process ends at once, whatever it is at."""
        sys.stderr.flush()
        os._exit(0 if self.was_shut_down else 1)

    def open(self, params: types.DidOpenTextDocumentParams) -> None:
        """A document was opened."""
        document = opened(params.text_document, str(self.workspace.position_encoding or "utf-16"))
        if document is not None:
            self.checks.put(document)

    def change(self, params: types.DidChangeTextDocumentParams) -> None:
        """A document was changed."""
        document = self.checks.document(params.text_document.uri)
        if document is not None:
            self.checks.put(document.changed(params.text_document.version, params.content_changes))

    def save(self, params: types.DidSaveTextDocumentParams) -> None:
        """A document was saved: it is looked whether the settings are still the same."""
        document = self.checks.document(params.text_document.uri)
        if document is not None:
            self.checks.put(document)

    def close(self, params: types.DidCloseTextDocumentParams) -> None:
        """A document was closed: it has no diagnostics any more."""
        if self.checks.document(params.text_document.uri) is not None:
            self.checks.drop(params.text_document.uri)
            self.client.clear(params.text_document.uri)

    async def pull(self, params: types.DocumentDiagnosticParams) -> types.RelatedFullDocumentDiagnosticReport:
        """The diagnostics of a document; of its last version that parsed, where this one does not."""
        outcome = await self.checks.settled(params.text_document.uri)
        found = [] if outcome is None else diagnostics_of(outcome, related=self.client.relates)
        return types.RelatedFullDocumentDiagnosticReport(found)

    async def offer(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        """What can be done about the findings at a place, and about all of them."""
        outcome = await self.checks.current(params.text_document.uri)
        if outcome is None:
            return []
        offered: list[types.CodeAction] = []
        versioned, context = self.client.versions, params.context
        if actions.asks_for(types.CodeActionKind.QuickFix.value, context):
            unsafe = self.checks.settings.wishes.unsafe_fixes
            offered += actions.quick_fixes(outcome, params.range, context, unsafe=unsafe, versioned=versioned)
        everything = actions.fix_all(outcome) if actions.asks_for(actions.FIX_ALL, context) else None
        if everything is not None:
            offered.append(everything if self.client.resolves_edits else await self.resolve(everything))
        return offered

    async def resolve(self, action: types.CodeAction) -> types.CodeAction:
        """Work out the edit of the action that repairs everything; without one when the document changed since."""
        told = action.data if isinstance(action.data, dict) else {}
        outcome = await self.checks.current(str(told.get("uri")))
        if outcome is not None and outcome.document.version == told.get("version"):
            text = await self.checks.repaired(outcome)
            if text is not None:
                action.edit = actions.rewriting(outcome.document, text, versioned=self.client.versions)
        return action

    async def hover(self, params: types.HoverParams) -> types.Hover | None:
        """What is found at a place, and the rule's page."""
        outcome = await self.checks.current(params.text_document.uri)
        return None if outcome is None else hover_at(params.position, outcome)

    async def change_settings(self, params: types.DidChangeConfigurationParams) -> None:
        """The settings of the editor changed; a client that does not say how is asked."""
        self._take_wishes(params.settings or await self.client.settings())
        self._check_again()

    def change_files(self, _: types.DidChangeWatchedFilesParams) -> None:
        """A pyproject.toml changed."""
        self._check_again()

    def change_folders(self, _: types.DidChangeWorkspaceFoldersParams) -> None:
        """A folder was added to the workspace or taken from it."""
        self._take_folders()
        self._check_again()

    def _take_folders(self) -> None:
        uris = [folder.uri for folder in self.workspace.folders.values()] or [self.workspace.root_uri]
        paths = (to_fs_path(uri) for uri in uris if uri)
        self.checks.settings.roots = tuple(path for path in paths if path)

    def _take_wishes(self, given: object) -> None:
        """Take the settings of the editor; where they are wrong, it is said and the old ones stay."""
        try:
            self.checks.settings.wishes = wishes(given)
        except ConfigError as error:
            self.client.say(str(error))

    def _check_again(self) -> None:
        self.checks.again()
        self.client.refresh()
