"""Which state of an object that looks like one pass outlives the pass: nothing sets it anew, and it is asked for.

What a pass is at (its scope, its node) is set anew when the next one begins, and an error ends it. A switch, a count or
a stack that the constructor sets, that no other method sets again and that another method asks to decide something
stays as it is for as long as the object lives. Where the file itself makes such an object, it is made for one use, as
far as can be seen. Told from the text of the class: may miss what a base class or another file asks or sets.
"""

from __future__ import annotations

import re
from dataclasses import replace

from cmlint.findings import Confidence
from cmlint.flow.calls.kept import setting
from cmlint.flow.doubts.owned import behind_head
from cmlint.flow.obligations.outcome import ends_work
from cmlint.flow.obligations.trust import is_kept_for_one_pass, is_put_together, tells_progress
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Form, Store
from cmlint.flow.reading.scope import Scope
from cmlint.outline import Definition, Outline
from cmlint.subjects import Subject

_PLACE = re.compile(r"self\.(\w+)(?:\[.*\])?")
_CONSTRUCTOR = "__init__"


def as_sure_as_it_lasts(obligation: Obligation, subject: Subject, scope: Scope) -> Obligation:
    """The obligation, at medium confidence where the state of a one-pass object that it restores outlives the pass."""
    place = obligation.object
    named = _PLACE.fullmatch(place)
    owner = subject.definition.parent
    if named is None or owner is None or obligation.confidence is not Confidence.LOW:
        return obligation
    other_doubts = ends_work(place) or tells_progress(place) or is_put_together(place)
    if other_doubts or _says_where(obligation) or not is_kept_for_one_pass(place, scope):
        return obligation
    lasts = _lasts(named[1], subject.definition, owner, subject.whole)
    return replace(obligation, confidence=Confidence.MEDIUM) if lasts else obligation


def _says_where(obligation: Obligation) -> bool:
    """Whether the place holds something while the pass is at it, and nothing afterwards: `self.name = None`."""
    stores = [site.event for site in obligation.releases if isinstance(site.event, Store)]
    return bool(stores) and all(store.value.form is Form.NONE for store in stores)


def _lasts(name: str, manager: Definition, owner: Definition, whole: Outline) -> bool:
    """Whether only the constructor sets the attribute, a method asks for it, and the file makes no such object."""
    if owner.name.endswith("Scope") or re.search(rf"(?<![\w.])(?<!class ){owner.name}\(", whole.text):
        return False  # a scope is where the pass is, and nothing else
    asks = re.compile(
        rf"^[ \t]*(?:(?:el)?if|while|and|or|return (?:not |len\(|bool\()?(?=self\.))\b.*\bself\.{name}\b", re.M
    )
    methods = [each for each in whole.definitions if each.parent is owner and each is not manager]
    named = f"self.{name}"
    sets = setting(named)
    sources = [(each.name, code) for each in methods if named in (code := behind_head(each, whole))]
    setters = [method for method, source in sources if sets.search(source) or f"{named}.clear(" in source]
    return setters == [_CONSTRUCTOR] and any(m != _CONSTRUCTOR and asks.search(source) for m, source in sources)
