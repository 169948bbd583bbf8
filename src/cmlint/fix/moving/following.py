"""What stands beside a release and follows from it by what it reads, whatever its verb is.

A reload that also followed the change (`reload()` after the variable was set, and again after it was put back), a call
that gives an old value back, a flag in the closure of what is ended, a condition that asks how much is still held
(`if not depth: ...`). Only asked beside a release. May take a statement for clean-up that is for success only when it
reads what the release wrote for another reason; takes nothing that ends a piece of work or tells how the body went.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import libcst as cst

from cmlint.fix.moving.wanted import is_wanted
from cmlint.flow.lowering.graph import Site
from cmlint.flow.obligations.outcome import ends_work, names_success, sets_outcome, tells_outcome
from cmlint.flow.reading.events import Call, Event, Form, Raise, Step, Store, Value, Yield
from cmlint.flow.reading.naming import is_called_old, logs, measures, words_of
from cmlint.flow.reading.scope import Scope

_NAME = re.compile(r"[A-Za-z_]\w*")
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_SETTING_WORDS = (
    "activate apply assign call ch config enable hook init install invoke load put push reset restor "
    "select set signal swap switch turn um update use"
)
_SETTING = tuple(_SETTING_WORDS.split())
_COMPARING = frozenset({"not", "is", "None", "len", "bool"})
_TAKING = "apply build compute configure generate init initialize invalidate load notify rebuild recompute reconfigure"
_ANEW = "redraw refresh regenerate reinit reinitialize reload repaint reset restart sync synchronize update"
_TAKING_UP = frozenset(f"{_TAKING} {_ANEW}".split())  # what was changed
_KEEPING = ("commit", "save", "write", "send", "emit", "submit", "upload", "push", "publish", "store", "record")


@dataclass(frozen=True)
class Setup:
    """What the manager does itself before its yield, and what its names are."""

    before: tuple[Site, ...]
    scope: Scope

    def explains(self, event: Event) -> bool:
        """Whether the event repeats a step of the setup, gives an old value back, or turns a flag of what runs."""
        if is_wanted(event, self.before, self.scope):
            return False
        if isinstance(event, Call):
            follows = self._repeats(event) or self._gives_back(event) or self._switches_back(event)
            follows = follows or self._calls_former(event)
            return event.discarded and not _reports(event) and follows
        if not isinstance(event, Store) or tells_outcome(event.target):
            return False
        given_back = not self.scope.is_local(event.target) and self._is_old(event.value)
        return self._is_flag(event) or (given_back and not is_called_old(event.target.rpartition(".")[2]))

    def stores_again(self, event: Event) -> bool:
        """Whether what the setup changed and stored is stored again: `task.state = None; task.save()`."""
        if not isinstance(event, Call) or event.method != "save" or event.receiver is None:
            return False
        stores = (site.event for site in self.before if isinstance(site.event, Store))
        handed_out = (site.event for site in self.before if isinstance(site.event, Yield))
        if any(event.receiver in given.value.reads for given in handed_out):
            return False  # the body edits it
        return self._repeats(event) and any(store.target.startswith(f"{event.receiver}.") for store in stores)

    def sets_again(self, sites: Iterable[Site]) -> bool:
        """Whether a statement only gives another value to places that the setup has given one: between two releases.

        Only what is there already: what a call makes may be for success only, or fail (`self.url = upload(path)`).
        """
        events = [site.event for site in sites if not site.grafted]
        targets = {site.event.target for site in self.before if isinstance(site.event, Store)}
        stores = [event for event in events if isinstance(event, Store)]
        outside = all(e.target in targets and not self.scope.is_local(e.target) for e in stores)
        plain = len(stores) == len(events) and all(_is_there(event.value) for event in stores)
        return bool(stores) and outside and plain and not any(tells_outcome(event.target) for event in stores)

    def frames(self, event: Event) -> bool:
        """Whether a line is logged that the setup logged as well, word for word: the two frame what the body logs."""
        return logs(event) and isinstance(event, Call) and self._repeats(event)

    def _repeats(self, event: Call) -> bool:
        return any(
            isinstance(site.event, Call) and site.event.discarded and site.event.text == event.text
            for site in self.before
        )

    def _gives_back(self, event: Call) -> bool:
        outside = event.receiver is None or self.scope.outlives(event.receiver)
        return outside and gives_back(event) and any(map(self._is_old, event.given))

    def _calls_former(self, event: Call) -> bool:
        """Whether what was in charge before gets what came meanwhile: `old_handler(*caught[0])` behind its return."""
        former = event.receiver is None and is_called_old(event.callee)
        return former and any(_binds(site.event, event.callee) for site in self.before)

    def _switches_back(self, event: Call) -> bool:
        """Whether a switch that the setup threw gets what was there before: `debug(True)`, and then `debug(was)`."""
        value = event.args[0] if len(event.args) == 1 and not event.keywords else None
        if value is None or value.form is not Form.NAME or sets_outcome(event.method, value.text):
            return False
        calls = (site.event for site in self.before if isinstance(site.event, Call) and site.event.discarded)
        thrown = any(
            one.callee == event.callee and [v.text for v in one.args] in (["True"], ["False"]) and not one.keywords
            for one in calls
        )
        return thrown and any(_mentions(site.event, value.text) for site in self.before)

    def _is_old(self, value: Value) -> bool:
        """Whether it is called what something was before: a name of the setup, or what a loop takes from there."""
        if value.form is not Form.NAME or not is_called_old(value.text):
            return False
        return value.text in self.scope.looped or any(_binds(site.event, value.text) for site in self.before)

    def _is_flag(self, event: Store) -> bool:
        """Whether a constant is given to a local that a nested function reads: what runs there is told to end."""
        if (
            event.value.form not in (Form.CONSTANT, Form.NONE)
            or event.operator
            or not self.scope.is_local(event.target)
        ):
            return False
        return any(event.target in self.scope.code(function) for function in self.scope.functions.values())


def gives_back(event: Call) -> bool:
    """Whether a call sets something by its verb: an old value may also be what it compares, archives or removes."""
    return any(word.startswith(_SETTING) for word in words_of(event.method))


def places_of(releases: Iterable[Site]) -> frozenset[str]:
    """The places that releases write, or take something out of, as the source spells them."""
    return frozenset(place for site in releases if (place := _place(site.event)))


def asks_what_is_left(statement: cst.CSTNode, sites: Iterable[Site], places: frozenset[str]) -> bool:
    """Whether the statement is an `if` on nothing but a released place, and does nothing that is for success only."""
    if not isinstance(statement, cst.If) or statement.orelse is not None:
        return False
    condition = cst.Module(()).code_for_node(statement.test)
    for place in places:
        rest = condition.replace(place, "")
        if rest != condition and set(_NAME.findall(rest)) <= _COMPARING:
            return not any(_is_for_success(site.event) for site in sites)
    return False


def completes_putting_back(sites: Iterable[Site], places: frozenset[str]) -> bool:
    """Whether a statement right behind a release goes on with it: it sets a part of the object that was put back
    (`self.options.blocks = ...` behind `self.options = old`), or tells the owner of what was put back, without an
    argument (`config.rebuild()` behind `config.local = old`).
    """
    events = [site.event for site in sites if not site.grafted and not _only_reads(site.event)]
    owners = {place.rpartition(".")[0] for place in places} - {"", "self", "cls"}
    return bool(events) and all(_sets_part(event, places) or _tells_owner(event, owners) for event in events)


def told_owner(sites: Iterable[Site]) -> str | None:
    """The call by which a statement that goes on with a putting back tells the owner of it: what it does, nobody knows.

    `config.rebuild()` belongs to the change, `migration.apply()` behind `migration.dry_run = old` to success.
    """
    return next((site.event.text for site in sites if isinstance(site.event, Call) and not site.grafted), None)


def going_on(marked: set[int], sites: Mapping[int, Sequence[Site]], setup: Setup) -> set[int]:
    """What goes on, right behind a release, with what it put back, and what is set again between two releases.

    By the positions of the statements in their block, of which `marked` move already.
    """
    found = {p for p in sites if min(marked) < p < max(marked) and setup.sets_again(sites[p])}
    for position in sorted(sites):
        if position - 1 in marked | found:
            before = (site.event for site in sites[position - 1])
            places = frozenset(event.target for event in before if isinstance(event, Store))
            if completes_putting_back(sites[position], places):
                found.add(position)
    return found - marked


def _is_there(value: Value) -> bool:
    """Whether it is a constant, a name or an attribute."""
    return value.form in (Form.CONSTANT, Form.NONE, Form.NAME) or _DOTTED.fullmatch(value.text) is not None


def _only_reads(event: Event) -> bool:
    return isinstance(event, Step)


def _sets_part(event: Event, places: frozenset[str]) -> bool:
    sets = isinstance(event, Store) and event.operator is None and not tells_outcome(event.target)
    return sets and isinstance(event, Store) and event.target.rpartition(".")[0] in places


def _tells_owner(event: Event, owners: set[str]) -> bool:
    if not isinstance(event, Call) or not event.discarded or event.args or event.keywords:
        return False
    return event.receiver in owners and not _TAKING_UP.isdisjoint(words_of(event.method)[:1])


def _binds(event: Event, name: str) -> bool:
    return isinstance(event, Store) and event.target == name


def _mentions(event: Event, name: str) -> bool:
    """Whether the setup binds the name, or imports it."""
    return _binds(event, name) or (isinstance(event, Step) and name in _NAME.findall(event.text))


def _place(event: Event) -> str | None:
    if isinstance(event, Store):
        return re.split(r"\s*[-+*/|&^]?=", event.text, maxsplit=1)[0]
    if isinstance(event, Call) and event.receiver is not None:
        return event.text.partition("(")[0].rpartition(".")[0]
    return None


def _reports(event: Call) -> bool:
    return logs(event) or measures(event.text) or ends_work(event.text) or names_success(event.text)


def _is_for_success(event: Event) -> bool:
    if isinstance(event, Call):
        return ends_work(event.text) or event.method.lstrip("_").startswith(_KEEPING)
    if isinstance(event, Store):
        return tells_outcome(event.target)
    return isinstance(event, (Raise, Yield)) or (isinstance(event, Step) and event.what in ("import", "return"))
