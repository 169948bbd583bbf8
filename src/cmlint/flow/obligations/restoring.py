"""Whether a write after the yield puts back what was changed before it: judged by the value that is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.obligations.contained import counts_up, holds, takes_out
from cmlint.flow.obligations.outcome import counts_failures, describes_failure, is_accomplished, tells_outcome
from cmlint.flow.obligations.resting import NOTHING, Resting
from cmlint.flow.obligations.saved import Saved, binds, finds, root_of
from cmlint.flow.obligations.together import is_old_of_many
from cmlint.flow.reading.events import Call, Event, Form, Store, Value, Yield
from cmlint.flow.reading.naming import function_of, is_called_old, words_of
from cmlint.flow.reading.scope import Origin, Scope
from cmlint.flow.reading.writes import Manner, Write
from cmlint.knowledge.entries import Knowledge

_OUTER = re.compile(r"_*(parents?|outer|previous|prev|enclosing|up|back)(_\w+)?")
_ATTRIBUTE = re.compile(r"\w+(?:\.\w+)*")
_ONE_OF = re.compile(r"\w+ in (\w+)")
_COUNTED_DOWN = re.compile(r"([\w.]+\([\w.]*\)) - (\d+)")
_ARITHMETIC = re.compile(r"\s[-+*/%]\s")
_UNDONE_BY = {
    Manner.ADD: Manner.SUBTRACT, Manner.SUBTRACT: Manner.ADD, Manner.FLIP: Manner.FLIP,
    Manner.MULTIPLY: Manner.DIVIDE, Manner.DIVIDE: Manner.MULTIPLY,
}  # fmt: skip


@dataclass(frozen=True)
class Restoring:
    """Whether a write after the yield puts back what `changes` changed and `saves` saved."""

    around: Around
    scope: Scope
    knowledge: Knowledge
    changes: list[tuple[Site, Write]]
    saves: list[Site]

    def by(self, write: Write) -> bool:
        """Whether this write does."""
        changed = {change.manner for _, change in self.changes}
        if self._forgives(write):
            return False
        if write.manner is Manner.DELETE:
            # What is not in a snapshot of the container is taken out of it again.
            return Manner.SET in changed or (bool(self.saves) and write.place.endswith("[*]"))
        if write.manner is Manner.SUBTRACT and any(counts_up(change, write.text) for _, change in self.changes):
            return True
        counted = _COUNTED_DOWN.fullmatch(write.text)
        if counted is not None and any(change.text == f"{counted[1]} + {counted[2]}" for _, change in self.changes):
            return True  # `scope.value = current() + 1` and `scope.value = current() - 1`
        if write.manner in _UNDONE_BY:
            return any(
                change.manner is _UNDONE_BY[write.manner] and change.text in (write.text, write.text.removeprefix("~"))
                for _, change in self.changes
            )
        if write.value is not None and (self.is_outer(write, write.value) or self.is_original(write, write.value)):
            return True
        if self.changes and self._is_one_of_those(write):
            return True
        if takes_out(write) and any(holds(change, write) for _, change in self.changes):
            return True
        if write.value is not None and (self._is_of_originals(write.value) or self._is_unwrapped(write, write.value)):
            return True
        if write.value is None or (self.is_product(write.value) and not self.is_plainly_saved(write)):
            return False
        if self.is_saved(write.value) or self.is_called_saved(write.value) or self.is_found(write):
            return True
        if self.changes and is_old_of_many(write.value, self.scope):
            return True
        changes = tuple(change for _, change in self.changes)
        resting = Resting(self.around, self.knowledge, changes, self.scope.parameters)
        achieved = is_accomplished(write.target) and write.value.text == "True"
        kept = achieved or tells_outcome(write.target) or describes_failure(write.target)
        return not kept and resting.is_value(write.value)

    def _is_one_of_those(self, write: Write) -> bool:
        """`shown = [x for x in layers if x.visible]` and `layer.visible = layer in shown`: those that had it."""
        asked = _ONE_OF.fullmatch(write.text)
        attribute = write.target.rpartition(".")[2]
        stores = (site.event for site in self.around.before if asked is not None and binds(site.event, asked[1]))
        kept = (store.value.text for store in stores if isinstance(store, Store))
        return any(re.search(rf"\bfor (\w+) in .+ if \1\.{re.escape(attribute)}\b", text) for text in kept)

    def _forgives(self, write: Write) -> bool:
        """Whether a success clears a count of failures, to which the manager has added one: a failure leaves it."""
        added = any(change.manner is Manner.ADD or " + 1" in change.text for _, change in self.changes)
        cleared = write.manner is Manner.DELETE or write.text in NOTHING
        return added and cleared and counts_failures(write.target)

    def _is_unwrapped(self, write: Write, value: Value) -> bool:
        """Whether one function of what stands there undoes another: `f = decorate(f)` and `f = undecorate(f)`."""
        undoing = function_of(value.text)
        if value.form is not Form.CALL or undoing is None or write.target not in value.text:
            return False
        news = (change.value for _, change in self.changes if change.value is not None)
        doing = (function_of(new.text) for new in news if new.form is Form.CALL and write.target in new.text)
        return any(one is not None and self._undo(one, undoing) for one in doing)

    def _undo(self, one: str, other: str) -> bool:
        negated = one.lstrip("_") == other.lstrip("_").removeprefix("un").lstrip("_") and one != other
        return negated or self.knowledge.antonym(one, other) is not None

    def is_product(self, value: Value) -> bool:
        """Whether the value is what the manager yielded, or is made of it: then it is published."""
        event = self.around.site.event
        assert isinstance(event, Yield)
        if event.value.form is Form.NAME and self.scope.is_local(event.value.text) and event.value.text in value.reads:
            return True
        if value.form is Form.NAME and not self.changes and self._is_worked_on(value.text):
            return True
        return value.form is Form.NAME and value.text in event.value.reads

    def _is_worked_on(self, name: str) -> bool:
        """Whether a local went into what is yielded, so that the body changes it: a copy that is put in place then."""
        event = self.around.site.event
        made = (site.event for site in self.around.before if isinstance(site.event, Call))
        return isinstance(event, Yield) and any(
            not event.value.reads.isdisjoint(call.results) and any(value.text == name for value in call.given)
            for call in made
        )

    def is_saved(self, value: Value) -> bool:
        """Whether the value comes from a variable, or from an item of a container, that a save filled."""
        if value.form is Form.OTHER and _ARITHMETIC.search(value.text):
            return False  # a new value that is made of the old one
        kept = {key for site in self.saves for key in _kept_in(site.event)}
        taken = Saved(self.around, self.scope).taken_from(value)
        if kept & (value.reads | taken) or self._is_taken_out(value, kept):
            return True
        loops = (self.scope.looped.get(read, ()) for read in value.reads)
        if any(root in self.scope.code(iterated) for over in loops for iterated in over for root in map(root_of, kept)):
            return True
        return value.form is Form.CALL and value.dotted == "getattr()" and bool(self.saves)

    def is_found(self, write: Write) -> bool:
        """Whether the value is what stood at the place when its position was looked for."""
        looked = (finds(site.event, write.place) for site in self.saves if isinstance(site.event, Call))
        return any(value == write.value for value in looked)

    def _is_taken_out(self, value: Value, kept: set[str]) -> bool:
        """Whether the value was taken out of what is kept by a statement of its own: `old = saved[name]`."""
        stores = (site.event for site in self.around.after if value.form is Form.NAME and binds(site.event, value.text))
        return any(
            isinstance(store, Store) and store.value.form is Form.OTHER and bool(kept & store.value.reads)
            for store in stores
        )

    def is_called_saved(self, value: Value) -> bool:
        """Whether the value is a local that was read before the yield and is called the old one, or an item of it."""
        if self._bound(value):
            return True
        items = self.scope.looped.get(value.text, ()) if value.form is Form.NAME else ()
        names = [Value(Form.NAME, root_of(self.scope.code(over))) for over in items]
        return bool(self.changes) and any(self._bound(name) for name in names)

    def is_outer(self, write: Write, value: Value) -> bool:
        """Whether it is what the new value stands in: `self.scope = self.scope.parent` after `Scope(self.scope)`."""
        owner, _, attribute = value.text.rpartition(".")
        news = {change.value.text for _, change in self.changes if change.value is not None}
        if value.text == "self" and self._stands_in_self(news):
            return True  # `interpreter.context = self` after one was made with `parent=self`
        return _OUTER.fullmatch(attribute) is not None and bool(self.changes) and owner in {write.target, *news}

    def _stands_in_self(self, news: set[str]) -> bool:
        """Whether the new value was made with the own object as what is around it."""
        calls = (site.event for site in self.around.before if isinstance(site.event, Call))
        made = [call for call in calls if not news.isdisjoint(call.results)]
        return any(_OUTER.fullmatch(name) and given.text == "self" for call in made for name, given in call.keywords)

    def _is_of_originals(self, value: Value) -> bool:
        """Whether a loop takes it from a mapping outside, where a function of the manager was put: `in ALL.items()`."""
        over = [root_of(self.scope.code(one)) for one in self.scope.looped.get(value.text, ())]
        outside = bool(over) and all(self.scope.origin(one) is Origin.OUTSIDE for one in over)
        news = {change.value.text for _, change in self.changes if change.value is not None}
        return outside and bool(news) and news <= self.scope.functions.keys()

    def is_original(self, write: Write, value: Value) -> bool:
        """Whether it was kept outside of the function, and is called the old one, or as the place is called.

        `requests.get = fake` ... `requests.get = _original_get`; `builtins.open = fake` ... `builtins.open = open`.
        """
        place, kept = write.target.rpartition(".")[2], value.text.rpartition(".")[2]
        named_alike = set(words_of(place)) <= set(words_of(kept))
        if self.changes and value.text.startswith("self.") and is_called_old(kept) and named_alike:
            return True  # `__init__` has kept it: `port.speed = self._saved_speed`
        named = _ATTRIBUTE.fullmatch(value.text) is not None and kept.isidentifier() and value.text != write.target
        news = {change.value.text for _, change in self.changes if change.value is not None}
        if not named or not news or value.text in news or self.scope.origin(value.text) is not Origin.OUTSIDE:
            return False
        if value.dotted == write.target:
            return True  # the module keeps it under another name
        original = is_called_old(kept) or words_of(kept)[:1] in (["origin"], ["real"])
        return kept == place or (original and words_of(kept)[-len(words_of(place)) :] == words_of(place))

    def _bound(self, value: Value) -> list[Site]:
        if value.form is not Form.NAME or not is_called_old(value.text):
            return []
        return [site for site in self.around.before if binds(site.event, value.text)]

    def is_plainly_saved(self, write: Write) -> bool:
        """Whether nothing but what stood at the place is written to it again: then it is no product."""
        assert write.value is not None
        return bool(self.changes) and any(
            binds(site.event, write.value.text)
            and isinstance(site.event, Store)
            and site.event.value.form is Form.OTHER
            and site.event.value.text == write.target
            for site in self.saves
        )


def _kept_in(event: Event) -> Iterator[str]:
    if isinstance(event, Store):
        yield event.target
        yield root_of(event.target)
    elif isinstance(event, Call) and event.receiver:
        yield event.receiver
