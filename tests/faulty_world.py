"""A world in which one step fails: what a manager does to it is noted, and can be held against what was expected."""

from __future__ import annotations


class Fault(Exception):
    """The one that is injected."""


class World:
    """Notes what is done, and raises at the step that has the number `failing`, from 0."""

    def __init__(self, failing: int | None) -> None:
        self.failing = failing
        self.log: list[str] = []
        self.fault = Fault()

    def step(self, what: str) -> None:
        """Do `what`. Raises the fault at its number."""
        self.log.append(what)
        if len(self.log) - 1 == self.failing:
            raise self.fault
