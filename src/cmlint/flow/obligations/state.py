"""Obligations from changed and restored state: the same place outside is written before the yield and put back after.

A place is put back by the value that was read from it before, by the opposite constant, by deleting what was
set, or by counting back. What is written after the yield and comes from elsewhere (a product, a result) is
published, not restored. May miss a restore whose saved value takes a detour; a place that was neither read nor
written before the yield is never taken for a restored one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cmlint.findings import Confidence
from cmlint.flow.around import Around
from cmlint.flow.events import Call, Event, Form, Store, Value, Yield
from cmlint.flow.graph import Site
from cmlint.flow.obligation import Obligation, Words
from cmlint.flow.obligations.naming import is_called_old, saves
from cmlint.flow.obligations.outcome import describes_failure, ends_work, tells_outcome
from cmlint.flow.obligations.resting import Resting
from cmlint.flow.obligations.saved import Saved, finds, root_of, saves_place
from cmlint.flow.obligations.together import is_old_of_many, kept_with_its_place, vary_alike
from cmlint.flow.obligations.trust import confidence_of
from cmlint.flow.scope import Scope
from cmlint.flow.writes import Manner, Write, write_of
from cmlint.knowledge.entries import Knowledge

_ENVIRONMENT = "os.environ"
_STREAMS = frozenset({"sys.stdout", "sys.stderr", "sys.stdin"})
_OUTER = re.compile(r"_*(parent|outer|previous|prev|enclosing|up|back)(_\w+)?")
_ARITHMETIC = re.compile(r"\s[-+*/%]\s")
_UNDONE_BY = {
    Manner.ADD: Manner.SUBTRACT, Manner.SUBTRACT: Manner.ADD, Manner.FLIP: Manner.FLIP,
    Manner.MULTIPLY: Manner.DIVIDE, Manner.DIVIDE: Manner.MULTIPLY,
}  # fmt: skip


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each place that is put back after the yield."""
    before = _writes(around.before, scope)
    after = _writes(around.after, scope)
    everywhere = _writes(around.sites, scope)
    for place in dict.fromkeys(write.place for _, write in after):
        restoring = _restoring(around, scope, knowledge, before, place)
        puts_back = [(site, write) for site, write in after if write.place == place]
        restores = [site for site, write in puts_back if restoring.by(write)]
        if not restores or not (restoring.changes or restoring.saves):
            restoring, restores = _in_a_detour(restoring, before, puts_back)
        if not restores:
            continue
        changes, saves = restoring.changes, restoring.saves
        # What clears the place for the saved value is half of the restore.
        restores += [site for site, write in after if _clears(write, place) and site not in restores]
        undone = {write for site, write in after if site in restores}
        acquires = [site for site, _ in changes] or saves
        yield Obligation(
            kind=_kind(place),
            object=place,
            words=Words(
                f"`{_shown(place, acquires[0], changes)}`", "changed" if changes else "saved", "is not put back"
            ),
            confidence=_confidence(place, scope, restoring),
            origin="restored state",
            acquires=tuple(acquires),
            releases=tuple(site for site, write in everywhere if write in undone and site not in around.before),
            by_body=not changes,
        )


