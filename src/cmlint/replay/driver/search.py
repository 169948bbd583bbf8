"""Finds the answers to a manager's conditions under which it takes the path that is wanted, and tries the faults there.

Breadth first: the defaults, then one answer turned, then two. The bound is on the number of tries and on their time, so
a path that needs many particular answers may be missed; a path that is reported was run.
"""

from __future__ import annotations

import ast
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .driving import Passage, Runnable, drive
from .namespace import BASE, namespace
from .rewriting import definition_of, names_in, parameters_of, runnable_class, runnable_function
from .world import StepLimit, World

_TRIES = 150
_SECONDS = 4.0
_STEPS = 20_000  # lines of one run


class ReplayError(Exception):
    """Thrown into the manager: what `except Exception` stops."""


class ReplayBaseError(BaseException):
    """Thrown into the manager: what only `except BaseException` stops."""


FAULTS = {"Exception": ReplayError, "BaseException": ReplayBaseError, "GeneratorExit": GeneratorExit}


@dataclass(frozen=True)
class Order:
    """What is to be run, as the parent process sends it: see cmlint.replay.order for each field."""

    text: str
    first_line: int
    kind: str
    is_async: bool
    meanings: Mapping[str, str]
    acquires: tuple[tuple[int, int], ...]
    yields: tuple[int, int] | None
    releases: tuple[int, ...]
    step: tuple[int, int, int, int] | None
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Run:
    """One run: what the world noted, and what came out."""

    world: World
    passage: Passage


@dataclass
class Attempt:
    """One set of answers: the run without a fault, and those with one."""

    quiet: Run
    faults: list[tuple[str, Run, list[int]]] = field(default_factory=list)
    reached: bool = False
    score: tuple[int, ...] = ()


def loaded(order: Order) -> tuple[Runnable, set[str]]:
    """The code of the manager, ready to run, and the names that it uses. Raises CannotRun."""
    node = definition_of(order.text, order.first_line)
    used = names_in(node)
    if isinstance(node, ast.ClassDef):
        private = {name for name in used if name.startswith("__") and not name.endswith("__")}
        used |= {f"_{node.name.lstrip('_')}{name}" for name in private}  # as the compiler will call them
        return Runnable(runnable_class(node, BASE), node.name, order.kind, order.is_async, ()), used
    parameters = tuple(parameters_of(node))
    code = runnable_function(node)
    return Runnable(code, node.name, order.kind, isinstance(node, ast.AsyncFunctionDef), parameters), used


