"""The shortcuts lose nothing: the funnel has the findings of the whole analysis, on code nobody here wrote."""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import casefile
from cmlint import Confidence, Config, Finder, Reader, SourceError, check_source
from cmlint.knowledge.anchors import triggers_of
from cmlint.knowledge.entries import Making
from cmlint.knowledge.loader import shipped
from cmlint.knowledge.rare_letters import searches
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


@pytest.mark.parametrize("confidence", [Confidence.MEDIUM, Confidence.LOW])
def test_the_findings_of_all_cases_are_the_same_too(confidence: Confidence, tmp_path: Path) -> None:
    """The cases hold every shape that some rule tells, so the screen has to let each through."""
    config = Config(min_confidence=confidence)
    funnel = Funnel(Finder(Reader(CODES), {}, fixed=config), Cache(None))
    cases = [case for file in sorted(casefile.FOLDER.glob("*.md")) for case in casefile.read(file)]
    assert len(cases) > 500
    for case in cases:
        path = tmp_path / "case.py"
        path.write_text(case.source, "utf-8")
        wanted = check_source(read(str(path)), config).findings
        assert funnel.check(str(path)).result.findings == wanted, case.id


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


def test_the_words_of_each_protocol_are_seen_and_none_of_them_can_be_missing() -> None:
    knowledge = shipped()
    triggers = triggers_of(knowledge)
    for making, words in knowledge.triggers:
        found = triggers.words_in(f"import {' '.join(words)}".encode())
        assert words <= found
        assert triggers.may_hand_over(found) or making is not Making.CALL
        for word in words:
            others = " ".join(words - {word})
            assert word in others or not words <= triggers.words_in(f"import {others}".encode())


@pytest.mark.parametrize(
    ("text", "may_use"),
    [
        ("import os, dishka\n@dishka.provide\n", True),
        ("import os, \\\n    dishka\n@dishka.provide\n", True),
        ("import os, \\\r\n    dishka\r\n@dishka.provide\r\n", True),
        ("from app import *\n@dishka.provide\n", True),
        ("from app import \\\n *\n@dishka.provide\n", True),
        ("from app import*\n@dishka.provide\n", True),
        ("import os\n# as dishka.provide does\n", False),
        ("@dishka.provide\n", False),
        ("from \\\n dishka \\\n import provide\n@provide\n", True),
        ("from dishka import (\n    provide,\n)\n@provide\n", True),
        ("if True: import os; import dishka", False),
        ("if True: import os; import dishka, provide", True),
        ("\\\nimport dishka, provide", True),
        ("import os\n@pytest.fixture\n", False),
        ("import os, pytest\n@pytest.fixture\n", True),
    ],
)
def test_a_module_has_to_be_imported_by_its_name_or_a_star(text: str, may_use: bool) -> None:
    assert bool(triggers_of(shipped()).words_in(text.encode())) == may_use


@pytest.mark.parametrize(
    "words", [["fixture", "exit__", "hook"], ["contextmanager", "cleanup_ctx"], ["a.x", "b.x", "q"]]
)
def test_words_that_share_a_rare_letter_are_found_wherever_they_stand_and_nothing_else_is(words: list[str]) -> None:
    found = searches(tuple(word.encode() for word in words))
    assert len(found) < len(words)
    for word in words:
        assert any(search(f"x x{word}x x".encode()) for search in found)
        assert not any(search(f"x{word[:-1]} {word[1:]}x bxx".encode()) for search in found)


