"""Where a value that is put back was kept before the yield, when its save does not name the place.

In another key of a container, in an object that was made of it, under a name that says that it is the old one, by a
getter that is called as the place, as the class of an object. May take for the old value what only has its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.obligations.saved import Saved, binds
from cmlint.flow.reading.events import Call, Form, Store, Value
from cmlint.flow.reading.naming import function_of, is_called_old, saves, words_of
from cmlint.flow.reading.scope import Scope
from cmlint.flow.reading.writes import Write

_PART = re.compile(r"(\w+)(?:\.(\w+)|\[[\"'](\w+)[\"']\])")  # `was.level`, `was["level"]`


@dataclass(frozen=True)
class Detours:
    """The ways by which a value may come back; `changed`: the place that it comes back to was changed before."""

    around: Around
    scope: Scope
    changed: bool

    def keeping(self, attribute: str, value: Value) -> list[Site]:
        """Where `value`, or the container that a loop takes it from, was filled with `attribute` of some object."""
        saved = Saved(self.around, self.scope)
        bound = (site for site in self.around.before if value.form is Form.NAME and binds(site.event, value.text))
        sites = (*saved.fills(value), *bound)
        stores = (site.event for site in self.around.before if isinstance(site.event, Store))
        owners = (store.target.removesuffix(".__class__") for store in stores if store.target.endswith(".__class__"))
        classes = {f"type({owner})" for owner in owners} if attribute == "__class__" else set()
        return [
            site
            for site in sites
            if any(_reads_attribute(read, attribute) or read.text in classes for read in saved.values(site))
        ]

    def kept_in_object(self, attribute: str, value: Value) -> list[Site]:
        """Where `value`, a part of a local, was made of `attribute`: `was = Was(level=log.level)` and `was.level`."""
        part = _PART.fullmatch(value.text)
        if part is None or (part[2] or part[3]) != attribute or not self.scope.is_local(part[1]):
            return []
        return [
            site
            for site in self.around.before
            if isinstance(site.event, Call) and part[1] in site.event.results
            if any(name == attribute and _reads_attribute(given, attribute) for name, given in site.event.keywords)
        ]

    def old_value(self, value: Value, target: str) -> list[Site]:
        """Where a local that is called the old value, or that a saving call gave, was got from elsewhere."""
        if value.form is Form.CALL and self._is_made_of_a_copy(value, target):
            return [site for site in self.around.before if any(binds(site.event, read) for read in value.reads)]
        name = value.text if value.form is Form.NAME else ""
        bound = [site for site in self.around.before if binds(site.event, name)]
        return [
            site
            for site in bound
            if isinstance(site.event, Store)
            and site.event.value.form in (Form.CALL, Form.ITEM)
            and (is_called_old(name) or saves(site.event.value.text) or self._is_got(site.event.value, target))
        ]

    def _is_got(self, value: Value, target: str) -> bool:
        """Whether a getter is called as a place that was changed: `get_context()`, `app.context[key]`."""
        place = words_of(target.partition("[")[0].rpartition(".")[2])
        return self.changed and len(place) > 1 and words_of(function_of(value.text) or "") == ["get", *place]

    def _is_made_of_a_copy(self, value: Value, target: str) -> bool:
        """Whether it is made anew of a copy that was taken of what the place is called after: `Map(cloned)`."""
        made = value.text.partition("(")[0].rpartition(".")[2]
        nouns = words_of(target.rpartition(".")[2])
        calls = [site.event for site in self.around.before if isinstance(site.event, Call)]
        copies = [call for call in calls if not value.reads.isdisjoint(call.results)]
        return made[:1].isupper() and any(
            words_of(copy.method)[:1] in (["clone"], ["copy"], ["snapshot"])
            and words_of(copy.method)[1:] == nouns != []
            for copy in copies
        )

    def filled_again(self, site: Site, write: Write) -> list[Site]:
        """Where that was bound with which a container is filled after it was emptied: `d.clear(); d.update(kept)`."""
        container = write.target.removesuffix("[*]")
        event = site.event
        if not isinstance(event, Call) or event.receiver != container or write.value is None:
            return []
        calls = [one.event for one in self.around.after if isinstance(one.event, Call)]
        emptied = any(call.method == "clear" and call.receiver == container for call in calls)
        given = write.value.text
        return [one for one in self.around.before if emptied and binds(one.event, given)]


def _reads_attribute(value: Value, attribute: str) -> bool:
    if attribute.startswith("<"):
        return "getattr(" in value.text
    return attribute.isidentifier() and any(read.endswith(f".{attribute}") for read in value.reads)
