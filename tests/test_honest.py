"""Kept honest by CPython: managers from a grammar are run, with a fault at every event, before and after the fix.

The number of managers is set by the hypothesis profile: `HYPOTHESIS_PROFILE=nightly` tries many thousand.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator

from hypothesis import HealthCheck, given, note, settings

from cmlint import Applicability, Confidence, Config, Source, check_source, repair_source
from grammar import Outcome, managers, run

# What is lost when the body raises, and what the manager's own faults lose.
EVERYTHING = Config(select=("CML101", "CML102", "CML103", "CML106"), min_confidence=Confidence.LOW)
OWN_FAULTS = Config(select=("CML104", "CML105"), min_confidence=Confidence.LOW)
FLAGS = tuple(itertools.product([True, False], repeat=2))

settings.register_profile("default", max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile("nightly", max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def outcomes(source: str, flags: tuple[bool, ...]) -> dict[object, Outcome]:
    """What happens without a fault, with one in the body, and with one at every event, as two kinds of exceptions."""
    quiet = run(source, flags, None, ValueError())
    found: dict[object, Outcome] = {None: quiet}
    for make in (ValueError, LookupError, KeyboardInterrupt):
        calls = (number for number, event in enumerate(quiet.log) if not event.startswith(("set", "leave")))
        for fault in ("body", *calls):
            error = make("injected")
            outcome = run(source, flags, fault, error)
            assert outcome.error is error, "the same exception object comes out"
            found[make, fault] = outcome
    return found


def loses(outcome: Outcome) -> bool:
    return bool(outcome.held or outcome.changed)


@given(managers())
def test_what_is_flagged_leaks_and_what_is_not_does_not(source: str) -> None:
    note(source)
    flagged = bool(check_source(Source("manager.py", source), EVERYTHING).findings)
    leaks = False
    for flags in FLAGS:
        quiet = run(source, flags, None, ValueError())
        if quiet.error is None and not loses(quiet):
            leaks |= loses(run(source, flags, "body", LookupError("injected")))
    assert flagged == leaks


@given(managers())
def test_a_safe_fix_only_adds_releases(source: str) -> None:
    note(source)
    result = check_source(Source("manager.py", source), EVERYTHING)
    repaired = repair_source(Source("manager.py", source), EVERYTHING, unsafe=False)
    note(repaired.text)
    if not repaired.changed:
        assert not [f for f in result.findings if f.fix and f.fix.applicability is Applicability.SAFE]
        return
    assert not repaired.left.findings
    for fault, _, after, quiet in only_releases_added(source, repaired.text):
        if fault is not None and fault[1] == "body":  # type: ignore[index]
            assert loses(after) <= loses(quiet)


@given(managers(protected=True))
def test_a_safe_fix_of_a_fault_in_setup_or_cleanup_only_adds_releases(source: str) -> None:
    note(source)
    repaired = repair_source(Source("manager.py", source), OWN_FAULTS, unsafe=False)
    note(repaired.text)
    for _, before, after, _ in only_releases_added(source, repaired.text):
        assert after.held <= before.held


def only_releases_added(source: str, repaired: str) -> Iterator[tuple[object, Outcome, Outcome, Outcome]]:
    """Each fault, with what happens before and after the repair, and after it without a fault, compared."""
    for flags in FLAGS:
        old, new = outcomes(source, flags), outcomes(repaired, flags)
        assert new[None].log == old[None].log
        for fault, before in old.items():
            after = new[fault]
            assert type(after.error) is type(before.error)
            assert str(after.error) == str(before.error)
            _only_releases_added(list(before.log), list(after.log))
            yield fault, before, after, new[None]


def _only_releases_added(before: list[str], after: list[str]) -> None:
    position = 0
    for event in after:
        if position < len(before) and event == before[position]:
            position += 1
        else:
            assert event.startswith(("close", "set")), event
    assert position == len(before)
