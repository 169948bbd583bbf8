"""No crash on code nobody here wrote: the standard library, with every generator taken for a manager."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from cmlint import Confidence, Config, Source, SourceError, check_source, repair_source
from cmlint.fix.propose import Repairs
from cmlint.flow.manager import analyse
from cmlint.flow.reading.tree import NotAnalysed
from cmlint.knowledge.loader import shipped
from cmlint.outlining import outline
from cmlint.source import read
from cmlint.subjects import Subject

STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))
EVERYTHING = Config(min_confidence=Confidence.LOW)


def sources() -> list[Source]:
    found = []
    for file in sorted(STANDARD_LIBRARY.rglob("*.py")):
        if "site-packages" not in file.parts:
            try:
                found.append(read(str(file)))
            except SourceError:
                continue  # the test suite has files that can't be decoded on purpose
    return found


def test_checking_and_repairing_everything_ends_well_and_is_idempotent() -> None:
    managers = 0
    left_out: list[str] = []
    for source in sources():
        if "contextmanager" not in source.text and "__exit__" not in source.text:
            continue
        try:
            result = check_source(source, EVERYTHING)
        except SourceError:
            continue  # files that do not parse on purpose
        managers += result.counts.managers
        # A class with very many branches is left out, and said; nothing else may be.
        left_out += [str(note) for note in result.notes]
        once = repair_source(source, EVERYTHING, unsafe=True)
        assert repair_source(Source(source.path, once.text), EVERYTHING, unsafe=True).text == once.text
        compile(once.text, source.path, "exec", dont_inherit=True)
    assert managers > 150
    assert len(left_out) <= managers / 100, left_out
    assert all("more than" in note for note in left_out), left_out


@pytest.mark.parametrize("part", range(4))
def test_any_generator_can_be_analysed_as_a_manager(part: int) -> None:
    """Far more shapes than real managers have: every function with a yield in it goes through all passes."""
    knowledge = shipped()
    (protocol,) = knowledge.protocols_of("contextlib.contextmanager")
    analysed = left_out = 0
    for source in sources()[part::4]:
        if "yield" not in source.text:
            continue
        whole = outline(source.text)
        for definition in whole.definitions:
            body = source.text.split("\n")[definition.line : definition.end_line]
            if definition.is_class or not any(line.strip().startswith(("yield", "x = yield")) for line in body):
                continue
            try:
                manager = analyse(Subject(definition, whole, protocol, knowledge))
                leaks = manager.leaks  # may say as well that there are too many states
                analysed += 1
            except NotAnalysed:
                left_out += 1
                continue
            if leaks:
                assert Repairs(manager).of_leaks is not None
    assert analysed > 100
    assert left_out <= analysed / 50
