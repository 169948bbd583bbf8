"""What stands right beside a release and cleans up as well, as its own words say: it moves with the release.

`server.reset()` behind `server.hook = old`, `state.owner = None`, `del sys.modules[name]`, a cache that is emptied, a
value that was kept for this and is handed back, a flag that tells a nested function to end.
Alone such a statement shows no intent; between or beside releases, maintainers write it into the same `finally`. May
take a statement for clean-up that is for success only when its verb lies; takes nothing that tells how the body went.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from cmlint.fix.moving.awaited import Waits
from cmlint.fix.moving.following import Setup, gives_back
from cmlint.fix.moving.wanted import is_wanted, removes
from cmlint.fix.telling.asking import is_lock, is_only_asked
from cmlint.fix.telling.housekeeping import keeps_house, names_release
from cmlint.flow.lowering.graph import Site
from cmlint.flow.manager import Manager
from cmlint.flow.obligations.apparent import disposed
from cmlint.flow.obligations.disposing import is_business
from cmlint.flow.obligations.outcome import ends_work, names_success, tells_outcome
from cmlint.flow.obligations.resting import NOTHING
from cmlint.flow.paths.ending import HANDING_IN
from cmlint.flow.reading.events import Call, Delete, Enter, Event, Exit, Form, Step, Store, Test, Value, Yield
from cmlint.flow.reading.naming import is_called_old, logs, measures, words_of
from cmlint.flow.reading.scope import Origin, Scope
from cmlint.flow.reading.writes import Manner, write_of

_WORD = re.compile(r"\w+")
_NEW = re.compile(r"(\w+\.)*_*[A-Z]\w*\(\)")  # nothing is in it yet
_UN = re.compile(r"un[a-z]{3,}")
_NOT_UNDONE_WORDS = (
    "unarch unbox uncompress undel under unesc unfold unif union uniq unit unless unmar unpack unparse unpickle unquot "
    "unravel unroll unseri untar until unwrap unzip"
)
_NOT_UNDONE = tuple(_NOT_UNDONE_WORDS.split())
_LETTING_GO = frozenset({"cancel", "join", "wait"})
_RESULTS = "print dump show display render export stats summary result results plot draw finalize open output"
_SHOWING = frozenset(_RESULTS.split())
_UNDOING = frozenset({"release", "released", "restore", "restored", "teardown", "cleanup"})
_OVER = frozenset({"closed", "released", "expired", "ended", "stopped", "stopping", "retired"})
_GOING_ON = frozenset({"active", "alive", "open", "running", "valid", "live"})
DELIVERING = frozenset({"commit", "save", "send", "publish", "write", "submit", "store", "upload", "report", "append"})


@dataclass(frozen=True)
class Alongside:
    """What may go with a release around one yield.

    setup: what the manager does before the yield; kept: locals that took a value from outside before the yield and
    have not been used since; watched: locals that a nested function reads while the body runs; own: locals of the
    setup that the body does not get; waits: what waits for them.
    """

    scope: Scope
    setup: Setup
    kept: frozenset[str]
    watched: frozenset[str]
    own: frozenset[str]
    waits: Waits

    @classmethod
    def of(cls, manager: Manager, yielding: Site) -> Alongside:
        """What may go with the releases behind the yield at `yielding`."""
        before = [site for site in manager.graph.sites if site.span <= yielding.span and not site.grafted]
        own = frozenset(_own(before, yielding, manager.scope))
        return cls(
            manager.scope,
            Setup(tuple(before), manager.scope),
            frozenset(_kept(before, manager.scope)),
            frozenset(_watched(manager.scope)),
            own,
            Waits(manager.scope, frozenset(_bound(before, manager.scope)), before),
        )

    def goes_along(self, sites: list[Site]) -> bool:
        """Whether a statement does nothing but clean up: waits, questions and the inside of calls are nothing."""
        own = [site.event for site in sites if not site.grafted and not self._is_nothing(site.event)]
        if self._may_miss(sites):
            return False
        found = [
            keeps_house(event) or self.cleans_up(event) or self.follows(event) or self.setup.frames(event)
            for event in own
        ]
        return any(found) and all(clean or _is_asked(event) for clean, event in zip(found, own, strict=True))

    def _may_miss(self, sites: Sequence[Site]) -> bool:
        """Whether it takes an item out that may not be there: `del names[key]` raises where the body failed early."""
        asked = any(isinstance(site.event, Test) for site in sites)
        put = {site.event.target for site in self.setup.before if isinstance(site.event, Store)}
        taken = [site.event for site in sites if not site.grafted]
        items = [e.target for e in taken if isinstance(e, Delete) and e.target.endswith("]")]
        items += [f"{e.receiver}[{e.args[0].text}]" for e in taken if isinstance(e, Call) and _pops_item(e)]
        return not asked and any(item not in put for item in items)

    def only_waits(self, sites: Sequence[Site]) -> bool:
        """Whether a statement waits for what the setup began, and cleans up besides, or does nothing else."""
        own = [site.event for site in sites if not site.grafted and not self._is_nothing(site.event)]
        waits = [event for event in own if self.waits.waits(event)]
        rest = [event for event in own if event not in waits]
        return bool(waits) and all(self.cleans_up(event) or _is_asked(event) for event in rest)

    def _is_nothing(self, event: Event) -> bool:
        """Whether it waits, asks, holds a lock meanwhile, or gives a local of the function a value."""
        if isinstance(event, (Enter, Exit)):
            return is_lock(event.manager.text)
        if isinstance(event, Call) and event.managed:
            return is_lock(event.text)
        local = isinstance(event, Store) and (event.target in self.scope.looped or self._is_plain_local(event))
        return isinstance(event, (Step, Test)) or local

    def _is_plain_local(self, event: Store) -> bool:
        return event.operator is None and self.scope.is_local(event.target) and event.target not in self.watched

    def follows(self, event: Event) -> bool:
        """Whether the event follows from a release by what it reads, and hands nothing on."""
        if self.setup.stores_again(event):
            return True
        return self.setup.explains(event) and not (isinstance(event, Call) and _delivers(event))

    def cleans_up(self, event: Event) -> bool:
        """Whether the event disposes of something, blanks a place outside, takes something out of it, or undoes."""
        if is_wanted(event, self.setup.before, self.scope):
            return False
        if isinstance(event, Call) and is_business(event.method):
            return False
        if isinstance(event, Call) and disposed(event, frozenset(), self.scope) is not None:
            return True
        if isinstance(event, Store) and self._marks_over(event):
            return True
        if isinstance(event, Store) and event.target in self.watched:
            return event.value.form is Form.CONSTANT and not tells_outcome(event.target)
        write = write_of(event, self.scope)
        if isinstance(event, Call) and write is None:
            if not event.discarded or _delivers(event):
                return False
            if (
                _undoes(event)
                or self._rolls_back(event)
                or _cancels_scope(event)
                or self._takes_out(event)
                or self._hands_back(event)
            ):
                return True
            return self._ends_own(event) and not self.waits.waits(event)
        if write is None or tells_outcome(write.target):
            return False
        value = write.value
        if write.manner is Manner.DELETE or value is None:
            return write.manner is Manner.DELETE
        blank = value.form is Form.NONE or value.text in NOTHING or _NEW.fullmatch(value.text) is not None
        if write.manner is not Manner.SET:
            return False
        given_back = self._is_kept(value) and not is_called_old(write.target.rpartition(".")[2])
        return blank or given_back or self._is_own_name(write.target, value)

    def _rolls_back(self, event: Call) -> bool:
        """Whether what the setup opened gives up its transaction: `connection.rollback()`."""
        return event.method == "rollback" and not event.given and self.scope.is_local(event.receiver or "")

    def _marks_over(self, event: Store) -> bool:
        """Whether an object that the setup made is told that its time is over: `scope.active = False`."""
        holder, _, attribute = event.target.rpartition(".")
        words = words_of(attribute)[-1:]
        over = not (_OVER if event.value.text == "True" else _GOING_ON).isdisjoint(words)
        value = self.scope.sole_value(holder) if holder in self.own else None
        made = isinstance(value, cst.Call) and self.scope.code(value.func).rpartition(".")[2].lstrip("_")[:1].isupper()
        return over and made and event.value.text in ("True", "False") and event.operator is None

    def _takes_out(self, event: Call) -> bool:
        """Whether a call takes something out of a set outside that may be in it: `registered.discard(name)`."""
        if event.method != "discard" or event.receiver is None or tells_outcome(event.receiver):
            return False
        return self.scope.outlives(event.receiver)

    def _hands_back(self, event: Call) -> bool:
        """Whether a call is made for nothing but to give back what was kept: `self.set_seeds(old_one, old_other)`."""
        given = [value for value in event.args if value.form is not Form.CONSTANT]
        given += [value for _, value in event.keywords if value.form is not Form.CONSTANT]
        return bool(given) and gives_back(event) and all(map(self._is_kept, given))

    def _is_own_name(self, place: str, value: Value) -> bool:
        """Whether a place gets what the module has under the same name: `ui.notify = notify`."""
        name = (value.dotted or value.text).rpartition(".")[2]
        outside = self.scope.origin(value.text) is Origin.OUTSIDE
        return outside and value.form is not Form.CALL and place.endswith(f".{name}")

    def _ends_own(self, event: Call) -> bool:
        """Whether a call ends an object that the setup made and the body never sees, as its name or argument says.

        Nothing that the body brought about is given to it. What else is done to it may be the purpose of a success.
        """
        if event.receiver is None or not self.scope.is_local(event.receiver) or not _is_end(event):
            return False
        if not _SHOWING.isdisjoint(words_of(event.method)):
            return False
        holders = self._holders(event.receiver)
        late = {name for value in event.given for name in value.reads if self.scope.is_local(name)}
        unseen = holders <= self.own and not ends_work(event.text) and not measures(event.text)
        return bool(holders) and unseen and late <= self.own and not names_success(event.text)

    def _holders(self, name: str) -> frozenset[str]:
        """The local itself, or what a loop takes it from."""
        over = self.scope.looped.get(name)
        return frozenset({name}) if over is None else frozenset(self.scope.key(one) or "" for one in over)

    def _is_kept(self, value: Value) -> bool:
        return value.form is Form.NAME and value.text in self.kept


def _is_asked(event: Event) -> bool:
    return isinstance(event, Call) and not event.discarded and is_only_asked(event)


def _delivers(event: Call) -> bool:
    return logs(event) or not DELIVERING.isdisjoint(words_of(event.method))


def _pops_item(event: Call) -> bool:
    """Whether it takes the item of one key out, and raises where there is none."""
    return event.method == "pop" and [value.form for value in event.args] == [Form.NAME]


def _is_end(event: Call) -> bool:
    """Whether a call of an object's method says that it is over: `close()`, `setEnabled(False)`, `put(None)`."""
    words = words_of(event.method)
    given = [value.text for value in event.args] + [value.text for _, value in event.keywords]
    if event.method in HANDING_IN:
        return len(given) == 1 and (given[0] == "None" or names_release(given[0]))
    if words[:1] == ["set"] and given == ["False"]:
        return True
    if removes(event):
        return len(words) == 1
    takes_off = words[:1] == ["pop"] and "all" not in words
    return takes_off or names_release(event.method) or not _LETTING_GO.isdisjoint(words[:1])