class Search:
    """The tries for one order."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.manager, self.used = loaded(order)
        lines = order.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self.texts = {order.first_line + at: line.strip() for at, line in enumerate(lines)}
        self.tries = 0
        self.quiet: Run | None = None  # takes the path, but the failing step is not on it
        self.failing: list[Run] = []  # come to the failing step, which no run without a fault comes through

    def best(self) -> Attempt:
        """The attempt that follows the witness furthest; the first one that follows all of it ends the search."""
        best: Attempt | None = None
        deadline = time.monotonic() + _SECONDS
        for answers, waiting in self._answers():
            attempt = self.attempt(answers)
            waiting(attempt)
            if best is None or attempt.score > best.score:
                best = attempt
            complete = attempt.score[:2] == (1, 1) and attempt.score[2:4] == self._whole
            if complete or self.tries >= _TRIES or time.monotonic() > deadline:
                break
        assert best is not None
        return best if best.reached else self._joined() or best

    def _joined(self) -> Attempt | None:
        """A step that always raises is on no path without a fault: two runs with different answers are compared."""
        if self.quiet is None or not self.failing:
            return None
        faults = [("Exception", run, self.lost(self.quiet.world, run)) for run in self.failing]
        return Attempt(self.quiet, [max(faults, key=lambda fault: len(fault[2]))], reached=True)

    @property
    def _whole(self) -> tuple[int, int]:
        return len(self.order.acquires), len(self.order.releases)

    def _answers(self) -> Iterator[tuple[dict[str, bool], Any]]:
        queue: deque[dict[str, bool]] = deque([{}])
        seen: set[frozenset[tuple[str, bool]]] = set()

        def turned(attempt: Attempt) -> None:
            asked = dict(attempt.quiet.world.asked)
            for _, run, _ in attempt.faults:
                asked.update(run.world.asked)
            given = attempt.quiet.world.answers
            for question, answer in asked.items():
                other = {**given, question: not answer}
                if question not in given and frozenset(other.items()) not in seen:
                    seen.add(frozenset(other.items()))
                    queue.append(other)

        while queue:
            yield queue.popleft(), turned

    def attempt(self, answers: dict[str, bool]) -> Attempt:
        """Run without a fault, and where the path was reached, with each one."""
        self.tries += 1
        quiet = self.run(answers, None, 0)
        attempt = Attempt(quiet)
        acquired = sum(any(line in quiet.world.lines_before for line in _within(span)) for span in self.order.acquires)
        released = sum(line in quiet.world.lines_after for line in self.order.releases)
        attempt.reached = self._reaches(quiet, acquired, released)
        if attempt.reached:
            attempt.faults = list(self._faults(answers, quiet))
            if not attempt.faults:
                self.quiet = self.quiet or quiet
            attempt.reached = bool(attempt.faults)
        elif quiet.world.candidates and acquired and not quiet.world.after:
            run = self.run(answers, FAULTS["Exception"]("injected by cmlint"), 0)
            self.failing.extend([run] if run.world.injected else [])
        lost = any(lines for _, _, lines in attempt.faults)
        unbroken = quiet.passage.error is None
        attempt.score = (int(attempt.reached), int(lost), acquired, released, int(unbroken))
        return attempt

    def _reaches(self, quiet: Run, acquired: int, released: int) -> bool:
        at, wanted = quiet.passage.yielded_at, self.order.yields
        here = at is not None and (wanted is None or at == 0 or wanted[0] <= at <= wanted[1])
        return here and released > 0 and (acquired > 0 or not self.order.acquires)

    def _faults(self, answers: dict[str, bool], quiet: Run) -> Iterator[tuple[str, Run, list[int]]]:
        places = range(quiet.world.candidates if self.order.step else 1)
        for kind in self.order.faults:
            runs = [self.run(answers, FAULTS[kind]("injected by cmlint"), place) for place in places]
            runs = [run for run in runs if run.world.injected]
            losses = [(run, self.lost(quiet.world, run)) for run in runs]
            if losses:
                run, lines = max(losses, key=lambda loss: len(loss[1]))
                yield kind, run, lines

    def run(self, answers: dict[str, bool], fault: BaseException | None, place: int) -> Run:
        """One run, the fault being raised in the body, or at the operation number `place` of the step."""
        world = World(dict(answers), _STEPS, fault if self.order.step else None, self.order.step, place)
        names = namespace(world, self.used, self.order.meanings)
        passage = drive(self.manager, names, world, None if self.order.step else fault)
        return Run(world, passage)

    def lost(self, quiet: World, run: Run) -> list[int]:
        """The release lines that ran without the fault and not after it, nor anything that does the same."""
        if not self.trusted(run):
            return []
        world = run.world
        texts = {self.texts.get(line) for line in world.lines_after}
        done = {operation.text for operation in world.operations if operation.after}
        ran = quiet.lines_after - world.lines_after - (world.lines_before if self.order.step else set())
        return [
            line
            for line in self.order.releases
            if line in ran
            and self.texts.get(line) not in texts
            and not ((here := _operations_at(quiet, line)) and here <= done)
        ]

    def trusted(self, run: Run) -> bool:
        """Whether the run ended as the real one would: not by an error that a recorder caused, not at the bound."""
        error, world = run.passage.error, run.world
        if error is None or isinstance(error, tuple(FAULTS.values())):
            return True
        if isinstance(error, StepLimit | MemoryError | RecursionError):
            return False
        return any(error is raised or type(error) is raised for raised in world.raised)


def _within(span: tuple[int, int]) -> range:
    return range(span[0], span[1] + 1)


def _operations_at(world: World, line: int) -> set[str]:
    return {operation.text for operation in world.operations if operation.after and operation.line == line}
