"""Checks and repairs of one document: what the command line comes to, with what is still known from the last time."""

from __future__ import annotations

from collections.abc import Callable

from cmlint.checker import Passes, check_source
from cmlint.config import Config
from cmlint.lsp.documents import Document
from cmlint.lsp.remembering import Remembering
from cmlint.lsp.syntax import Syntax
from cmlint.repair import repair_source
from cmlint.results import Result
from cmlint.source import Source


class Checking:
    """Checks of one document in one thread; `is_stale` ends a check for which nobody waits any more."""

    def __init__(self, is_stale: Callable[[], bool] = lambda: False) -> None:
        self._remembering = Remembering(is_stale)
        self._syntax = Syntax()
        self._passes = Passes(self._syntax.check, self._remembering.findings_of)

    def check(self, document: Document, config: Config) -> Result:
        """What is found in a version of the document. Raises SourceError, ConfigError and Stale."""
        return self.check_source(document.source, config)

    def check_source(self, source: Source, config: Config) -> Result:
        """What is found in a text. Raises SourceError, ConfigError and Stale."""
        self._remembering.begin()
        result = check_source(source, config, passes=self._passes)
        self._remembering.completed()
        if self._remembering.whole is not None:
            self._syntax.parsed(self._remembering.whole)
        return result

    def repaired(self, document: Document, config: Config) -> str:
        """The document's text after all its safe fixes. Raises SourceError, ConfigError and Stale."""
        text = repair_source(document.source, config, passes=self._passes, unsafe=False).text
        return document.text[: document.places.mark] + text
