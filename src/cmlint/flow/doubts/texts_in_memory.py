"""How deep a text is indented that an object puts together in memory: after an error the text is not finished any more.

The constructor makes an empty buffer or list, another method hands all of it out as one text, and the class multiplies
something by the count; what such a class is called says nothing. Told from the text of the class: may doubt the depth
of an object that is used on after an error, so it is kept at low confidence and not dropped.
"""

from __future__ import annotations

import re
from dataclasses import replace

from cmlint.findings import Confidence
from cmlint.flow.doubts.owned import behind_head
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Store
from cmlint.subjects import Subject

_PLACE = re.compile(r"self\.\w+")
_EMPTY = re.compile(
    r"^[ \t]+(self\.\w+)(?:[ \t]*:[^=\n]+)?[ \t]*=[ \t]*(?:(?:io\.)?(?:String|Bytes)IO\(\)|\[\]|list\(\))[ \t]*$", re.M
)
_COUNTING = ("+=", "-=")


def doubted_as_depth(obligation: Obligation, subject: Subject) -> Obligation:
    """The obligation, at low confidence where it counts back how deep a text is indented."""
    place = obligation.object
    counts = all(isinstance(site.event, Store) and site.event.operator in _COUNTING for site in obligation.acquires)
    if not obligation.acquires or not counts or not _PLACE.fullmatch(place):
        return obligation
    return replace(obligation, confidence=Confidence.LOW) if _indents(place, subject) else obligation


def _indents(place: str, subject: Subject) -> bool:
    owner, whole = subject.definition.parent, subject.whole
    methods = {each.name: behind_head(each, whole) for each in whole.definitions if each.parent is owner}
    buffers = _EMPTY.findall(methods.pop("__init__", "")) if owner is not None else []
    rest = "\n".join(methods.values())
    handed_out = any(re.search(rf"{each}\.getvalue\(\)|\.join\({each}\)", rest) for each in map(re.escape, buffers))
    count = re.escape(place)
    return handed_out and re.search(rf"\*[ \t(]*{count}\b|{count}[ \t]*\*(?!\*)", rest) is not None
