"""What a clean-up statement does besides releasing: nothing that matters, something doubtful, or an obstacle.

An obstacle must not run after an exception of the body: it raises, it tells that all went well, or it does something to
make a value that success-only code needs. Whatever else happens is a doubt: a maintainer would mostly
move it, and has to look. Errs towards both: a doubt makes a fix unsafe, an obstacle prevents it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import libcst as cst

from cmlint.fix.moving.alongside import DELIVERING, Alongside
from cmlint.fix.telling.asking import is_lock, is_only_asked
from cmlint.fix.telling.housekeeping import keeps_house, names_release
from cmlint.fix.telling.labels import as_source
from cmlint.flow.lowering.graph import Site
from cmlint.flow.manager import Manager
from cmlint.flow.obligations.outcome import names_success, tells_success
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Call, Enter, Event, Form, Raise, Store
from cmlint.flow.reading.naming import MOVING, logs, words_of
from cmlint.flow.reading.syntax import own_nodes
from cmlint.flow.reading.writes import write_of
from cmlint.knowledge.entries import Knowledge

_RUNNING = frozenset(
    {"list", "tuple", "deque", "run_until_complete", "run", "gather", "wait_for", "shield", "run_coroutine_threadsafe"}
)
_DELIVERING_WORK = frozenset({"commit", "publish", "upload", "submit"})
_PUBLISHING = MOVING | _DELIVERING_WORK
_TAKING_DOWN = (["unregister"], ["deregister"], ["uninstall"], ["unpatch"], ["deinit"])
_ASKING = (cst.If, cst.While, cst.For)


@dataclass(frozen=True)
class Mixture:
    """What stands against moving a statement (`obstacle`), and what has to be looked at (`doubt`), in words."""

    obstacle: str | None = None
    doubt: str | None = None


class Mixing:
    """Judges the clean-up statements around one yield; `wanted` are the sites of releases and companions."""

    def __init__(self, manager: Manager, yielding: Site, wanted: frozenset[int], alongside: Alongside) -> None:
        self.manager = manager
        self.alongside = alongside
        self.wanted = wanted
        earlier = [site.event for site in manager.graph.sites if site.span < yielding.span]
        self.earlier = tuple(event for event in earlier if isinstance(event, Call))
        self.entered = frozenset(event.manager.text for event in earlier if isinstance(event, Enter))

    def of(self, line: int, sites: Sequence[Site], made: frozenset[str]) -> Mixture:
        """The mixture of the statement in `line`; `made` are names it binds that success-only code needs."""
        others = [site for site in sites if not self._belongs(site, sites)]
        told = [site.event for site in sites if site.index in self.wanted and reports_success(site.event)]
        if told:
            return Mixture(obstacle=f"`{told[0].text}` also tells how it went")
        if any(_raises_anew(site) for site in others):
            return Mixture(obstacle=f"line {line} also raises, which would replace the exception of the body")
        doubtful = next((site.event for site in others if self._may_be_for_success(site.event)), None)
        if doubtful is None:
            inside = next((site.event for site in sites if site.grafted and _delivers(site.event)), None)
            if inside is None:
                return Mixture()
            return Mixture(f"what line {line} calls also does `{as_source(inside)}`, which is for success only")
        published = next((site.event for site in others if publishes_or_asserts(site)), None)
        if published is not None:
            return Mixture(obstacle=f"line {line} also does `{as_source(published)}`, which is for success only")
        if made:
            return Mixture(obstacle=f"line {line} also makes `{min(made)}` for what runs on success only")
        what = as_source(doubtful)
        return Mixture(doubt=f"the statement in line {line} also does `{what}`, which may be for success only")

    def _belongs(self, site: Site, sites: Sequence[Site]) -> bool:
        """Whether the site is a release, keeps house, or is the inside or the outside of a release."""
        if site.index in self.wanted or keeps_house(site.event) or logs(site.event):
            return True
        if self.alongside.cleans_up(site.event) or self.alongside.follows(site.event):
            return True
        if self._is_other_branch(site.event, sites) or self._is_part_of_release(site, sites):
            return True
        if self._asks_for_release(site, sites):
            return True
        if publishes_or_asserts(site):
            return False  # `self.move_file(new, place)` publishes, even if it removes something inside
        # A call belongs to the release that it makes inside, and what it does inside to the release that it is.
        return any(
            other.index in self.wanted and other.grafted is not site.grafted and other.span == site.span
            for other in sites
        ) or (site.grafted and self._is_inside_undo(site, sites))

    def _is_part_of_release(self, site: Site, sites: Sequence[Site]) -> bool:
        """Whether a release is given its answer, or it only runs one to its end: `list(manager.tear_down())`.

        Also what is put back: `f = undecorate(f)`.
        """
        event = site.event
        if site.grafted or not isinstance(event, Call) or not DELIVERING.isdisjoint(words_of(event.method)):
            return False
        releases = [s.span for s in sites if s.index in self.wanted and not s.grafted and s.statement is site.statement]
        if event.discarded:
            return event.method in _RUNNING and any(map(site.span.holds, releases))
        if any(s.index in self.wanted and isinstance(s.event, Store) and s.statement is site.statement for s in sites):
            return True
        return any(span.holds(site.span) for span in releases)

    def _asks_for_release(self, site: Site, sites: Sequence[Site]) -> bool:
        """Whether an `if` or a loop asks it of what is released inside: `if lock.owned(): lock.release()`."""
        event, header = site.event, site.statement
        if site.grafted or not isinstance(event, Call) or event.discarded or not isinstance(header, _ASKING):
            return False
        if not (DELIVERING | _PUBLISHING).isdisjoint(words_of(event.method)):
            return False
        asked = {event.receiver or "", *(value.text for value in event.args)} - {""}
        inside = {id(node) for node in own_nodes(header.body)}
        released = (s.event for s in sites if s.index in self.wanted and not s.grafted and id(s.statement) in inside)
        return any(isinstance(release, Call) and asked & _given(release) for release in released)

    def _is_other_branch(self, event: Event, sites: Sequence[Site]) -> bool:
        """Whether it writes to the place that a release in the same statement writes to: put back, or taken out."""
        write = write_of(event, self.manager.scope)
        wanted = (write_of(site.event, self.manager.scope) for site in sites if site.index in self.wanted)
        return write is not None and any(other is not None and other.place == write.place for other in wanted)

    def _is_inside_undo(self, site: Site, sites: Sequence[Site]) -> bool:
        """Whether it happens in a function that undoes or keeps house by its name, or that was called before, too."""
        calls = (s.event for s in sites if not s.grafted and s.span == site.span and isinstance(s.event, Call))
        callees = {event.callee for event in self.earlier}
        return any(
            (call.discarded and (self._gives_back(call) or names_release(call.method) or keeps_house(call)))
            or (call.discarded and call.callee in callees)
            or (not call.discarded and is_only_asked(call))
            for call in calls
        )

    def _may_be_for_success(self, event: Event) -> bool:
        if isinstance(event, Call) and event.managed:
            return not self._holds_meanwhile(event.text)
        if isinstance(event, Call):
            if self._is_done_before(event) or self._disposes(event) or self._undoes_earlier(event):
                return False
            if self._takes_down(event) or self._wakes(event):
                return False
            return event.discarded or not is_only_asked(event)
        if isinstance(event, Enter):
            return not self._holds_meanwhile(event.manager.text)
        return isinstance(event, Store) and write_of(event, self.manager.scope) is not None

    def _holds_meanwhile(self, manager: str) -> bool:
        """Whether a `with` only holds a lock, or what the change before the yield was made in as well."""
        return is_lock(manager) or manager in self.entered

    def _is_done_before(self, event: Call) -> bool:
        """Whether the same is asked, or done, before the yield already: it does not wait for a success.

        `db.execute("COMMIT")` is not what `db.execute("BEGIN")` was: the constants must be the same.
        """
        same = any(
            event.text == earlier.text
            or (event.callee == earlier.callee and event.discarded and earlier.discarded and _say_alike(event, earlier))
            for earlier in self.earlier
        )
        return same and not (event.discarded and DELIVERING.intersection(words_of(event.method)))

    def _disposes(self, event: Call) -> bool:
        """Whether the call is one that does away with something: `shutil.rmtree(path)`, `handle.remove()`."""
        names = (event.dotted or "", event.method)
        known = any(self.manager.subject.knowledge.disposal(name) is not None for name in names)
        return event.discarded and (known or event.dotted == "delattr")

    def _gives_back(self, event: Call) -> bool:
        """Whether it only gives back to a pool, which counts what it has, what was got before: `return_conn(conn)`."""
        got = {name for earlier in self.earlier for name in earlier.results}
        gives = words_of(event.method)[:1] in (["return"], ["checkin"], ["putconn"])
        return gives and [value.text in got for value in event.given] == [True]

    def _wakes(self, event: Call) -> bool:
        """Whether it wakes who waits for a condition, which the setup held as well."""
        return event.method in ("notify", "notify_all") and event.receiver in self.entered

    @staticmethod
    def _takes_down(event: Call) -> bool:
        """Whether its verb can only mean that something is taken down again: `unregister(name)`."""
        return event.discarded and words_of(event.method)[:1] in _TAKING_DOWN

    def _undoes_earlier(self, event: Call) -> bool:
        """Whether it is an earlier call with one word turned round: `run(start_trace())`, `run(stop_trace())`."""
        knowledge = self.manager.subject.knowledge
        return any(are_opposite(words_of(one.text), words_of(event.text), knowledge) for one in self.earlier)


def are_opposite(earlier: list[str], later: list[str], knowledge: Knowledge) -> bool:
    """Whether one word of an earlier text is turned round in a later one."""
    if len(earlier) != len(later):
        return False
    changed = [pair for pair in zip(earlier, later, strict=True) if pair[0] != pair[1]]
    return len(changed) == 1 and knowledge.antonym(*changed[0]) is not None


def _say_alike(event: Call, earlier: Call) -> bool:
    """Whether two calls of one function are given the same constants, formatted strings too, at the same places."""
    said, before = (
        {k: v.text for k, v in (*enumerate(e.args), *e.keywords) if v.form is Form.CONSTANT or v.text[-1:] in "\"'"}
        for e in (event, earlier)
    )
    return said == before


def _given(release: Call) -> set[str]:
    """What a release is done to: what it is called on, and what it is given."""
    return {release.receiver or "", *(value.text for value in release.args)}


def _raises_anew(site: Site) -> bool:
    """Whether the statement itself raises: not what a release does inside, nor again what the release raised."""
    return isinstance(site.event, Raise) and site.event.fault is not None and not site.grafted


def publishes_or_asserts(site: Site) -> bool:
    """Whether it puts the work of the body in its place, or checks it: what a body that raised has not finished."""
    event = site.event
    if not isinstance(event, Call) or site.grafted:
        return False
    verb = words_of(event.method)[:1]
    said = (value.text.strip("\"' ").lower().split()[:1] for value in event.args if value.form is Form.CONSTANT)
    publishes = any(not _PUBLISHING.isdisjoint(words) for words in (verb, *said))  # also `execute("COMMIT")`
    return publishes or (verb == ["assert"] and event.discarded)


def _delivers(event: Event) -> bool:
    """Whether the call hands over what the body has made: `upload(path)`, inside a function that also cleans up."""
    return isinstance(event, Call) and not _PUBLISHING.isdisjoint(words_of(event.method)[:1])


def releasing(obligations: Iterable[Obligation]) -> frozenset[int]:
    """The sites, by index, that release and that complete a release."""
    return frozenset(site.index for one in obligations for site in (*one.releases, *one.companions))


def reports_success(event: Event) -> bool:
    """Whether a call says that all went well: by a constant, or by a switch that keeps the work."""
    if not isinstance(event, Call):
        return False
    given = event.given
    if any(value.form is Form.CONSTANT and names_success(value.text) for value in given):
        return True
    return any(value.text == "True" and tells_success(keyword) for keyword, value in event.keywords)
