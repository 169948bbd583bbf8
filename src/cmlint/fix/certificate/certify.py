"""The certificate: compares the traces of the old and the new graph, for the normal path and every single fault.

Idea: walk both graphs in step. While no fault was injected, every event must be the same. At every event that can
raise, each class of exception is injected once; from then on the new trace must be the old one plus events of
the statements that became clean-up, every release at most once, and it must end at the same exit. States that were
compared once are not compared again, so the work grows with the graphs and not with the number of paths. Errs
towards refusing: a repair that is right but compares differently gets no certificate.

What is not wrong but more than asked for, a clean-up that also runs when the setup fails, is the certificate's caveat.
Not shown: a signal that arrives between an acquire and its `try`, and a second fault inside the clean-up but at the
step that a broken chain is about.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Certificate
from cmlint.fix.certificate.change import Change
from cmlint.fix.certificate.held import Holding
from cmlint.fix.certificate.pairs import Pair, difference, goes_on
from cmlint.fix.telling.asking import changes_nothing
from cmlint.fix.telling.housekeeping import keeps_house
from cmlint.fix.telling.labels import (
    Label,
    acts,
    as_source,
    bound_by,
    done_again,
    label_of,
    labels,
    mentions,
    moved_ahead,
    put_back_alike,
    tried_again,
    with_all,
    with_inside,
)
from cmlint.fix.telling.loops import EmptyLoops
from cmlint.flow.lowering.graph import RETURN_EXIT, UNWIND_EXIT, Edge, Graph, Site, Way
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Event, Fault, Form, Raise, Store, Test, Yield

_MAX_PAIRS = 40_000  # some two seconds
_EXITS = (RETURN_EXIT, UNWIND_EXIT)


class NoCertificate(Exception):
    """The traces differ in a way that a repair must not; the message says how, in a maintainer's words."""


def still_lost(obligation: Obligation) -> str:
    """What a repair that leaves a path open is told by."""
    return f"on some path {obligation.words.what} {obligation.words.lost} all the same"


def certify(old: Graph, new: Graph, change: Change) -> Certificate:
    """The certificate that `new` releases what is lost in `old`, and changes nothing else. Raises NoCertificate."""
    return _Comparison(old, new, change).run()


