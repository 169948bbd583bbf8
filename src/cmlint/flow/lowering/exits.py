"""The ways out of a piece of code, and how `finally` and `with` wrap every one of them.

Finally splitting: each exit gets its own copy of the clean-up code, which then goes on to that exit. Exits that
go on to the same node share one copy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from cmlint.flow.reading.events import Fault


@dataclass(frozen=True, slots=True)
class Exits:
    """Where control goes: for each class of exception, for `return`, `break`, `continue`, and for a bare `raise`.

    `reraise` is set inside an exception handler, and `caught` where that names the exception; outside of one, a bare
    `raise` is a RuntimeError. `return_false` is set where it matters whether the returned value is false: in an
    `__exit__` that an exception has entered.
    """

    raises: tuple[tuple[Fault, int], ...]
    return_: int
    break_: int | None = None
    continue_: int | None = None
    reraise: int | None = None
    return_false: int | None = None
    caught: str | None = None

    def raising(self, fault: Fault) -> int:
        """Where an exception of class `fault` goes."""
        return dict(self.raises)[fault]

    def in_loop(self, break_: int, continue_: int) -> Exits:
        """The exits of a loop's body."""
        return replace(self, break_=break_, continue_=continue_)

    def raising_to(self, raises: dict[Fault, int]) -> Exits:
        """The same exits with other targets for exceptions."""
        return replace(self, raises=tuple(raises.items()))

    def handling(self, fault: Fault, caught: str | None) -> Exits:
        """The exits of a handler that deals with `fault`, and may name it."""
        return replace(self, reraise=self.raising(fault), caught=caught)

    def through(self, copy: Callable[[int], int], on_raise: Callable[[int, Fault], int] | None = None) -> Exits:
        """The exits behind a clean-up: `copy(target)` is a copy of it that goes on to `target`.

        `on_raise` makes the copies for exceptions where they differ (a `with` that may suppress some of them).
        """
        copies: dict[tuple[Fault | None, int], int] = {}

        def shared(target: int, fault: Fault | None = None) -> int:
            fault = None if on_raise is None else fault
            if (fault, target) not in copies:
                made = copy(target) if on_raise is None or fault is None else on_raise(target, fault)
                copies[fault, target] = made
            return copies[fault, target]

        def shared_if_any(target: int | None, fault: Fault | None = None) -> int | None:
            return None if target is None else shared(target, fault)

        return Exits(
            raises=tuple((fault, shared(target, fault)) for fault, target in self.raises),
            return_=shared(self.return_),
            break_=shared_if_any(self.break_),
            continue_=shared_if_any(self.continue_),
            reraise=shared_if_any(self.reraise, Fault.EXCEPTION),
            return_false=shared_if_any(self.return_false),
            caught=self.caught,
        )
