"""What a call really holds: nothing is lost with what is only in memory, which goes with the last name for it.

A buffer, a picture that was made, a workbook that was read as a whole, an archive that is written into a buffer made
here. May take for a resource what another library keeps in memory; never the other way round, as far as the knowledge
base and the names of the arguments say.
"""

from __future__ import annotations

from collections.abc import Iterable

from cmlint.flow.lowering.graph import Site
from cmlint.flow.reading.events import Call, Value
from cmlint.knowledge.entries import Knowledge, Resource


def acquired_by(event: Call, knowledge: Knowledge) -> Resource | None:
    """The entry of the knowledge base for what the call acquires, unless that is nothing but memory."""
    entry = knowledge.resource(event.dotted)
    return None if entry is None or _holds_memory_only(event, entry, knowledge) else entry


def held_in_memory(sites: Iterable[Site], knowledge: Knowledge) -> frozenset[str]:
    """The names that are bound at `sites` by calls which hold nothing but memory, and by no other calls."""
    calls = [site.event for site in sites if isinstance(site.event, Call) and site.event.results]
    others = {name for call in calls if not _is_in_memory(call, knowledge) for name in call.results}
    return frozenset(name for call in calls for name in call.results) - others


def _is_in_memory(event: Call, knowledge: Knowledge) -> bool:
    if event.dotted in knowledge.memory:
        return True
    entry = knowledge.resource(event.dotted)
    return entry is not None and _holds_memory_only(event, entry, knowledge)


def _holds_memory_only(event: Call, entry: Resource, knowledge: Knowledge) -> bool:
    if entry.only_with is not None and len(event.args) < 2:  # the second one may be it, or hold it: `**options`
        asked = event.keyword(entry.only_with)
        if asked is None or asked.text == "False":
            return True
    return entry.kind == "file" and any(_is_buffer(value, knowledge) for value in event.given)


def _is_buffer(value: Value, knowledge: Knowledge) -> bool:
    """Whether it is a file in memory that is made here: `tarfile.open(fileobj=buffer)`."""
    made = value.dotted or ""
    return made.endswith("()") and made[:-2] in knowledge.memory