class _Comparison:
    def __init__(self, old: Graph, new: Graph, change: Change) -> None:
        self.old, self.new = old, new
        self.old_knowing, self.new_knowing = old.knowing, new.knowing
        self.lost = change.lost
        self.holding = Holding(old, change.lost)
        self.releasing = [labels(with_all((*o.releases, *o.companions), change.moved)) for o in change.lost]
        released = [labels(with_inside((*o.releases, *o.companions), change.moved)) for o in change.lost]
        keeping = {site.span for site in change.moved if not site.grafted and keeps_house(site.event)}
        keeping |= {site.span for site in change.alongside if not site.grafted}
        self.housekeeping = labels(site for site in change.moved if site.span in keeping)
        acquires = [site for obligation in change.lost for site in obligation.acquires]
        self.made = {name for site in acquires for name in bound_by(site.event)}
        self.empty = EmptyLoops(old, acquires, self.made)
        self.failing = frozenset(site.index for site in change.failing)
        self.cleaning = frozenset(site.index for site in change.cleaning)
        self.moved = labels(change.moved)
        self.dropped = labels(change.dropped)
        self.unset = change.unset
        self.respelled = change.respelled
        self.at_shutdown = change.at_shutdown
        kept = labels(site for site in change.moved if site.span in keeping and not site.grafted)
        self.released = released
        self.once = frozenset[Label]().union(*released, kept)
        self.acting = frozenset(site.index for site in change.moved if not site.grafted and acts(site.event))
        self.put_back = put_back_alike(old) & self.moved
        self.twice_already = done_again(old, self.moved)
        self.tried_already = tried_again(old, self.moved)
        self.ahead = moved_ahead(new, self.moved)
        self.traces = self.first_faults = 0
        self.second_faults: set[Pair] = set()  # told apart by what they lead to, as traces are
        self.most: tuple[str, ...] = ()
        self.caveat: str | None = None

    def run(self) -> Certificate:
        start = Pair(self.old.entry, self.new.entry)
        waiting, seen = [start], {start}
        while waiting:
            for pair in self.following(waiting.pop()):
                if pair not in seen:
                    seen.add(pair)
                    waiting.append(pair)
            if len(seen) > _MAX_PAIRS:
                raise NoCertificate("it has too many paths to compare them all")
        faults = self.first_faults + len(self.second_faults)
        return Certificate(self.traces, faults, len(self.most), self.most, self.caveat)

    def following(self, pair: Pair) -> Iterator[Pair]:
        old, new = self.old.nodes[pair.old].site, self.new.nodes[pair.new].site
        if old is None and pair.old not in _EXITS:
            yield pair._replace(old=self.old.nodes[pair.old].edges[0].target)
        elif new is None and pair.new not in _EXITS:
            yield pair._replace(new=self.new.nodes[pair.new].edges[0].target)
        elif old is not None and new is not None and label_of(old.event) == label_of(new.event):
            yield from self.together(pair, old)
        elif old is not None and (label_of(old.event) in self.dropped or goes_on(pair, old)):
            yield from self.skipped(pair, old.event)
        elif new is not None and (goes_on(pair, new) or self.only_sets(pair, new.event)):
            yield from self.alone(pair, new.event)
        elif new is not None and pair.fault is not None and self.only_asks(new.event):
            yield from self.alone(pair, new.event, failing=False)
        elif new is not None and self.asks_for_none(new.event):
            yield from self.asked(pair, new.event)
        elif new is not None and pair.fault is not None and self.in_old(new.event) in self.moved:
            yield from self.added(pair, new.event, grafted=new.grafted)
        elif pair.old == pair.new and pair.old in _EXITS:
            self.end(pair)
        else:
            raise NoCertificate(difference(pair, old, new))

    def together(self, pair: Pair, site: Site) -> Iterator[Pair]:
        """Both walks do the event of `site` and leave it by the same edge."""
        event = site.event
        label = label_of(event)
        if not isinstance(event, Test) and pair.ahead & self.ends(label):
            words = "would run after a release, where a clause further out stops the exception"
            raise NoCertificate(f"`{event.text}` {words}")
        counts = pair.yielded and (label in self.once or site.index in self.acting)
        done = pair.done | {label} if counts and not isinstance(event, Test) else pair.done
        yielded = pair.yielded or isinstance(event, Yield)
        remaining = self.holding.unsettled if yielded else self.holding.left
        after = pair._replace(done=done, yielded=yielded, held=remaining(pair.held, label))
        by_exit = {(edge.way, edge.fault): edge for edge in self.new.nodes[pair.new].edges}
        for old_edge in self.old.nodes[pair.old].edges:
            new_edge = by_exit.get((old_edge.way, old_edge.fault))
            if new_edge is None:
                raise NoCertificate(f"`{event.text}` would be left in another way than today")
            raising = old_edge.way is Way.RAISE
            injected = raising and (pair.fault is None or self.fails_second(pair, site))
            if raising and not injected and not isinstance(event, Raise):
                continue  # one fault at a time
            reached = self.reached(after, event, old_edge, new_edge)
            if reached is None:
                continue
            if injected:
                must_release = site.index in self.failing and label not in self.moved
                failed = reached._replace(
                    fault=old_edge.fault or Fault.EXCEPTION,
                    fault_at=pair.old,
                    must_release=must_release,
                    at_fault=pair.held,
                )
                self.first_faults += pair.fault is None
                self.second_faults |= {failed} if pair.fault is not None else set()
                yield failed
            elif raising:
                yield reached
            else:
                still = self.holding.told(reached.held, event, old_edge)
                yield reached._replace(held=still | self.holding.acquired(site))

    def fails_second(self, pair: Pair, site: Site) -> bool:
        """Whether a step of the clean-up is made to fail behind the first fault of the body, which was another one."""
        first = self.failed(pair)
        return pair.yielded and site.index in self.cleaning and first is not None and first.index not in self.cleaning

    def skipped(self, pair: Pair, event: Event) -> Iterator[Pair]:
        """Only the old walk does `event`: a question that is not asked any more, or a bare `raise`."""
        for edge in self.old.nodes[pair.old].edges:
            if edge.way is Way.RAISE and not isinstance(event, Raise):
                continue
            facts = self.old_knowing.mattering_after(pair.old_facts, event, edge)
            if facts is not None:
                yield pair._replace(old=edge.target, old_facts=facts)

    def alone(self, pair: Pair, event: Event, *, failing: bool = True) -> Iterator[Pair]:
        """Only the new walk does `event`: it goes on with the exception, which the old one does earlier or later."""
        for edge in self.new.nodes[pair.new].edges:
            facts = self.new_knowing.mattering_after(pair.new_facts, event, edge)
            if facts is not None and (failing or edge.way is not Way.RAISE):
                yield pair._replace(new=edge.target, new_facts=facts)

    def only_sets(self, pair: Pair, event: Event) -> bool:
        """Whether the event only makes a name None that is bound behind it, before the body runs."""
        none = isinstance(event, Store) and event.value.form is Form.NONE and event.target in self.unset
        return none and not pair.yielded and pair.fault is None

    def asks_for_none(self, event: Event) -> bool:
        """Whether the event asks whether a name that began as None was bound."""
        return isinstance(event, Test) and event.predicate == "none" and event.subject in self.unset

    def asked(self, pair: Pair, event: Event) -> Iterator[Pair]:
        """The new walk asks whether a name was bound: it was where the body ran, as the old walk takes for granted."""
        for edge in self.new.nodes[pair.new].edges:
            facts = None if edge.way is Way.RAISE else self.new_knowing.mattering_after(pair.new_facts, event, edge)
            if facts is not None and not (pair.yielded and edge.way is Way.TRUE):
                yield pair._replace(new=edge.target, new_facts=facts)

    def reached(self, pair: Pair, event: Event, old_edge: Edge, new_edge: Edge) -> Pair | None:
        old_facts = self.old_knowing.mattering_after(pair.old_facts, event, old_edge)
        new_facts = self.new_knowing.mattering_after(pair.new_facts, event, new_edge)
        if old_facts is None or new_facts is None:
            return None
        done = pair.done & self.ahead[new_edge.target]  # what can't run again need not be told apart
        return pair._replace(
            old=old_edge.target, new=new_edge.target, old_facts=old_facts, new_facts=new_facts, done=done
        )

    def added(self, pair: Pair, event: Event, *, grafted: bool) -> Iterator[Pair]:
        """Only the new walk does `event`, after a fault: it must be clean-up that is due."""
        label = self.in_old(event)
        if isinstance(event, Raise) and not grafted:
            raise NoCertificate(f"`{event.text}` would replace the exception of the body")
        if label in pair.done and label not in self.put_back:
            self.caveat = self.repeated(pair, event, label)
        if not self.is_due(pair, label) and not isinstance(event, Test) and not changes_nothing(event):
            words = f"`{as_source(event)}` would also run when the setup fails while there is nothing to release"
            if mentions(event, self.made):
                raise NoCertificate(words)
            self.caveat = words
        counts = self.holding.is_release(label) and event.text not in pair.added
        shown = (*pair.added, event.text) if counts else pair.added
        after = pair._replace(added=shown, held=self.holding.unsettled(pair.held, label))
        after = after._replace(ahead=pair.ahead | self.ends(label))
        nothing = not pair.yielded and not pair.at_fault
        empty = nothing and self.empty.has(event.text, self.failed(pair))
        for edge in self.new.nodes[pair.new].edges:
            facts = None if edge.way is Way.RAISE else self.new_knowing.mattering_after(pair.new_facts, event, edge)
            if facts is not None and not (empty and edge.way is Way.TRUE):
                yield after._replace(new=edge.target, new_facts=facts)

    def repeated(self, pair: Pair, event: Event, label: Label) -> str:
        """What is said of clean-up that only the new walk does a second time. Raises NoCertificate: it is new."""
        failed = self.failed(pair)
        itself = failed is not None and label_of(failed.event) == label
        if label in self.twice_already:
            return f"`{event.text}` would run twice after more exceptions than it does today"
        if itself and label in self.tried_already:
            raise NoCertificate(f"`{event.text}` would be tried again after more of its own exceptions than today")
        if failed is None or isinstance(failed.event, Yield):
            raise NoCertificate(f"`{event.text}` would run twice when the body raises")
        raise NoCertificate(f"`{event.text}` would run twice when `{failed.event.text}` raises")

    def failed(self, pair: Pair) -> Site | None:
        """What the first injected fault was raised by."""
        return self.old.nodes[pair.fault_at].site if pair.fault_at is not None else None

    def ends(self, label: Label) -> frozenset[int]:
        """Which leaks the event releases, or completes the release of."""
        return frozenset(index for index, released in enumerate(self.released) if label in released)

    def in_old(self, event: Event) -> Label:
        """The label of an event of the new graph, as the old text spells it."""
        return self.respelled.get(label_of(event)) or label_of(event)

    def only_asks(self, event: Event) -> bool:
        """Whether the event of the new graph is there for what a respelled one is given."""
        return label_of(event) in self.respelled and self.respelled[label_of(event)] is None

    def is_due(self, pair: Pair, label: Label) -> bool:
        """Whether clean-up has something to do: the body ran, or what it releases was held when the setup failed."""
        due = any(label in self.releasing[index] for index in pair.at_fault)
        return pair.yielded or due or self.at_shutdown or (bool(pair.at_fault) and label in self.housekeeping)

    def end(self, pair: Pair) -> None:
        """Both walks are at the same exit."""
        self.traces += 1
        if pair.fault is not None and pair.must_release and pair.held:
            raise NoCertificate(still_lost(self.lost[min(pair.held)]))
        if len(pair.added) > len(self.most):
            self.most = pair.added
