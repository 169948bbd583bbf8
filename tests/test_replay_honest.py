"""Replays, the analysis and runs in a real world agree on managers from a grammar, and after their repair."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, given, note, settings

from cmlint import Source, check_source, repair_source
from cmlint.findings import Verdict
from cmlint.replay.commands import replayed as replay
from grammar import managers, run
from test_honest import EVERYTHING, FLAGS, loses

# Each example starts a few interpreters.
COUNT = 300 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 15
FEW = settings(max_examples=COUNT, deadline=None, suppress_health_check=list(HealthCheck))


def leaks(source: str) -> bool:
    """Whether a failing body really loses something that a run without a fault releases, under some flags."""
    for flags in FLAGS:
        quiet = run(source, flags, None, ValueError())
        if quiet.error is None and not loses(quiet) and loses(run(source, flags, "body", LookupError("injected"))):
            return True
    return False


@FEW
@given(managers())
def test_a_replay_says_lost_where_the_real_run_loses_and_kept_where_it_does_not(source: str) -> None:
    note(source)
    replays = [each.replay for _, each in replay(Source("manager.py", source), "manager", EVERYTHING)]
    note([str(each) for each in replays])
    assert all(each.verdict is Verdict.CONFIRMED for each in replays)
    assert any(each.lost for each in replays) == leaks(source)


@FEW
@given(managers())
def test_what_is_lost_are_the_lines_that_the_witness_names_and_nothing_after_the_repair(source: str) -> None:
    note(source)
    repaired = repair_source(Source("manager.py", source), EVERYTHING, unsafe=False)
    if not repaired.changed:
        return
    found = check_source(Source("manager.py", source), EVERYTHING).findings
    replays = [each.replay for _, each in replay(repaired.source, "manager", EVERYTHING)]
    lost = {line for each in replays for line in each.lost}
    assert lost <= {line for finding in found for line in finding.cleanup_lines}
    after = [each.replay for _, each in replay(Source("manager.py", repaired.text), "manager", EVERYTHING)]
    note(repaired.text)
    assert all(each.verdict is Verdict.CONFIRMED and not each.lost for each in after)
