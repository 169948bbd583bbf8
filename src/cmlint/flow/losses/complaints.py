"""Where a clean-up finds that one of its steps failed, and says so by an exception of its own.

`assert status == 0` about what a call of the clean-up returned, `raise self.thread.exception`, `raise TimeoutError`.
May miss what is asked in other ways; a question about the program itself (`if not self.entered: raise`, whether what
was popped is what was pushed) is not about a step.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cmlint.flow.lowering.graph import Graph, Site, Way
from cmlint.flow.manager import Manager
from cmlint.flow.reading.events import Call, Raise, Test
from cmlint.flow.reading.naming import words_of

_KEPT_EXCEPTION = re.compile(r"raise (?:\w+\.)+\w*(?:exception|error|exc|err|failure)(?: from .*)?")
_OF_THE_WORLD = re.compile(r"raise (?:\w+\.)*(?:\w*Timeout\w*|OSError|IOError|ConnectionError)\b")
_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_CODES = frozenset({"err", "error", "errors", "errno", "rc", "ret", "retcode", "returncode", "status", "code"})


def complains(site: Site, number: int, manager: Manager) -> bool:
    """Whether the `raise` or `assert` at node `number` says that a step of the clean-up failed."""
    if not isinstance(site.event, Raise) or site.event.fault is None:
        return False
    if _KEPT_EXCEPTION.fullmatch(site.event.text) or _OF_THE_WORLD.match(site.event.text):
        return True
    answered = _answers(manager)
    return bool(answered) and any(
        not answered.isdisjoint(_NAME.findall(event.text))
        for test in deciding(manager.graph, number)
        if (found := manager.graph.nodes[test].site) is not None and isinstance(event := found.event, Test)
    )


def deciding(graph: Graph, number: int) -> Iterator[int]:
    """The tests by which it is decided whether the `raise` at a node is reached."""
    seen = {number}
    waiting = [number]
    while waiting:
        target = waiting.pop()
        for source in graph.sources[target]:
            node = graph.nodes[source]
            if source in seen or not any(edge.target == target and edge.way is not Way.RAISE for edge in node.edges):
                continue
            seen.add(source)
            if node.site is not None and isinstance(node.site.event, Test):
                yield source
            else:
                waiting.append(source)


def _answers(manager: Manager) -> frozenset[str]:
    """The locals that calls of the clean-up bind, and that are called after an error or a code."""
    return frozenset(
        name
        for here, _ in manager.obligations
        for site in here.after
        if isinstance(site.event, Call)
        for name in site.event.results
        if name.isidentifier() and not _CODES.isdisjoint(words_of(name))
    )
