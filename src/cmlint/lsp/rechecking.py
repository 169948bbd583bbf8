"""When documents are checked: soon after a change, in a thread of its own, and only the newest version counts.

A change waits for a moment in which others join it. A check that a newer change overtakes is given up at the next
manager, and its result is never shown. While a text does not parse, what was found last stays.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from cmlint.config import Config, ConfigError
from cmlint.findings import Finding
from cmlint.lsp.checking import Checking
from cmlint.lsp.documents import Document
from cmlint.lsp.remembering import Stale
from cmlint.lsp.settings import Settings
from cmlint.source import SourceError

_MOMENT = 0.01  # seconds in which further changes join the first; keys that are held down repeat every 0.03
_LONGEST = 4_000_000  # characters; asking whether such a text parses takes a second
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What was found in one version of a document, under which settings."""

    document: Document
    config: Config
    findings: tuple[Finding, ...]


@dataclass
class _State:
    """One open document: `ticket` is that of the newest wish for a check."""

    document: Document
    checking: Checking
    ticket: int = 0
    task: asyncio.Task[None] | None = None
    outcome: Outcome | None = None


@dataclass
class Rechecking:
    """The open documents and what was found in them; `show` is told of each outcome, `complain` of bad settings."""

    settings: Settings
    show: Callable[[Outcome], None]
    complain: Callable[[ConfigError | None], None]
    _states: dict[str, _State] = field(default_factory=dict)
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "cmlint-check"))
    _tickets: int = 0
    _running: int = 0

    def document(self, uri: str) -> Document | None:
        """The newest version of an open document."""
        state = self._states.get(uri)
        return None if state is None else state.document

    def put(self, document: Document) -> None:
        """Take a new document or a new version, and check it soon."""
        state = self._states.get(document.uri)
        if state is None:
            state = self._states[document.uri] = _State(document, Checking(lambda: self._is_stale(document.uri)))
        state.document = document
        self._wish(state)

    def again(self) -> None:
        """Check all documents again, because the settings may be others."""
        for state in self._states.values():
            self._wish(state)

    def drop(self, uri: str) -> None:
        """Forget a document that was closed."""
        state = self._states.pop(uri, None)
        if state is not None:
            state.ticket = self._next_ticket()

    async def settled(self, uri: str) -> Outcome | None:
        """What was found last, once no check is under way; it may be of an older version, which did parse."""
        state = self._states.get(uri)
        while state is not None and state.task is not None:
            await asyncio.shield(state.task)
        return None if state is None else state.outcome

    async def current(self, uri: str) -> Outcome | None:
        """What is found in the newest version; None where that does not parse."""
        outcome = await self.settled(uri)
        return outcome if outcome is not None and outcome.document is self.document(uri) else None

    async def repaired(self, outcome: Outcome) -> str | None:
        """The text after all its safe fixes; None when it changed meanwhile."""
        state = self._states.get(outcome.document.uri)
        if state is None or state.outcome is not outcome:
            return None
        try:
            return await self._alone(state.ticket, lambda: state.checking.repaired(outcome.document, outcome.config))
        except (Stale, SourceError, ConfigError):
            return None

    async def _alone(self, ticket: int, work: Callable[[], _T]) -> _T:
        """Do something in the thread of the checks, until `ticket` is no more the newest of its document."""

        def run() -> _T:
            self._running = ticket
            return work()

        return await asyncio.get_running_loop().run_in_executor(self._pool, run)

    def _next_ticket(self) -> int:
        self._tickets += 1
        return self._tickets

    def _is_stale(self, uri: str) -> bool:
        """Asked in the thread of the checks, of the document that is being checked there."""
        state = self._states.get(uri)
        return state is None or state.ticket != self._running

    def _wish(self, state: _State) -> None:
        state.ticket = self._next_ticket()
        if state.task is None:
            state.task = asyncio.ensure_future(self._until_settled(state))

    async def _until_settled(self, state: _State) -> None:
        try:
            done = 0
            while done != state.ticket and self._states.get(state.document.uri) is state:
                await asyncio.sleep(_MOMENT)
                done = state.ticket
                await self._check(state, done)
        finally:
            state.task = None

    async def _check(self, state: _State, ticket: int) -> None:
        document = state.document
        try:
            config = self.settings.for_path(document.path)
            self.complain(None)
            findings: tuple[Finding, ...] = ()
            if len(document.text) > _LONGEST:
                _log.warning("%s is too long to be checked while it is edited", document.uri)
            elif not self.settings.leaves_out(document.path, config):
                result = await self._alone(ticket, lambda: state.checking.check(document, config))
                findings = result.findings
        except ConfigError as error:
            self.complain(error)
        except SourceError as error:
            _log.info("%s: %s", document.uri, error)
            if state.outcome is None and state.ticket == ticket:
                self.show(Outcome(document, Config(), ()))
        except Stale:
            return
        except Exception:
            _log.exception("the check of %s failed; please report it", document.uri)
        else:
            if state.ticket == ticket:
                state.outcome = Outcome(document, config, findings)
                self.show(state.outcome)
