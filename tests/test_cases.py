"""Every case holds: as it stands, with `# noqa` at its lines, as its async twin, and its recorded fences agree."""

from __future__ import annotations

import re

import pytest

from casefile import Case, all_cases, record
from cmlint import Applicability, Confidence, Config, Result, Source, check_source, repair_source
from cmlint.checker import dump_manager
from cmlint.report import full

CASES = all_cases()
EVERYTHING = Config(min_confidence=Confidence.LOW)


def checked(text: str, config: Config = EVERYTHING) -> Result:
    return check_source(Source("case.py", text), config)


def reported(result: Result) -> set[tuple[int, str]]:
    return {(finding.span.line, finding.code) for finding in result.findings}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_marked_lines_are_reported_and_no_others(case: Case) -> None:
    assert reported(checked(case.source)) == case.errors


@pytest.mark.parametrize("case", [case for case in CASES if case.unsure], ids=lambda case: case.id)
def test_what_is_marked_so_is_only_reported_at_low_confidence(case: Case) -> None:
    assert reported(checked(case.source, Config())) == case.errors - case.unsure


@pytest.mark.parametrize("case", [case for case in CASES if case.errors], ids=lambda case: case.id)
def test_noqa_at_the_line_silences_it(case: Case) -> None:
    lines = case.source.split("\n")
    for number, code in case.errors:
        lines[number - 1] += f"  # noqa: {code}"
    assert reported(checked("\n".join(lines))) == set()


def async_twin(source: str) -> str | None:
    """The same managers under asynccontextmanager; None where the language has no such thing."""
    if "yield from" in source or "asynccontextmanager" in source or "no async twin" in source:
        return None
    twin = re.sub(r"\bcontextmanager\b", "asynccontextmanager", source)
    return re.sub(
        r"^([ \t]*@[^\n]*manager[^\n]*\n(?:[ \t]*@[^\n]*\n)*)([ \t]*)def ", r"\1\2async def ", twin, flags=re.MULTILINE
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_async_twin_is_judged_alike(case: Case) -> None:
    twin = async_twin(case.source)
    if twin is not None:
        assert reported(checked(twin)) == case.errors


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_repairing_is_idempotent_and_leaves_no_safe_fix(case: Case) -> None:
    once = repair_source(Source("case.py", case.source), EVERYTHING, unsafe=False)
    again = repair_source(Source("case.py", once.text), EVERYTHING, unsafe=False)
    assert again.text == once.text
    assert not again.fixed
    compile(once.text, "case.py", "exec", dont_inherit=True) if "newer python" not in case.claim else None
    assert not [f for f in once.left.findings if f.fix and f.fix.applicability is Applicability.SAFE]


@pytest.mark.parametrize("case", [case for case in CASES if case.recorded], ids=lambda case: case.id)
def test_the_recorded_fences_agree(case: Case, request: pytest.FixtureRequest) -> None:
    fresh = {info: _fresh(case, info) for info in case.recorded}
    if request.config.getoption("--record"):
        record(case, fresh)
    else:
        assert fresh == case.recorded


def _fresh(case: Case, info: str) -> str:
    result = checked(case.source)
    if info == "py fixed":
        return repair_source(Source("case.py", case.source), EVERYTHING, unsafe=False).text
    if info == "py unsafe":
        return repair_source(Source("case.py", case.source), EVERYTHING, unsafe=True).text
    if info == "text full":
        return full.render(result.findings, result.texts).plain.rstrip("\n") + "\n"
    if info == "text no-fix":
        return "".join(f"{finding.no_fix_reason}\n" for finding in result.findings)
    qualname = result.findings[0].qualname if result.findings else _first_manager(case.source)
    return dump_manager(Source("case.py", case.source), qualname)


def _first_manager(source: str) -> str:
    match = re.search(r"contextmanager\n(?:async )?def (\w+)", source)
    assert match
    return match[1]