def find_in_calls(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """The same for what the manager itself changed and a function that it calls puts back."""
    changed = replace(around, before=tuple(site for site in around.before if not site.grafted))
    for obligation in find(changed, scope, knowledge):
        if not obligation.by_body and all(site.grafted for site in obligation.releases):
            yield obligation


def _confidence(place: str, scope: Scope, restoring: _Restoring) -> Confidence:
    if ends_work(place) and not restoring.saves:
        return Confidence.LOW
    return confidence_of(place, scope) if restoring.changes else Confidence.MEDIUM


def _clears(write: Write, place: str) -> bool:
    """Whether the write empties the place for the saved value, or deletes what was not there before."""
    whole = place.endswith("[:]") and write.place == f"{place[:-3]}[*]"
    return write.manner is Manner.DELETE and (write.place == place or whole)


def _restoring(
    around: Around, scope: Scope, knowledge: Knowledge, before: list[tuple[Site, Write]], place: str
) -> _Restoring:
    changes = [
        (site, write)
        for site, write in before
        if write.place == place or _is_item_of(write, place) or _is_update_of(write, place)
    ]
    saves = [site for site in around.before if saves_place(site.event, place, scope)]
    return _Restoring(around, scope, knowledge, changes, saves)


def _is_item_of(write: Write, place: str) -> bool:
    """Whether one item is written of what is emptied as a whole: `overrides[key] = fake` and `overrides.clear()`."""
    container = place.removesuffix("[*]")
    return write.manner is Manner.SET and write.target.startswith(f"{container}[") and write.target.endswith("]")


def _is_update_of(write: Write, place: str) -> bool:
    """Whether several items are written at once, and one of them is at `place`: `d.update(...)` and `d["x"]`."""
    whole, _, _ = place.rpartition("[")
    return bool(whole) and place.endswith("]") and write.manner is Manner.SET and write.place == f"{whole}[*]"


def _in_a_detour(
    exact: _Restoring, before: list[tuple[Site, Write]], puts_back: list[tuple[Site, Write]]
) -> tuple[_Restoring, list[Site]]:
    """The evidence for a restore whose save has another key: the same attribute of what a loop runs over, an old value.

    `old[name] = column.info.method` ... `table[name].info.method = old[name]`; `original = _augment(sys.path)` ...
    `sys.path[:] = original`.
    """
    for site, write in puts_back:
        if write.manner is not Manner.SET or write.value is None:
            continue
        product = exact.is_product(write.value)
        attribute = write.place.rpartition(".")[2]
        saves = exact.keeping(attribute, write.value)
        changes = exact.changes or [pair for pair in before if _same_attribute(pair[1], attribute)]
        if saves and (exact.changes or (changes and not product)):
            return replace(exact, changes=changes, saves=saves), [site]
        varying = [pair for pair in before if vary_alike(pair[1], write)]
        if not product and varying and (kept := kept_with_its_place(write, exact.around, exact.scope)):
            return replace(exact, changes=varying, saves=kept), [site]
        if not product and (bound := exact.old_value(write.value)):
            return replace(exact, saves=bound), [site]
    return exact, []


def _same_attribute(write: Write, attribute: str) -> bool:
    other = write.place.rpartition(".")[2]
    return write.manner is Manner.SET and (other == attribute or (other[:1] == "<" and attribute[:1] == "<"))


def _writes(sites: tuple[Site, ...], scope: Scope) -> list[tuple[Site, Write]]:
    found = ((site, write_of(site.event, scope)) for site in sites)
    return [(site, write) for site, write in found if write is not None]


@dataclass(frozen=True)
class _Restoring:
    """Whether a write after the yield puts back what `changes` changed and `saves` saved."""

    around: Around
    scope: Scope
    knowledge: Knowledge
    changes: list[tuple[Site, Write]]
    saves: list[Site]

    def by(self, write: Write) -> bool:
        changed = {change.manner for _, change in self.changes}
        if write.manner is Manner.DELETE:
            # What is not in a snapshot of the container is taken out of it again.
            return Manner.SET in changed or (bool(self.saves) and write.place.endswith("[*]"))
        if write.manner in _UNDONE_BY:
            return any(
                change.manner is _UNDONE_BY[write.manner]
                and _text(change.value) in (_text(write.value), _text(write.value).removeprefix("~"))
                for _, change in self.changes
            )
        if write.value is not None and self.is_outer(write, write.value):
            return True
        if write.value is None or (self.is_product(write.value) and not self.is_plainly_saved(write)):
            return False
        if self.is_saved(write.value) or self.is_called_saved(write.value) or self.is_found(write):
            return True
        if self.changes and is_old_of_many(write.value, self.scope):
            return True
        resting = Resting(self.around, self.knowledge, tuple(change for _, change in self.changes))
        kept = tells_outcome(write.target) or describes_failure(write.target)
        return not kept and resting.is_value(write.value)

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
            not event.value.reads.isdisjoint(call.results)
            and any(value.text == name for value in (*call.args, *(value for _, value in call.keywords)))
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
        stores = (
            site.event for site in self.around.after if value.form is Form.NAME and _binds(site.event, value.text)
        )
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
        return _OUTER.fullmatch(attribute) is not None and bool(self.changes) and owner in {write.target, *news}

    def _bound(self, value: Value) -> list[Site]:
        if value.form is not Form.NAME or not is_called_old(value.text):
            return []
        return [site for site in self.around.before if _binds(site.event, value.text)]

    def old_value(self, value: Value) -> list[Site]:
        """Where a local that is called the old value, or that a saving call gave, was got from elsewhere."""
        name = value.text if value.form is Form.NAME else ""
        bound = [site for site in self.around.before if _binds(site.event, name)]
        return [
            site
            for site in bound
            if isinstance(site.event, Store)
            and site.event.value.form in (Form.CALL, Form.ITEM)
            and (is_called_old(name) or saves(site.event.value.text))
        ]

    def keeping(self, attribute: str, value: Value) -> list[Site]:
        """Where `value`, or the container that a loop takes it from, was filled with `attribute` of some object."""
        saved = Saved(self.around, self.scope)
        bound = (site for site in self.around.before if value.form is Form.NAME and _binds(site.event, value.text))
        sites = (*saved.fills(value), *bound)
        return [site for site in sites if any(_reads_attribute(read, attribute) for read in saved.values(site))]

    def is_plainly_saved(self, write: Write) -> bool:
        """Whether nothing but what stood at the place is written to it again: then it is no product."""
        assert write.value is not None
        return bool(self.changes) and any(
            _binds(site.event, write.value.text)
            and isinstance(site.event, Store)
            and site.event.value.form is Form.OTHER
            and site.event.value.text == write.target
            for site in self.saves
        )


def _binds(event: Event, name: str) -> bool:
    return isinstance(event, Store) and event.target == name


def _reads_attribute(value: Value, attribute: str) -> bool:
    if attribute.startswith("<"):
        return "getattr(" in value.text
    return attribute.isidentifier() and any(read.endswith(f".{attribute}") for read in value.reads)


def _text(value: Value | None) -> str:
    return value.text if value is not None else ""


def _kept_in(event: Event) -> Iterator[str]:
    if isinstance(event, Store):
        yield event.target
        yield root_of(event.target)
    elif isinstance(event, Call) and event.receiver:
        yield event.receiver


def _kind(place: str) -> str:
    if place.startswith(_ENVIRONMENT):
        return "env"
    return "stdio" if place in _STREAMS else "state"


def _shown(place: str, acquire: Site, changes: list[tuple[Site, Write]]) -> str:
    """The place as the source spells it, where the source has it as one expression."""
    if changes and isinstance(acquire.event, Store) and "*" not in place:
        return acquire.event.text.partition(" = ")[0] if acquire.event.operator is None else place
    return place.replace("<*>", "*")
