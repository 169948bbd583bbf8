"""Whether a step may ask something outside the program, or begin or end one of several things, told from its names.

See `outside` and `in_turn` of `flow.failing`. Approximates from above: a name that is bound, or handed in, may stand
for anything outside that the file speaks of.
"""

from __future__ import annotations

import ast
from functools import cached_property
from itertools import pairwise

from cmlint.knowledge.entries import Knowledge
from cmlint.knowledge.outside import asks, is_outside
from cmlint.knowledge.waiting import waits_in_vain
from cmlint.screening.bound import Bound, chain_of
from cmlint.screening.failing import words_of
from cmlint.screening.sketch import Doing
from cmlint.screening.words import names_in

_OBJECTS = frozenset({"self", "cls"})  # what they hold goes by its own name


class Outside:
    """What one file may ask."""

    def __init__(self, text: str, knowledge: Knowledge) -> None:
        self._text = text
        self._knowledge = knowledge

    def may_be_asked(self, doing: Doing, bound: Bound) -> bool:
        """Whether a step may be a call on what is outside, by its name or under another one.

        Under another one it may be a device, to stop which may fail.
        """
        chain = chain_of(doing.node.func) if isinstance(doing.node, ast.Call) else []
        if len(chain) < 2 or not asks(chain[-1], words_of(chain[-1]), device=True):
            return False
        if (chain[0] in bound.names or _is_handed_in(chain[0], bound)) and self._is_spoken_of:
            return True
        device = not self._knowledge.fallible_devices.isdisjoint(words_of(chain[-2]))
        return self._is_one(chain[-2]) and asks(chain[-1], words_of(chain[-1]), device=device)

    def may_be_given(self, doing: Doing, bound: Bound) -> bool:
        """Whether a function may be given what is outside, to work with it."""
        call = doing.node
        if not isinstance(call, ast.Call) or isinstance(call.func, ast.Attribute) or not call.args:
            return False
        chain = chain_of(call.args[0])
        named = bool(chain) and (chain[0] in bound.names or _is_handed_in(chain[0], bound))
        return bool(chain) and (self._is_one(chain[-1]) or (named and self._is_spoken_of))

    def may_begin_in_turn(self, doing: Doing, bound: Bound) -> bool:
        """Whether a step may begin one of the things that a loop runs over."""
        return _is_in_turn(doing, self._knowledge.begun_in_turn, bound)

    def may_end_in_turn(self, doing: Doing, bound: Bound) -> bool:
        """Whether a step may end one of them."""
        return _is_in_turn(doing, self._knowledge.ended_in_turn, bound)

    def _is_one(self, name: str) -> bool:
        return is_outside(words_of(name), self._knowledge)

    @cached_property
    def _is_spoken_of(self) -> bool:
        """Whether any name of the file is one of something outside."""
        return any(map(self._is_one, set(names_in(self._text))))


def may_wait_in_vain(call: ast.Call) -> bool:
    """Whether a call may wait for a limited time for something that does not come."""
    name = chain_of(call.func)[-1]
    return waits_in_vain(name, words_of(name), [keyword.arg for keyword in call.keywords if keyword.arg is not None])


def _is_in_turn(doing: Doing, verbs: frozenset[str], bound: Bound) -> bool:
    chain = chain_of(doing.node.func) if isinstance(doing.node, ast.Call) else []
    if len(chain) < 2 or not (doing.looped or _is_handed_in(chain[0], bound)):
        return False
    words = words_of(chain[-1])
    two = {one + other for one, other in pairwise(words)}  # `tear_down`
    return not verbs.isdisjoint(two.union(words))


def _is_handed_in(name: str, bound: Bound) -> bool:
    return name in bound.handed and name not in _OBJECTS
