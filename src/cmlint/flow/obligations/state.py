"""Obligations from changed and restored state: the same place outside is written before the yield and put back after.

A place is put back by the value that was read from it before, by the opposite constant, by deleting what was
set, or by counting back. What is written after the yield and comes from elsewhere (a product, a result) is
published, not restored. May miss a restore whose saved value takes a detour; a place that was neither read nor
written before the yield is never taken for a restored one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.obligations.detours import Detours
from cmlint.flow.obligations.outcome import ends_work
from cmlint.flow.obligations.restoring import Restoring
from cmlint.flow.obligations.saved import saves_place
from cmlint.flow.obligations.together import kept_with_its_place, vary_alike
from cmlint.flow.obligations.trust import confidence_of, tells_progress
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Store
from cmlint.flow.reading.scope import Scope
from cmlint.flow.reading.writes import Manner, Write, write_of
from cmlint.knowledge.entries import Knowledge

_ENVIRONMENT = "os.environ"
_STREAMS = frozenset({"sys.stdout", "sys.stderr", "sys.stdin"})


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each place that is put back after the yield."""
    after = writes(around.after, scope)
    if not after:
        return
    before = writes(around.before, scope)
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
        everywhere = writes(around.sites, scope)
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


def _confidence(place: str, scope: Scope, restoring: Restoring) -> Confidence:
    counted = all(write.manner in (Manner.ADD, Manner.SUBTRACT) for _, write in restoring.changes)
    if (ends_work(place) and not restoring.saves and not counted) or tells_progress(place):
        return Confidence.LOW
    return confidence_of(place, scope) if restoring.changes else Confidence.MEDIUM


def _clears(write: Write, place: str) -> bool:
    """Whether the write empties the place for the saved value, or deletes what was not there before."""
    whole = place.endswith("[:]") and write.place == f"{place[:-3]}[*]"
    return write.manner is Manner.DELETE and (write.place == place or whole)


def _restoring(
    around: Around, scope: Scope, knowledge: Knowledge, before: list[tuple[Site, Write]], place: str
) -> Restoring:
    changes = [
        (site, write)
        for site, write in before
        if write.place == place or _is_item_of(write, place) or _is_update_of(write, place)
    ]
    saves = [site for site in around.before if saves_place(site.event, place, scope)]
    return Restoring(around, scope, knowledge, changes, saves)


def _is_item_of(write: Write, place: str) -> bool:
    """Whether one item is written of what is emptied as a whole: `overrides[key] = fake` and `overrides.clear()`."""
    container = place.removesuffix("[*]")
    return write.manner is Manner.SET and write.target.startswith(f"{container}[") and write.target.endswith("]")


def _is_update_of(write: Write, place: str) -> bool:
    """Whether several items are written at once, and one of them is at `place`: `d.update(...)` and `d["x"]`."""
    whole, _, _ = place.rpartition("[")
    return bool(whole) and place.endswith("]") and write.manner is Manner.SET and write.place == f"{whole}[*]"


def _in_a_detour(
    exact: Restoring, before: list[tuple[Site, Write]], puts_back: list[tuple[Site, Write]]
) -> tuple[Restoring, list[Site]]:
    """The evidence for a restore whose save has another key: the same attribute of what a loop runs over, an old value.

    `old[name] = column.info.method` ... `table[name].info.method = old[name]`; `was = Was(level=get().level)` ...
    `get().level = was.level`; `original = _augment(sys.path)` ... `sys.path[:] = original`.
    """
    detours = Detours(exact.around, exact.scope, changed=bool(exact.changes))
    for site, write in puts_back:
        if write.manner is not Manner.SET or write.value is None:
            continue
        product = exact.is_product(write.value)
        attribute = write.place.rpartition(".")[2]
        saves = detours.keeping(attribute, write.value)
        changes = exact.changes or [pair for pair in before if _same_attribute(pair[1], attribute)]
        if saves and (exact.changes or (changes and not product)):
            return replace(exact, changes=changes, saves=saves), [site]
        varying = [pair for pair in before if vary_alike(pair[1], write)]
        if not product and varying and (kept := kept_with_its_place(write, exact.around, exact.scope)):
            return replace(exact, changes=varying, saves=kept), [site]
        if not product and (made := detours.kept_in_object(attribute, write.value)):
            return replace(exact, saves=made), [site]
        if not product and (bound := detours.old_value(write.value, write.target) or detours.filled_again(site, write)):
            return replace(exact, saves=bound), [site]
    return exact, []


def _same_attribute(write: Write, attribute: str) -> bool:
    other = write.place.rpartition(".")[2]
    return write.manner is Manner.SET and (other == attribute or (other[:1] == "<" and attribute[:1] == "<"))


def writes(sites: tuple[Site, ...], scope: Scope) -> list[tuple[Site, Write]]:
    """Those of `sites` that write state outside of the function, each with what it writes."""
    found = ((site, write_of(site.event, scope)) for site in sites)
    return [(site, write) for site, write in found if write is not None]


def _kind(place: str) -> str:
    if place.startswith(_ENVIRONMENT):
        return "env"
    return "stdio" if place in _STREAMS else "state"


def _shown(place: str, acquire: Site, changes: list[tuple[Site, Write]]) -> str:
    """The place as the source spells it, where the source has it as one expression."""
    if changes and isinstance(acquire.event, Store) and "*" not in place:
        return acquire.event.text.partition(" = ")[0] if acquire.event.operator is None else place
    return place.replace("<*>", "*")
