"""Obligations from changed and restored state: the same place outside is written before the yield and put back after.

A place is put back by the value that was read from it before, by the opposite constant, by deleting what was
set, or by counting back. What is written after the yield and comes from elsewhere (a product, a result) is
published, not restored. May miss a restore whose saved value takes a detour; a place that was neither read nor
written before the yield is never taken for a restored one.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.around import Around
from cmlint.flow.events import Event, Form, Store, Yield
from cmlint.flow.graph import Site
from cmlint.flow.obligation import Obligation, Words
from cmlint.flow.scope import Scope
from cmlint.flow.writes import Manner, Write, write_of
from cmlint.knowledge.entries import Knowledge

_ENVIRONMENT = "os.environ"
_STREAMS = frozenset({"sys.stdout", "sys.stderr", "sys.stdin"})
_UNDONE_BY = {Manner.ADD: Manner.SUBTRACT, Manner.SUBTRACT: Manner.ADD}


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each place that is put back after the yield."""
    before = _writes(around.before, scope)
    after = _writes(around.after, scope)
    everywhere = _writes(around.graph.sites, scope)
    for target in dict.fromkeys(write.target for _, write in after):
        changes = [(site, write) for site, write in before if write.target == target]
        saves = [site for site in around.before if _saves(site.event, target)]
        restores = [
            site for site, write in after if write.target == target and _restores(write, changes, saves, around)
        ]
        if not restores or not (changes or saves):
            continue
        undone = {write for site, write in after if site in restores}
        first = sorted([*changes, *((site, None) for site in saves)], key=lambda item: item[0].span)
        acquires = [site for site, _ in changes] or [site for site, _ in first]
        yield Obligation(
            kind=_kind(target),
            object=target,
            words=Words(f"`{_shown(target, acquires[0], changes)}`", "changed", "is not put back"),
            confidence=Confidence.HIGH if changes else Confidence.MEDIUM,
            origin="restored state",
            acquires=tuple(acquires),
            releases=tuple(site for site, write in everywhere if write in undone and site not in around.before),
        )


def _writes(sites: tuple[Site, ...], scope: Scope) -> list[tuple[Site, Write]]:
    found = ((site, write_of(site.event, scope)) for site in sites)
    return [(site, write) for site, write in found if write is not None]


def _saves(event: Event, target: str) -> bool:
    """Whether the event keeps the value of `target` in a variable: `old = target`, `old = base.get(key)`, a copy."""
    if not isinstance(event, Store) or event.operator is not None or event.target == target:
        return False
    if target in event.value.reads:
        return True
    base, bracket, key = target.rpartition("[") if target.endswith("]") else ("", "", "")
    reads_item = event.value.form is Form.CALL and f"{base}." in (event.value.dotted or event.value.text)
    return bool(bracket) and base in event.value.reads and reads_item and key[:-1] in event.value.text


def _restores(write: Write, changes: list[tuple[Site, Write]], saves: list[Site], around: Around) -> bool:
    changed = {change.manner for _, change in changes}
    if write.manner is Manner.DELETE:
        return Manner.SET in changed
    if write.manner in _UNDONE_BY:
        return _UNDONE_BY[write.manner] in changed
    if write.value is None:
        return False
    if _is_product(write, around):
        return False
    if any(isinstance(site.event, Store) and site.event.target in write.value.reads for site in saves):
        return True
    constant = write.value.form in (Form.CONSTANT, Form.NONE)
    before = {change.value.text for _, change in changes if change.value is not None}
    return constant and Manner.SET in changed and write.value.text not in before


def _is_product(write: Write, around: Around) -> bool:
    """Whether the written value is what the manager yielded: then it is published."""
    event = around.site.event
    assert isinstance(event, Yield)
    return write.value is not None and write.value.form is Form.NAME and write.value.text in event.value.reads


def _kind(target: str) -> str:
    if target.startswith(_ENVIRONMENT):
        return "env"
    return "stdio" if target in _STREAMS else "state"


def _shown(target: str, acquire: Site, changes: list[tuple[Site, Write]]) -> str:
    """The place as the source spells it, where the source has it as one expression."""
    if changes and isinstance(acquire.event, Store):
        return acquire.event.text.partition(" = ")[0]
    return target
