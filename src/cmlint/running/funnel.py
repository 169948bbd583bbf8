"""The funnel: bytes -> trigger words -> screen -> outline -> screen of each manager -> the passes of the checker.

Most files end at the words. `running.syntax` says which of them are asked whether they parse; what the screen leaves
always is. What is left has the findings that `checker.check_source` has: every step only drops what can't give any.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cmlint import source as sources
from cmlint.config import Config, ConfigError
from cmlint.config_lookup import Finder
from cmlint.failures import own_failure
from cmlint.knowledge.of_settings import triggers_of
from cmlint.knowledge.triggers import Triggers
from cmlint.problems import Problem
from cmlint.results import Counts, Result
from cmlint.running.cache import Cache, key_of
from cmlint.running.syntax import Asking
from cmlint.source import SourceError

if TYPE_CHECKING:
    from cmlint.knowledge.entries import Protocol

Marks = Mapping[str, "Protocol"]


@dataclass(frozen=True)
class Passed:
    """What came of one file: its result, and which functions of other files it hands over."""

    result: Result
    marks: Marks = field(default_factory=dict)

    def with_note(self, text: str) -> Passed:
        """The same, and something to say about the run as a whole."""
        return replace(self, result=replace(self.result, notes=(*self.result.notes, Problem("", text))))


_PASSED_BY = Passed(Result(counts=Counts(files=1, read=1, unasked=1)))  # without a word of any protocol


@dataclass
class Funnel:
    """The funnel for the files of one run."""

    settings: Finder
    cache: Cache
    asking: Asking = field(default_factory=Asking)
    _latest: tuple[Config | None, Triggers] = (None, Triggers((), (), ()))

    def check(self, path: str, marks: Marks | None = None) -> Passed:
        """Check the file at `path`; what is wrong with it is a problem of the result. Raises ConfigError."""
        config = self.settings.for_file(path)
        try:
            return self._read(path, config, marks or {})
        except SourceError as error:
            return Passed(Result(problems=(Problem(path, error.message, error.line),), counts=Counts(read=1)))
        except ConfigError:
            raise
        except Exception as error:  # so that a defect of cmlint costs one file, and is said
            return Passed(Result(problems=(own_failure(path, error),)))

    def _read(self, path: str, config: Config, marks: Marks) -> Passed:
        raw = sources.read_bytes(path)
        triggers = self._triggers_of(config)
        words = triggers.words_in(raw)
        asks = self.asking.asks(path)
        if not (words or marks or asks):
            return _PASSED_BY
        counts = Counts(files=1, read=1, triggered=int(bool(words)))
        key = key_of(path, raw, config, marks) if self.cache.is_kept else None
        known = None if key is None else self.cache.get(key, asked=asks)
        if known is not None:
            return _told(known, path, raw, counts + Counts(cached=1))
        source = sources.decode(path, raw)
        hands_over = triggers.may_hand_over(words)
        asks = asks or hands_over  # then all of it is looked through
        if asks:
            sources.check_syntax(source)
        passed = Passed(Result())
        if words or marks:
            from cmlint.running.screened import look_at  # most runs of few files need nothing of it

            passed = Passed(*look_at(source, config, marks, words, hands_over=hands_over, asked=asks))
        if key is not None:
            self.cache.put(key, passed.result, passed.marks)
        return replace(passed, result=replace(passed.result, counts=passed.result.counts + counts))

    def _triggers_of(self, config: Config) -> Triggers:
        latest, found = self._latest  # read once: there may be threads
        if config is not latest:  # nearly all files have the same one, and to look one up takes time
            found = triggers_of(config)
            self._latest = config, found
        return found


def _told(known: tuple[Result, Marks], path: str, raw: bytes, counts: Counts) -> Passed:
    """What the cache knows, with the text where findings are to be shown in it."""
    result, marks = known
    texts = {path: sources.decode(path, raw).text} if result.findings else {}
    return Passed(replace(result, texts=texts, counts=result.counts + counts), marks)
