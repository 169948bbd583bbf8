"""What a place holds while nothing is going on, told from the values that are written to it before and after the yield.

Nothing (`None`, `0`, an empty list), the other of two, the original under the same name, a constant that the module
knows by name. May miss a resting value that is computed; a place that holds a product of the body is not asked here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cmlint.flow.lowering.around import Around
from cmlint.flow.reading.events import Form, Test, Value
from cmlint.flow.reading.naming import words_of
from cmlint.flow.reading.scope import Origin
from cmlint.flow.reading.writes import Write
from cmlint.knowledge.entries import Knowledge

_NAMED_NOTHING = re.compile(r"(?:\w+\.)*_?(?:unset|empty|null)_\w+", re.IGNORECASE)
NOTHING = frozenset({"None", "False", "0", '""', "''", "[]", "{}", "()", "set()"})


@dataclass(frozen=True)
class Resting:
    """A place and the writes that change it before the yield."""

    around: Around
    knowledge: Knowledge
    changes: tuple[Write, ...]
    parameters: tuple[str, ...]

    def is_value(self, value: Value) -> bool:
        """Whether the value is what such a place holds while nothing is going on: nothing, or the other of two."""
        before = {change.value.text for change in self.changes if change.value is not None}
        if value.text == re.sub(r"\.(\w+)$", r".__\1__", self.changes[0].place if self.changes else ""):
            return True  # sys.stdout = sys.__stdout__
        if self.changes and value.text.isupper() and value.text.isidentifier() and "default" in words_of(value.text):
            return True  # ENABLED_BY_DEFAULT
        if self.changes and _NAMED_NOTHING.fullmatch(value.text) and value.text not in before:
            return True  # `current = unset_context`
        if self._is_namesake(value) or self._is_opposite_word(value) or self._is_idle(value):
            return True
        if self._is_expected(value) or self._is_default(value):
            return True
        others = {"True": "False", "False": "True"}
        if value.text in NOTHING:
            return bool(before) and value.text not in before
        return value.text in others and (others[value.text] in before or self._is_asked_for(before))

    def _is_asked_for(self, before: set[str]) -> bool:
        """Whether the caller chose what a switch outside is meanwhile: `obj.enabled = value`, `obj.enabled = True`."""
        places = [change.target.partition(".")[0] for change in self.changes]
        given = {text for text in before if text.isidentifier() and text in self.parameters}
        private = all(change.target.rpartition(".")[2].startswith("_") for change in self.changes)
        return bool(before) and private and given == before and all(place in self.parameters for place in places)

    def _is_opposite_word(self, value: Value) -> bool:
        """Whether one word is written to the place and its opposite back: `"disabled"` and `"normal"`."""
        words = [change.value.text.strip("\"'").lower() for change in self.changes if change.value is not None]
        after = value.text.strip("\"'").lower()
        return value.form is Form.CONSTANT and any(self.knowledge.are_opposite(word, after) for word in words)

    def _is_namesake(self, value: Value) -> bool:
        """Whether a name of a module gets back what another module has under the same name: `a.Parser = b.Parser`."""
        name = value.text.rpartition(".")[2]
        return (
            value.form is Form.OTHER
            and value.dotted is not None
            and bool(self.changes)
            and all(
                change.origin is Origin.OUTSIDE
                and change.target.rpartition(".")[2] == name
                and change.target != value.text
                for change in self.changes
            )
        )

    def _is_idle(self, value: Value) -> bool:
        """Whether it is the state of doing nothing, of a type that lists states: `job.state = State.IDLE`."""
        owner, _, named = value.text.rpartition(".")
        texts = [change.value.text for change in self.changes if change.value is not None]
        return named == "IDLE" and bool(texts) and all(text.startswith(f"{owner}.") for text in texts)

    def _is_expected(self, value: Value) -> bool:
        """Whether the place was asked for this very value before it was changed: `if mode == NORMAL: mode = FAST`."""
        places = {change.target for change in self.changes}
        tests = (site.event for site in self.around.before if isinstance(site.event, Test))
        return any(test.subject in places and test.predicate == f"is {value.text}" for test in tests)

    def _is_default(self, value: Value) -> bool:
        """Whether two constants follow each other in an attribute of something that the module knows by name."""
        return (
            value.form is Form.CONSTANT
            and bool(self.changes)
            and all(self._is_other_default(change, value) for change in self.changes)
        )

    @staticmethod
    def _is_other_default(change: Write, value: Value) -> bool:
        return (
            change.origin is Origin.OUTSIDE
            and "." in change.target
            and change.value is not None
            and change.value.form is Form.CONSTANT
            and (change.value.text[:1] in "\"'") == (value.text[:1] in "\"'")
            and change.value.text != value.text
        )
