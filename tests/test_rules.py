"""A rule's docstring is its page and its test; the codes are the same set everywhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cmlint import Confidence, Config, Source, check_source, repair_source, rule_codes
from cmlint.fix.propose import REPAIRED
from cmlint.rules import CODES, RULES
from cmlint.rules.rule import Rule

PROJECT = Path(__file__).parent.parent


def fence(page: str, heading: str) -> str:
    match = re.search(rf"^## {heading}\n\n```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert match, f"there is no fence under {heading}"
    return match[1]


BESIDE = {"CML106": "CML102"}  # what a handler is too narrow for is lost, which is a finding of its own


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_page_holds(rule: Rule) -> None:
    assert rule.page.startswith(f"# {rule.code} {rule.name}\n")
    for heading in ("Why", "Example", "Use instead", "Fix safety", "Limits"):
        assert f"\n## {heading}\n" in rule.page
    example, instead = fence(rule.page, "Example"), fence(rule.page, "Use instead")
    low = "--min-confidence low" in rule.page
    config = Config(min_confidence=Confidence.LOW if low else Confidence.MEDIUM)
    found = check_source(Source("example.py", example), config).findings
    assert [finding.code for finding in found if finding.code != BESIDE.get(rule.code)] == [rule.code]
    assert check_source(Source("instead.py", instead), config).findings == ()
    repaired = repair_source(Source("example.py", example), config, unsafe=False).text
    assert repaired == (instead if rule.code in REPAIRED else example)
    assert ("There is no fix" in rule.page) is (rule.code not in REPAIRED)


def test_the_codes_are_the_same_set_in_rules_cases_and_changelog() -> None:
    assert len(set(CODES)) == len(CODES)
    cases = "".join(file.read_text("utf-8") for file in (PROJECT / "tests" / "cases").glob("*.md"))
    assert set(re.findall(r"# error: (CML\d+)", cases)) == set(CODES)
    for name in ("CHANGELOG.md", "README.md"):
        assert set(CODES) <= set(re.findall(r"CML\d{3}", (PROJECT / name).read_text("utf-8"))), name


def test_what_is_known_of_the_rules_without_them_is_so() -> None:
    assert {rule.code: rule.name for rule in RULES} == dict(rule_codes.NAMES)
    assert rule_codes.CODES == CODES
    assert {rule.code for rule in RULES if rule.highest is Confidence.LOW} == rule_codes.ONLY_LOW