def _cancels_scope(event: Call) -> bool:
    """Whether what still runs in a group is cancelled: `group.cancel_scope.cancel()`."""
    return event.method == "cancel" and (event.receiver or "").endswith("cancel_scope") and not event.given


def _undoes(event: Call) -> bool:
    """Whether the name says that something is undone: `unset_value`, `uncreate_all`, `emit_release_events`."""
    words = words_of(event.method)
    return not _UNDOING.isdisjoint(words) or any(
        _UN.fullmatch(word) and not word.startswith(_NOT_UNDONE) for word in words[:1]
    )


def _kept(before: list[Site], scope: Scope) -> Iterator[str]:
    """The locals that were read from an attribute or an item once, and that nothing but questions has used."""
    used = [word for site in before if not isinstance(site.event, Test) for word in set(_WORD.findall(site.event.text))]
    for site in before:
        target = site.event.target if isinstance(site.event, Store) else ""
        read = isinstance(scope.sole_value(target), (cst.Attribute, cst.Subscript)) if scope.is_local(target) else False
        if read and used.count(target) == 1:
            yield target


def _bound(before: list[Site], scope: Scope) -> Iterator[str]:
    """The locals that the setup bound."""
    targets = (site.event.target for site in before if isinstance(site.event, Store))
    return (target for target in targets if scope.is_local(target))


def _own(before: list[Site], yielding: Site, scope: Scope) -> Iterator[str]:
    """Those of them that what is yielded does not mention."""
    shown = yielding.event.value.reads if isinstance(yielding.event, Yield) else frozenset()
    return (target for target in _bound(before, scope) if target not in shown)


def _watched(scope: Scope) -> Iterator[str]:
    for function in scope.functions.values():
        yield from (name for name in _names(function.body) if scope.is_local(name) or name in scope.declared)


def _names(node: cst.CSTNode) -> Iterator[str]:
    if isinstance(node, cst.Name):
        yield node.value
    for child in node.children:
        yield from _names(child)
