"""What is remembered of one version of a text changes no finding of the next: random edits, compared with no memory."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from cmlint.checker import check_source
from cmlint.config import Config
from cmlint.findings import Confidence
from cmlint.lsp.checking import Checking
from cmlint.results import Result
from cmlint.source import Source, SourceError
from test_neighbours import HUB, LOUD, QUIET

CONFIG = Config(min_confidence=Confidence.LOW)

TEXT = '''\
import sqlite3
from contextlib import contextmanager
from multiprocessing import Process

LIMIT = 3


def start(target):
    process = Process(target=target)
    process.start()
    return process


def finish(process):
    process.terminate()


@contextmanager
def serving(target):
    worker = start(target)
    yield worker
    finish(worker)


class Pool:
    def __init__(self):
        self.connection = None

    def _open(self, path):
        self.connection = sqlite3.connect(path)

    def _close(self):
        self.connection.close()

    @contextmanager
    def open(self, path):
        self._open(path)
        yield self.connection
        self._close()

    def use(self):
        self.open("a")


def outer(path):
    """Docs with def serving( in them."""

    @contextmanager
    def inner():
        connection = sqlite3.connect(path)
        check(connection)
        try:
            yield connection
        finally:
            connection.commit()
            connection.close()

    return inner


def forget():
    serving(print)


def check(connection):
    if LIMIT: serving(print)
    connection.execute("select 1")


@contextmanager
def _level_reset(logger):
    yield
    logger.setLevel(None)


def at_level(logger, level):
    logger.setLevel(level)
    return _level_reset(logger)


class Held:
    def __enter__(self):
        self.file = open("a")
        return self.file

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.file.close()
'''
_LINES = (
    "",
    "x = 1",
    "pass",
    "return",
    "raise ValueError",
    "global LIMIT",
    "import os",
    "finish = print",
    "# noqa",
    "'''",
)


def outcome(check: object, source: Source) -> tuple[object, ...]:
    """What a check comes to, as far as it can be seen."""
    try:
        result = check(source, CONFIG)  # type: ignore[operator]
    except SourceError as error:
        return (error.message, error.line)
    assert isinstance(result, Result)
    return (result.findings, result.notes, result.counts)


def edited(text: str, chance: random.Random) -> str:
    """The text after one edit, of the sizes from a key to a block that moves."""
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    match chance.randrange(7):
        case 0:
            lines.insert(at, indent + chance.choice(_LINES))
        case 1:
            del lines[at : at + chance.choice((1, 1, 3, 9))]
        case 2:
            other = chance.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            place = chance.randrange(len(lines[at]) + 1)
            lines[at] = lines[at][:place] + chance.choice("a(:\"#' \\") + lines[at][place:]
        case 4:
            names = [word for word in lines[at].split() if word.isidentifier()] or [""]
            lines[at] = lines[at].replace(chance.choice(names), "renamed") if names[0] else lines[at]
        case 5:
            block = lines[at : at + chance.randrange(1, 12)]
            place = chance.randrange(len(lines))
            lines[place:place] = block
        case _:
            lines = TEXT.split("\n")
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(4))
def test_a_check_with_memory_finds_what_one_without_finds(seed: int) -> None:
    chance = random.Random(seed)
    checking, text, seen = Checking(), TEXT, 0
    for _ in range(150):
        source = Source("a.py", text)
        expected = outcome(check_source, source)
        assert outcome(checking.check_source, source) == expected, text
        seen += len(expected) == 3
        text = edited(text, chance)
    assert seen > 15  # many edits break the text for a while


def test_findings_move_with_their_definition() -> None:
    checking = Checking()
    first = checking.check_source(Source("a.py", TEXT), CONFIG)
    moved = checking.check_source(Source("a.py", "# one\n# two\n" + TEXT), CONFIG)
    assert len(first.findings) >= 5
    assert [finding.span.line + 2 for finding in first.findings] == [finding.span.line for finding in moved.findings]
    assert moved.findings == check_source(Source("a.py", "# one\n# two\n" + TEXT), CONFIG).findings


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("from multiprocessing import Process", "from elsewhere import Process"),
        ("from contextlib import contextmanager", "from elsewhere import contextmanager"),
        ("import sqlite3", "import elsewhere as sqlite3"),
        ("def finish(process):", "def finishing(process):"),
        ("    process.terminate()", "    process.terminating()"),
        ("    serving(print)\n\n\ndef check", "    with serving(print): pass\n\n\ndef check"),
        ("    logger.setLevel(level)\n", "    pass\n"),
        ("class Held:", "again = _level_reset(None)\n\n\nclass Held:"),
    ],
)
def test_what_a_manager_depends_on_elsewhere_in_its_file(old: str, new: str) -> None:
    checking = Checking()
    before = checking.check_source(Source("a.py", TEXT), CONFIG)
    changed = Source("a.py", TEXT.replace(old, new, 1))
    after = check_source(changed, CONFIG)
    assert after.findings != before.findings
    assert checking.check_source(changed, CONFIG).findings == after.findings
    assert checking.check_source(Source("a.py", TEXT), CONFIG).findings == before.findings


DEEP = """
class Client:
    async def __aenter__(self):
        self.session = await connect()
        return self

    async def __aexit__(self, *exc):
        await self.leave()
        await self.session.disconnect()

    async def leave(self):
        await say_goodbye(self.hub)


async def say_goodbye(hub):
    await quietly(hub)


async def quietly(hub):
    try:
        await hub.send("bye")
    except BaseException:
        pass
"""


def test_what_a_step_runs_in_the_end_is_looked_at_again() -> None:
    checking = Checking()
    assert checking.check_source(Source("a.py", DEEP), CONFIG).findings == ()
    loud = DEEP.replace("BaseException", "ValueError")
    for text in (loud, DEEP, loud):
        source = Source("a.py", text)
        assert checking.check_source(source, CONFIG).findings == check_source(source, CONFIG).findings
    assert [finding.code for finding in checking.check_source(Source("a.py", loud), CONFIG).findings] == ["CML105"]


def test_what_stands_in_another_file_is_looked_at_again(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text("")
    beside, checking = tmp_path / "sweeper.py", Checking()
    source = Source(str(tmp_path / "hub.py"), HUB, folder=str(tmp_path))
    for text, chained in ((QUIET, False), (LOUD, True), (QUIET, False)):
        beside.write_text(text)
        findings = checking.check_source(source, CONFIG).findings
        assert any(finding.code == "CML105" for finding in findings) is chained
