"""Hard inputs end in bounded time and memory; what is not analysed is said."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cmlint.findings import Confidence, Finding, Role, Span, Step
from cmlint.report.formats import render
from cmlint.results import Result
from conftest import Run
from hard_inputs import HARD

_SECONDS = 100  # some need ten on a busy machine; what grows without a bound needs hours


@pytest.mark.parametrize("make", HARD)
def test_a_hard_input_ends(cmlint: Run, tmp_path: Path, make: Callable[[], str]) -> None:
    (tmp_path / "hard.py").write_text(make())
    began = time.monotonic()
    result = cmlint("--output-format", "concise", "--statistics", "hard.py")
    assert time.monotonic() - began < _SECONDS
    assert result.returncode in (0, 1)
    if result.returncode == 0 and make.__name__ != "many_attributes":
        assert "was not analysed: " in result.stderr
    if make.__name__ == "many_managers":
        assert len(result.stdout.splitlines()) == 100


def test_a_finding_with_thousands_of_steps_is_printed() -> None:
    steps = [Step(Span(line, 5, line, 9), Role.ACQUIRED, "opened here") for line in range(1, 2001)]
    finding = Finding(
        code="CML102",
        name="unreleased-resource",
        message="all of them stay open",
        kind="file",
        confidence=Confidence.HIGH,
        path="hard.py",
        span=steps[0].span,
        qualname="hard",
        witness=(*steps, Step(steps[0].span, Role.LOST, "`hard` is left")),
        cleanup_lines=(),
        success_only_lines=(),
        no_fix_reason="there are too many",
    )
    began = time.monotonic()
    text = render("full", Result(findings=(finding,), texts={"hard.py": "    file\n" * 2001}))
    assert time.monotonic() - began < _SECONDS
    assert text.count("opened here") == 2000
