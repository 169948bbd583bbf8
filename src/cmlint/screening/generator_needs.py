"""What each rule needs to see in a generator before it can find anything: a question about a sketch, for each code.

Each answer approximates from above: "no" is only said where no path of the graph can make the finding. A code without
an entry is never screened out. The words come from the knowledge base; a call of a function of the same file may do
anything that a call can do.
`tests/test_screen.py` holds the screen against the whole analysis.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from cmlint.knowledge.entries import Making, Protocol
from cmlint.screening.bound import Bound, bound_in, chain_of
from cmlint.screening.fallible import may_fail_in_cleanup, may_fail_in_setup
from cmlint.screening.keeping import may_keep
from cmlint.screening.sketch import Doing, Sketch
from cmlint.screening.steps import (
    breaks,
    fails_behind,
    imports,
    is_helper,
    may_release,
    more_than_forgetting,
    never,
    releases_behind,
    wraps,
)
from cmlint.screening.surroundings import Surroundings

_STORING = re.compile(r"(?:\.\w+|\])\s*(?::[^=\n]+)?=(?!=)|\.(?:append|add|put)\(")  # see `flow.losses.stowed`


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
    def bound(self) -> Bound:
        """What it binds: a call of a name that is handed in can fail."""
        return bound_in(self.sketch.function)

    def may_fail_in_setup(self, doing: Doing) -> bool:
        """Whether a step of its setup can fail in operation."""
        return may_fail_in_setup(doing, self.bound, self.around, risky=self.risky)

    def may_fail_in_cleanup(self, doing: Doing) -> bool:
        """Whether a step of its clean-up can."""
        return may_fail_in_cleanup(doing, self.bound, self.around)


def _loses(it: Generator) -> bool:
    """CML101, CML103: something stands behind the yield that an exception skips."""
    return any(map(may_release, it.sketch.after))


def _half_makes(it: Generator) -> bool:
    """CML102, CML106: the same, or a handler may remove what a success leaves."""
    return _loses(it) or any(isinstance(doing.node, ast.Call) and may_release(doing) for doing in it.sketch.handled)


def _setup_fails(it: Generator) -> bool:
    """CML104: something can fail behind another step of the setup, and something is cleaned up that this skips.

    Or it makes a known resource, and that may be a local yet (`flow.losses.stowed`).
    """
    releases = [doing for doing in it.sketch.cleanup if may_release(doing)]
    if releases and imports(it.sketch.function):
        return True
    inside = it.sketch.setup
    if not _loses(it) and not (_STORING.search(it.text) and it.around.may_keep(it.text)):
        helped = {doing.block for doing in releases if is_helper(doing, it.around)}
        straight = it.sketch.straight - helped
        inside = [doing for doing in inside if any(not _runs(each, doing, straight) for each in releases)]
    failing = {id(doing) for doing in inside if it.may_fail_in_setup(doing)}
    if it.around.may_be_returned(it.sketch.function.name):
        return bool(failing)  # what its caller acquired is lost then
    if fails_behind(it.sketch.setup, lambda doing: id(doing) in failing, it.around):
        return True
    return it.around.may_keep(it.text) and wraps(it.sketch.setup, lambda doing: id(doing) in failing)


def _runs(release: Doing, doing: Doing, straight: set[int]) -> bool:
    """Whether a step of the clean-up also runs when a step of the setup fails: it stands in the `finally` for it."""
    return release.block in doing.guards and release.block in straight


def _chain_breaks(it: Generator) -> bool:
    """CML105: a step of the clean-up can fail, and another stands behind it."""
    cleanup = it.sketch.cleanup
    releasing = more_than_forgetting(filter(may_release, cleanup), [*it.sketch.after, *cleanup])
    return _loses(it) or breaks(cleanup, releasing, it.may_fail_in_cleanup, it.around, releases_behind)


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
    "CML102": _half_makes,
    "CML103": _loses,
    "CML104": _setup_fails,
    "CML105": _chain_breaks,
    "CML106": _half_makes,
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
