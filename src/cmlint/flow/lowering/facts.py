"""What is known on a path about the conditions that guard events, so that correlated guards agree.

A fact is (subject, predicate, truth). It comes from a branch that was taken or from an assignment, and a later
assignment to the subject ends it. Calls are taken not to change a condition (but `x in container` follows what is
added and taken out), so a path may be dropped that a side effect would open; two branches on the same condition never
disagree.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from cmlint.flow.lowering.graph import Edge, Graph, Way
from cmlint.flow.reading.events import Call, Delete, Enter, Event, Form, Store, Test, Value, Yield

_CONSTANT = re.compile(r"""is (?:[0-9]+|True|False|"[^"]*"|'[^']*')""")
_CHOICE = re.compile(r"""[0-9]+|"[^"]*"|'[^']*'""")
_CHOICES = re.compile(rf"in [\[({{]\s*(?:{_CHOICE.pattern})(?:\s*,\s*(?:{_CHOICE.pattern}))*\s*,?\s*[\])}}]")
_MEMBER = re.compile(r"(?:[a-z_]\w*\.)*[A-Z]\w*\.\w+")  # of a class: `Kind.FAST`
_FUNCTION = re.compile(r"(Nt|Zw|Rtl|Open|Create|Get|Set|Close|Read|Write|Find|Query|Is|Has)[A-Z]")
_ADDING = frozenset({"add", "append", "appendleft", "insert"})
_TAKING = frozenset({"remove", "discard", "pop", "popleft", "clear"})
_CHANGING = _ADDING | _TAKING
Facts = frozenset[tuple[str, str, bool]]
NO_FACTS: Facts = frozenset()


class Knowing:
    """Computes facts along the edges of one graph, about the subjects that more than one event tells about."""

    def __init__(self, graph: Graph) -> None:
        asked = Counter(site.event.subject for site in graph.sites if isinstance(site.event, Test))
        changed = {site.event.target for site in graph.sites if isinstance(site.event, Store)}
        called = {site.event.receiver for site in graph.sites if isinstance(site.event, Call)}
        # A condition that is asked once and that nothing else tells about can't contradict anything.
        self._asked = frozenset(key for key, times in asked.items() if times > 1 or key in changed or key in called)
        self._nodes = graph.nodes
        self._caught = graph.caught
        asking = {test.subject for _, test in graph.tests if test.predicate != "text"} & self._asked
        self._bits = {subject: 1 << number for number, subject in enumerate(sorted(asking))}
        self._ahead = _asked_ahead(graph, self._bits)
        self._ways: dict[tuple[int, Facts], tuple[tuple[Edge, Facts], ...]] = {}

    def ways(self, number: int, facts: Facts) -> tuple[tuple[Edge, Facts], ...]:
        """The edges by which the node at `number` can be left where `facts` are known, each with what matters then.

        Facts about subjects that nothing asks about any more are dropped: states that only differ in them go the same
        ways. Every search of a graph comes through the same nodes, most with the same facts, so the answer is kept.
        """
        known = self._ways.get((number, facts))
        if known is None:
            node = self._nodes[number]
            event = node.site.event if node.site else None
            led = ((edge, self.mattering_after(facts, event, edge)) for edge in node.edges)
            known = tuple((edge, after) for edge, after in led if after is not None)
            self._ways[number, facts] = known
        return known

    def mattering_after(self, facts: Facts, event: Event | None, edge: Edge) -> Facts | None:
        """What matters of what is known after `event` was left by `edge`; None when that contradicts what is known."""
        after = self.along(facts, event, edge)
        return None if after is None else self._mattering(after, edge.target)

    def _mattering(self, facts: Facts, number: int) -> Facts:
        """The facts that some test at or behind the node at `number` asks for: each test reads its own subject only."""
        ahead, bits = self._ahead[number], self._bits
        if all(ahead & bits.get(fact[0], 0) for fact in facts):
            return facts
        return frozenset(fact for fact in facts if ahead & bits.get(fact[0], 0))

    def along(self, facts: Facts, event: Event | None, edge: Edge) -> Facts | None:
        """What is known after `event` was left by `edge`; None when that contradicts what is known."""
        if isinstance(event, Test) and edge.way in (Way.TRUE, Way.FALSE):
            return self._decided(facts, event, edge.way is Way.TRUE)
        if facts and isinstance(event, Yield):  # what the body adds to a container, or takes out, is not known
            facts = frozenset(fact for fact in facts if not fact[1].startswith("in "))
        if edge.way is Way.RAISE:
            return facts
        if isinstance(event, Store):
            return self._stored(facts, event.target, event.value if event.operator is None else None)
        if isinstance(event, Delete):
            return self._stored(facts, event.target, None)
        if isinstance(event, Enter):
            for name in event.results:
                facts = self._stored(facts, name, None)
                if name in self._asked:
                    facts |= {(name, "none", False)}  # what a manager hands out is taken to be something
        if isinstance(event, Call) and facts and event.method in _CHANGING:
            facts = self._contained(facts, event)
        if isinstance(event, Call) and event.receiver in self._asked and event.receiver is not None:
            return facts | {(event.receiver, "none", False), (event.receiver, "truthy", True)}
        return facts

    def _decided(self, facts: Facts, test: Test, truth: bool) -> Facts | None:
        if test.predicate == "text" or test.subject not in self._asked:
            return facts  # a loop's next item, an unknown handler: may go either way every time
        if (test.subject, test.predicate, not truth) in facts or (truth and _is_another(facts, test)):
            return None
        known = {(test.subject, test.predicate, truth)}
        if test.predicate == "truthy" and truth:
            known.add((test.subject, "none", False))
        if test.predicate == "none" and truth:
            known.add((test.subject, "truthy", False))
        if any((subject, predicate, not value) in facts for subject, predicate, value in known):
            return None
        after = facts | known
        return None if not truth and _is_none_of_its_choices(after, test.subject) else after

    def _contained(self, facts: Facts, event: Call) -> Facts:
        """What is known after something was added to a container, or taken out of it."""
        within = f"in {event.receiver}"
        kept = frozenset(fact for fact in facts if fact[1] != within)
        added = {fact[0] for fact in facts - kept} & {value.text for value in event.args}
        return kept | {(subject, within, True) for subject in added if event.method in _ADDING}

    def _stored(self, facts: Facts, target: str, value: Value | None) -> Facts:
        kept = facts  # most paths know nothing
        if facts:
            kept = frozenset(fact for fact in facts if not _about(fact[0], target) and not _about(fact[1], target))
        container, _, key = target.rpartition("[")
        if container and facts:  # an item is put there, or taken out
            within = f"in {container}"
            kept = frozenset(fact for fact in kept if fact[1] != within)
            kept |= {(key[:-1], within, True)} if value is not None and key[:-1] in self._asked else NO_FACTS
        if container in self._asked and value is not None:
            kept = frozenset(fact for fact in kept if fact[0] != container) | {(container, "truthy", True)}
        if value is None or target not in self._asked:
            return kept
        if value.form is Form.NONE:
            return kept | {(target, "none", True), (target, "truthy", False)}
        if value.form is Form.CONSTANT:
            false = value.text in ("False", "0", "''", '""')
            return kept | {(target, "none", False), (target, "truthy", not false), (target, f"is {value.text}", True)}
        if _MEMBER.fullmatch(value.text) and not _about(value.text, target):
            return kept | {(target, f"is {value.text}", True)}  # `kind = Kind.FAST`
        if (value.form is Form.CALL and _constructs(value)) or (value.form is Form.NAME and value.text in self._caught):
            return kept | {(target, "none", False), (target, "truthy", True)}
        return kept


