"""Replays findings, and managers without any: order, run, verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cmlint.checker import Marks
from cmlint.config import Config
from cmlint.findings import Finding, Replay, Trial, Verdict
from cmlint.flow.manager import Manager
from cmlint.knowledge.of_settings import knowledge_of
from cmlint.outlining import outline
from cmlint.replay.order import NotReplayable, Order, order_for_finding, orders_without_finding
from cmlint.replay.subprocesses import answer_to
from cmlint.source import Source
from cmlint.subjects import Subject, handed_to, subjects_of


@dataclass(frozen=True)
class Observed:
    """A replay, and all that was noted on the way; `answer` is the driver's, or None where it has none."""

    replay: Replay
    order: Order | None = None
    answer: Mapping[str, Any] | None = None


def subjects_in(source: Source, config: Config, marks: Marks) -> list[Subject]:
    """The managers of a text that is known to be Python."""
    whole = outline(source.text)
    return list(subjects_of(whole, knowledge_of(config), handed_to(source.path, whole, marks)))


def subject_of(finding: Finding, subjects: Iterable[Subject]) -> Subject | None:
    """The manager that `finding` is about."""
    for subject in subjects:
        parts = [subject.definition] if subject.exit is None else [subject.definition, subject.exit]
        within = any(part.first_line <= finding.span.line <= part.end_line for part in parts)
        if within and finding.qualname in {subject.qualname, *(part.qualname for part in parts)}:
            return subject
    return None


def observed(finding: Finding, subjects: Iterable[Subject]) -> Observed:
    """Replay one finding."""
    subject = subject_of(finding, subjects)
    try:
        if subject is None:
            raise NotReplayable("its function was not found again")
        order = order_for_finding(finding, subject)
        answer = answer_to(order.as_json)
    except NotReplayable as why:
        return Observed(Replay(Verdict.NOT_REPLAYED, str(why)))
    replay = _replay(order, answer)
    if replay.verdict is Verdict.NOT_REPLAYED:
        return Observed(replay, order, answer)
    if any(trial.lost for trial in replay.trials):  # a handler may release after some of them
        return Observed(replace(replay, verdict=Verdict.CONFIRMED), order, answer)
    reason = f"after {_the(replay.trials[0].fault)} every release that this path has was run"
    return Observed(replace(replay, verdict=Verdict.CONTRADICTED, reason=reason), order, answer)


def observed_without_finding(manager: Manager) -> list[Observed]:
    """Replay a manager in which nothing is found, once for each yield that something is released after.

    A yield that no run reaches with something to release is left out where another one is.
    """
    try:
        orders = orders_without_finding(manager)
        if not orders:
            raise NotReplayable("nothing is known that it acquires and releases")
        found = [replayed_order(order) for order in orders]
    except NotReplayable as why:
        return [Observed(Replay(Verdict.NOT_REPLAYED, str(why)))]
    reached = [each for each in found if each.replay.verdict is not Verdict.NOT_REPLAYED]
    return reached or found[:1]


def replayed_order(order: Order) -> Observed:
    """Replay a path on which nothing is said to be lost. Raises NotReplayable."""
    answer = answer_to(order.as_json)
    replay = _replay(order, answer)
    if replay.verdict is not Verdict.NOT_REPLAYED:
        verdict = Verdict.CONTRADICTED if replay.lost else Verdict.CONFIRMED
        reason = "a release was skipped where the analysis says that none is" if replay.lost else None
        replay = replace(replay, verdict=verdict, reason=reason)
    return Observed(replay, order, answer)


def _replay(order: Order, answer: Mapping[str, Any]) -> Replay:
    """What the driver answered, as a value; its verdict is only final where it could not be replayed."""
    if not answer["reached"]:
        return Replay(Verdict.NOT_REPLAYED, answer["reason"], order.protocol, tries=answer["tries"])
    released = tuple(line for line in order.releases if line in answer["quiet"]["after"])
    trials = tuple(
        Trial(
            fault=each["fault"],
            ran=tuple(line for line in order.releases if line in each["after"]),
            lost=tuple(each["lost"]),
            left_with=each["error"],
        )
        for each in answer["faults"]
    )
    broken = next((each for each in answer["faults"] if not each["trusted"]), None)
    verdict = Verdict.NOT_REPLAYED if broken is answer["faults"][0] else Verdict.CONFIRMED
    return Replay(
        verdict=verdict,
        reason=f"what a recorder stood for is needed after the fault: {broken['error']}" if broken else None,
        protocol=order.protocol,
        released=released,
        failing=order.step[0] if order.step else None,
        trials=trials,
        answers=tuple(sorted(answer["answers"].items())),
        tries=answer["tries"],
    )


def _the(fault: str) -> str:
    return f"an {fault}" if fault[0] in "AEIOU" else f"a {fault}"
