"""The subprocess: reads an order from standard input, searches behind its fences, prints an answer."""

from __future__ import annotations

import gc
import json
import sys
from typing import Any

from . import fences
from .rewriting import CannotRun
from .search import Attempt, Order, Run, Search


def main(seconds: int, memory: int) -> None:
    """Answer one order as a JSON object on standard output."""
    order = _order(json.load(sys.stdin))
    out = sys.stdout
    gc.disable()  # a half-run generator that is collected later must not run its clean-up in the middle of another run
    fences.limit(seconds, memory)
    fences.arm()
    out.write(json.dumps(_answer(order)))
    out.flush()


def _order(given: dict[str, Any]) -> Order:
    return Order(
        text=given["text"],
        first_line=given["first_line"],
        kind=given["kind"],
        is_async=given["is_async"],
        meanings=given["meanings"],
        acquires=tuple((first, last) for first, last in given["acquires"]),
        yields=tuple(given["yields"]) if given["yields"] else None,
        releases=tuple(given["releases"]),
        step=tuple(given["step"]) if given["step"] else None,
        faults=tuple(given["faults"]),
    )


def _answer(order: Order) -> dict[str, Any]:
    try:
        search = Search(order)
        best = search.best()
    except CannotRun as error:
        return {"reached": False, "reason": str(error), "tries": 0}
    except MemoryError:
        return {"reached": False, "reason": "it needs more memory than a replay may take", "tries": 0}
    answer: dict[str, Any] = {"reached": best.reached, "tries": search.tries}
    if not best.reached:
        return {**answer, "reason": _reason(order, best)}
    answers = {**best.quiet.world.asked, **best.quiet.world.answers}
    for _, run, _ in best.faults:  # what holds without the fault only says nothing about the path
        answers = {each: answer for each, answer in answers.items() if run.world.asked.get(each, answer) == answer}
    return {
        **answer,
        "answers": answers,
        "given": best.quiet.world.answers,
        "unpacked": best.quiet.world.unpacked,
        "quiet": _noted(best.quiet, order, search),
        "faults": [{**_noted(run, order, search), "fault": kind, "lost": lost} for kind, run, lost in best.faults],
    }


def _noted(run: Run, order: Order, search: Search) -> dict[str, Any]:
    world = run.world
    return {
        "before": sorted(world.lines_before),
        "after": sorted(world.lines_after),
        "operations": [[each.line, each.text, each.after] for each in world.operations],
        "error": _error(run),
        "trusted": search.trusted(run),
        "failed": world.failed,
        "yielded_at": run.passage.yielded_at or None,
    }


def _error(run: Run) -> str | None:
    """`injected` for the fault itself, None when nothing left the manager, else what did."""
    error = run.passage.error
    if error is None:
        return None
    if str(error) == "injected by cmlint":
        return "injected"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _reason(order: Order, best: Attempt) -> str:
    quiet = best.quiet
    if quiet.passage.error is not None and type(quiet.passage.error).__name__ == "StepLimit":
        return "it does not come to an end: a run was stopped after 20,000 lines"
    if quiet.passage.error is not None:
        return f"no run came through the path: it ended with {_error(quiet)}"
    if quiet.passage.yielded_at is None:
        return "no run came to the yield"
    if not any(line in quiet.world.lines_after for line in order.releases):
        return "no run came to a release after the body"
    if order.step:
        return "no run came to the failing step, or nothing that the recorders see happens there"
    return "no run took the path of the witness"