def _asked_ahead(graph: Graph, bits: Mapping[str, int]) -> list[int]:
    """For each node the subjects that are asked about there, or at a node that can be reached from it, as bits."""
    ahead = [0] * len(graph.nodes)
    for number, test in graph.tests:
        if test.predicate != "text":
            ahead[number] = bits.get(test.subject, 0)
    changed = bool(bits)
    while changed:  # source order, so backwards: a round for each depth of loops, and one that finds nothing new
        changed = False
        for number in range(len(graph.nodes) - 1, -1, -1):
            reached = ahead[number]
            for edge in graph.nodes[number].edges:
                reached |= ahead[edge.target]
            if reached != ahead[number]:
                ahead[number], changed = reached, True
    return ahead


def _is_another(facts: Facts, test: Test) -> bool:
    """Whether the subject is known to be another constant than the one that is asked for."""
    if not _CONSTANT.fullmatch(test.predicate):
        return False
    return any(
        subject == test.subject and known and predicate != test.predicate and _CONSTANT.fullmatch(predicate)
        for subject, predicate, known in facts
    )


def _is_none_of_its_choices(facts: Facts, subject: str) -> bool:
    """Whether the subject is known to be in a list of constants, and to be none of them."""
    for about, predicate, known in facts:
        if known and about == subject and _CHOICES.fullmatch(predicate):
            choices = {found[0] for found in _CHOICE.finditer(predicate)}
            return all((subject, f"is {choice}", False) in facts for choice in choices)
    return False


def _about(text: str, target: str) -> bool:
    """Whether a condition on `text` depends on `target`: it is it, or an attribute or item of it."""
    return text == target or text.startswith((f"{target}.", f"{target}[")) or text.endswith(f" {target}")


def _constructs(value: Value) -> bool:
    """Whether a class is called, by its name; the functions of some C libraries begin with a capital letter as well."""
    name = (value.dotted or value.text.partition("(")[0]).removesuffix("()").rpartition(".")[2]
    return name[:1].isupper() and _FUNCTION.match(name) is None
