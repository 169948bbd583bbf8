"""The shortcuts lose nothing: the funnel has the findings of the whole analysis, on code nobody here wrote."""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cmlint import Confidence, Config, Finder, Reader, SourceError, check_source
from cmlint.rule_codes import CODES
from cmlint.running.cache import Cache
from cmlint.running.funnel import Funnel
from cmlint.screening.class_needs import PAIR_NEEDS
from cmlint.screening.generator_needs import GENERATOR_NEEDS
from cmlint.source import read

STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))


def trees() -> Iterator[Path]:
    """All of the standard library, and the packages of the benchmark that are there already."""
    yield from (file for file in sorted(STANDARD_LIBRARY.rglob("*.py")) if "site-packages" not in file.parts)


@pytest.mark.parametrize("confidence", [Confidence.MEDIUM, Confidence.LOW])
def test_with_and_without_every_shortcut_the_findings_are_the_same(confidence: Confidence) -> None:
    config = Config(min_confidence=confidence)
    funnel = Funnel(Finder(Reader(CODES), {}, fixed=config), Cache(None))
    found = screened = 0
    for file in trees():
        try:
            whole = check_source(read(str(file)), config)
        except SourceError:
            continue  # the test suite has files that do not parse on purpose
        result = funnel.check(str(file)).result
        assert result.findings == whole.findings, file
        assert result.texts == whole.texts
        found += len(whole.findings)
        screened += whole.counts.managers - result.counts.managers
    assert found > 10
    assert screened > 100 or confidence is Confidence.LOW


def test_a_rule_that_the_screen_does_not_know_is_never_screened_out() -> None:
    assert set(GENERATOR_NEEDS) == set(PAIR_NEEDS) == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_one_rule_alone_finds_what_it_finds_among_all(code: str) -> None:
    """`--select` skips what other rules need, and nothing else."""
    folder = STANDARD_LIBRARY / "test"
    every = Config()
    one = replace(every, select=(code,))
    for name in (
        "support/__init__.py",
        "support/os_helper.py",
        "support/socket_helper.py",
        "support/threading_helper.py",
    ):
        if (folder / name).exists():
            path = str(folder / name)
            funnel = Funnel(Finder(Reader(CODES), {}, fixed=one), Cache(None))
            wanted = [finding for finding in check_source(read(path), every).findings if finding.code == code]
            assert list(funnel.check(path).result.findings) == wanted
