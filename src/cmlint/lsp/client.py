"""What the client can do, and what is said to it: diagnostics, messages, and requests of the server."""

from __future__ import annotations

from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from cmlint.config import ConfigError
from cmlint.lsp.diagnostics import diagnostics_of
from cmlint.lsp.rechecking import Outcome

_WATCHED = types.FileSystemWatcher("**/pyproject.toml")


class Client:
    """The client of one server."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._said: str | None = None

    def _has(self, *path: str) -> Any:
        """What the client says of one capability; None where it says nothing."""
        found: Any = self._server.client_capabilities
        for name in path:
            found = getattr(found, name, None)
        return found

    @property
    def pulls(self) -> bool:
        """Whether it asks for diagnostics itself; they are not sent as well then."""
        return self._has("text_document", "diagnostic") is not None

    @property
    def relates(self) -> bool:
        """Whether it shows the related places of a diagnostic."""
        kind = "diagnostic" if self.pulls and self._has("text_document", "diagnostic", "related_information") else None
        return bool(self._has("text_document", kind or "publish_diagnostics", "related_information"))

    @property
    def versions(self) -> bool:
        """Whether an edit may say for which version of the document it is."""
        return bool(self._has("workspace", "workspace_edit", "document_changes"))

    @property
    def resolves_edits(self) -> bool:
        """Whether the edit of an action may be worked out when it is chosen."""
        support = self._has("text_document", "code_action", "resolve_support")
        return support is not None and "edit" in support.properties

    def show(self, outcome: Outcome) -> None:
        """Show the diagnostics of a document."""
        if not self.pulls:
            document, found = outcome.document, diagnostics_of(outcome, related=self.relates)
            params = types.PublishDiagnosticsParams(document.uri, found, document.version)
            self._server.text_document_publish_diagnostics(params)

    def clear(self, uri: str) -> None:
        """Show no diagnostics for a document that was closed."""
        if not self.pulls:
            self._server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    def complain(self, error: ConfigError | None) -> None:
        """Say once what is wrong with the settings; None: nothing is, and what comes next is said again."""
        said = None if error is None else str(error)
        if said is not None and said != self._said:
            self.say(said)
        self._said = said

    def say(self, what: str) -> None:
        """Show one message about something that is wrong and that the user can mend."""
        self._server.window_show_message(types.ShowMessageParams(types.MessageType.Error, f"cmlint: {what}"))

    def watch(self) -> None:
        """Ask to be told when a pyproject.toml changes."""
        if self._has("workspace", "did_change_watched_files", "dynamic_registration"):
            options = types.DidChangeWatchedFilesRegistrationOptions([_WATCHED])
            method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
            registration = types.Registration("cmlint-settings", method, options)
            self._server.client_register_capability(types.RegistrationParams([registration]))

    def refresh(self) -> None:
        """Ask a client that pulls to pull again."""
        if self.pulls and self._has("workspace", "diagnostics", "refresh_support"):
            self._server.workspace_diagnostic_refresh(None)

    async def settings(self) -> object:
        """The section `cmlint` of the client's settings; None where it has none, or can't be asked."""
        if not self._has("workspace", "configuration"):
            return None
        asked = types.ConfigurationParams([types.ConfigurationItem(section="cmlint")])
        answer = await self._server.workspace_configuration_async(asked)
        return answer[0] if answer else None
