"""What each rule needs to see in a generator before it can find anything: a question about a sketch, for each code.

Each answer approximates from above: "no" is only said where no path of the graph can make the finding. A code without
an entry is never screened out. The words come from the knowledge base; a call of a function of the same file may do
anything that a call can do.
`tests/test_screen.py` holds the screen against the whole analysis.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from cmlint.knowledge.entries import Making, Protocol
from cmlint.screening.keeping import may_keep
from cmlint.screening.sketch import Doing, Sketch
from cmlint.screening.steps import breaks, fails_behind, imports, is_helper, may_release, never, says
from cmlint.screening.surroundings import Surroundings, chain_of, handed_in, may_fail


@dataclass(frozen=True)
class Generator:
    """A generator function under a protocol, for the questions."""

    sketch: Sketch
    text: str
    names: frozenset[str]
    protocol: Protocol
    around: Surroundings

    @cached_property
    def risky(self) -> bool:
        """Whether it names a module whose functions can fail: what comes from it may have any name."""
        return not self.names.isdisjoint(self.around.risky)

    @cached_property
    def callbacks(self) -> frozenset[str]:
        """The names that are handed in or taken from a loop: a call of one can fail."""
        return handed_in(self.sketch.function)

    def may_fail(self, doing: Doing) -> bool:
        """Whether a step can fail in operation."""
        return may_fail(doing, self.callbacks, self.around, risky=self.risky)


def _loses(it: Generator) -> bool:
    """CML101 to CML103, CML106: something stands behind the yield that an exception skips."""
    return any(not says(doing) for doing in it.sketch.after)


def _setup_fails(it: Generator) -> bool:
    """CML104: something can fail behind another step of the setup, and something is cleaned up that this skips."""
    releases = [doing for doing in it.sketch.cleanup if may_release(doing)]
    if releases and imports(it.sketch.function):
        return True
    if _loses(it):
        return fails_behind(it.sketch.setup, it.may_fail, it.around)
    helped = {doing.block for doing in releases if is_helper(doing, it.around)}
    straight = it.sketch.straight - helped
    inside = [doing for doing in it.sketch.setup if any(not _runs(each, doing, straight) for each in releases)]
    return fails_behind(it.sketch.setup, lambda doing: doing in inside and it.may_fail(doing), it.around)


def _runs(release: Doing, doing: Doing, straight: set[int]) -> bool:
    """Whether a step of the clean-up also runs when a step of the setup fails: it stands in the `finally` for it."""
    return release.block in doing.guards and release.block in straight


def _chain_breaks(it: Generator) -> bool:
    """CML105: a step of the clean-up can fail, and another stands behind it."""
    return _loses(it) or breaks(it.sketch.cleanup, it.may_fail, it.around)


def _keeps(it: Generator) -> bool:
    """CML107: a known resource may be made in it, or by a function of the file, and nothing be done with it."""
    return may_keep([it.sketch.function], it.text, it.around)


def _waits(it: Generator) -> bool:
    """CML108: a known resource may be made in it."""
    return it.around.may_keep(it.text)


def _suppresses(it: Generator) -> bool:
    """CML201 to CML203: a handler or a `with` around the yield may drop an exception."""
    if it.sketch.catches:
        return True
    chains = [chain_of(item.func if isinstance(item, ast.Call) else item) for item in it.sketch.withs]
    return any(chain and chain[-1] in it.around.suppressing for chain in chains)


def _is_none(it: Generator) -> bool:
    """CML204: it may not be what its decorator wants."""
    if not it.sketch.yields:
        return not it.sketch.returns
    is_async = isinstance(it.sketch.function, ast.AsyncFunctionDef)
    return is_async is not it.protocol.name.rpartition(".")[2].startswith("async")


def _is_thrown_away(it: Generator) -> bool:
    """CML205: a call of it may be a statement."""
    return it.protocol.making is Making.DECORATOR and it.around.is_thrown_away(it.sketch.function.name)


GENERATOR_NEEDS: Mapping[str, Callable[[Generator], bool]] = {
    "CML101": _loses,
    "CML102": _loses,
    "CML103": _loses,
    "CML104": _setup_fails,
    "CML105": _chain_breaks,
    "CML106": _loses,
    "CML107": _keeps,
    "CML108": _waits,
    "CML201": _suppresses,
    "CML202": _suppresses,
    "CML203": _suppresses,
    "CML204": _is_none,
    "CML205": _is_thrown_away,
    "CML301": never,
    "CML302": never,
}
# What a rule finds in a manager that is only resumed, and what it never finds above low confidence.
UNTHROWN = frozenset({"CML104", "CML105", "CML107", "CML108"})
LOW_UNTHROWN = frozenset({"CML104", "CML105", "CML108"})
LOW = frozenset({"CML108", "CML202"})