RULED_OUT = {
    "a method that ends with a bracket stands above, and no decorator": """
class File:
    def read(self):
        return self.raw.read(
            10
        )

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.raw.close()
""",
    "the constructor of another class starts a thread": """
import threading

class Pump:
    def __init__(self):
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

class File:
    def __init__(self, raw):
        self.raw = raw

    def __enter__(self):
        self.raw.used = True
        return self

    def __exit__(self, *error):
        self.raw.close()
""",
    "a fixture is given values, and no function of the file": """
import pytest

@pytest.fixture(params=[int, str])
def kind(request):
    yield request.param
""",
    "nothing is acquired, and the one release that can fail is the last": """
class Writer:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        self.raw.close()
        self.out.flush()
""",
    "behind what can fail a reference is forgotten": """
class Lock:
    def __enter__(self):
        self.handle = make()
        return self

    def __exit__(self, *error):
        self.handle.flush()
        self.handle = None
""",
    "a module is named of which another function can fail": """
import os
from contextlib import contextmanager

@contextmanager
def named(registry, folder):
    registry.add(folder)
    name = os.path.basename(folder)
    try:
        yield name
    finally:
        registry.drop(folder)
""",
    "another object has a method that is called as a function of the file": """
class Service:
    def __enter__(self):
        self.server.stop()
        return self

    def __exit__(self, *error):
        self.server.stop()
        self.other.close()

def stop():
    sock.sendall(b"bye")
    sock.close()
""",
}
LEFT_IN = {
    "its own constructor starts a thread": """
import threading

class Pump:
    def __init__(self):
        self.thread = threading.Thread(target=self.work)
        self.thread.start()
        self.file = open(self.path)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.thread.join()
""",
    "a file is copied to a place, by a function with another name": """
from shutil import copy as duplicate
from contextlib import contextmanager

@contextmanager
def changed(path):
    path.hidden = True
    duplicate(path, path.other)
    try:
        yield
    finally:
        path.hidden = False
""",
    "a process is started": """
from multiprocessing import Process
from contextlib import contextmanager

@contextmanager
def watched(watch):
    watch.begun = True
    watch.process.start()
    try:
        yield watch
    finally:
        watch.begun = False
""",
    "a method is decorated, over several lines": """
class File:
    def __enter__(self):
        return self

    @measured(
        "exit"
    )
    # which takes a while

    def __exit__(self, *error):
        self.raw.close()
""",
    "a function of the file is handed over": """
from contextlib import contextmanager

def opened(path):
    file = connect(path)
    yield file
    file.close()

manager = contextmanager(opened)
""",
    "a helper flushes before it closes": """
class Writer:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        self.out.flush()
        self.out.close()
""",
    "a clean-up step says at its end that it talks to another machine": """
class Session:
    def __enter__(self):
        self.lock.acquire()
        return self

    def __exit__(self, *error):
        self.use_comm_rpc(1)
        self.lock.release()
""",
    "what is set to nothing is also put back": """
class Patched:
    def __enter__(self):
        self.old = module.value
        module.value = 1

    def __exit__(self, *error):
        self.out.flush()
        if self.old:
            module.value = self.old
        else:
            module.value = None
""",
    "a local stands for a function that can fail": """
import subprocess
from contextlib import contextmanager

@contextmanager
def named(registry, folder):
    registry.add(folder)
    made = subprocess.Popen(["make"])
    made.go()
    try:
        yield
    finally:
        registry.drop(folder)
""",
}


@pytest.mark.parametrize("text", RULED_OUT.values(), ids=list(RULED_OUT))
def test_what_can_have_no_finding_is_not_parsed(text: str, tmp_path: Path) -> None:
    assert _passes_for(text, tmp_path) == (1, 0)


@pytest.mark.parametrize("text", LEFT_IN.values(), ids=list(LEFT_IN))
def test_what_may_have_one_is(text: str, tmp_path: Path) -> None:
    assert _passes_for(text, tmp_path) == (0, 1)


def _passes_for(text: str, folder: Path) -> tuple[int, int]:
    """How many files with this text are screened out, and how many are parsed."""
    (folder / "one.py").write_text(text, encoding="utf-8")
    counts = Funnel(Finder(Reader(CODES), {}, fixed=Config()), Cache(None)).check(str(folder / "one.py")).result.counts
    return counts.screened, counts.parsed
