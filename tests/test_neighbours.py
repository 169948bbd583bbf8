"""Other files of a package only ever silence a finding: what an import leads to is read, and nothing else is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cmlint import Config, Finder, Reader
from cmlint.checker import check_file
from cmlint.neighbours import neighbours_of
from cmlint.rule_codes import CODES
from cmlint.running.paths import Run, check_paths
from conftest import Run as Command

HUB = """
from .sweeper import Sweeper


class Hub:
    async def __aenter__(self):
        self._sweeper = Sweeper()
        await self._lock.acquire()
        return self

    async def __aexit__(self, *exc):
        await self._sweeper.stop()
        self._lock.release()
"""
QUIET = """
import asyncio


class Sweeper:
    async def stop(self):
        self._task.cancel()
        try:
            await self._task
        except (asyncio.CancelledError, Exception):
            pass
"""
LOUD = """
class Sweeper:
    async def stop(self):
        await self._socket.send("stop")
"""
ENDING = """
from contextlib import contextmanager

from ..errors import give_up


@contextmanager
def client(url):
    try:
        opened = open(url)
    except OSError as error:
        give_up(error)
    else:
        with opened:
            yield opened
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "hubs" / "network"
    folder.mkdir(parents=True)
    for name in (folder, folder.parent):
        (name / "__init__.py").write_text("")
    (folder / "hub.py").write_text(HUB)
    (folder / "sweeper.py").write_text(QUIET)
    return folder


def codes(path: Path) -> list[str]:
    result = check_file(str(path), Config())
    assert not result.problems
    return [finding.code for finding in result.findings]


def test_a_step_whose_class_another_file_defines_can_not_fail_when_that_deals_with_all(package: Path) -> None:
    assert codes(package / "hub.py") == []
    (package / "sweeper.py").write_text(LOUD)
    assert codes(package / "hub.py") == ["CML105"]


def test_without_the_other_file_the_step_may_fail(package: Path) -> None:
    (package / "sweeper.py").unlink()
    assert codes(package / "hub.py") == ["CML105"]


STOPPING = b"class Sweeper:\n    async def stop(self):\n        "
UNREADABLE = {
    "bytes": b"\xff\xfe\x00",
    "broken": b"class Sweeper(:\n",
    "empty": b"",
    "large": b"#" * 500_000,
    "signs": STOPPING + b"x = " + b"-" * 12_000 + b"1\n",
    "calls": STOPPING + b"self.q = self.q" + b".f(1)" * 300 + b"\n        await self.socket.send(1)\n",
}


@pytest.mark.parametrize("other", UNREADABLE.values(), ids=UNREADABLE)
def test_another_file_that_can_not_be_read_is_no_problem_of_this_one(package: Path, other: bytes) -> None:
    (package / "sweeper.py").write_bytes(other)
    assert codes(package / "hub.py") == ["CML105"]


@pytest.mark.parametrize(
    "loud",
    [
        "    async def stop(self):\n        with contextlib.suppress(KeyError):\n            await send(1)\n",
        "    def stop(self):\n        return asyncio.gather(*self.tasks)\n",
        "    async def stop(self):\n        async for self.n in self.queue:\n            pass\n",
        "    async def stop(self):\n        pass\n\n\nclass A(Sweeper):\n    async def stop(self):\n        g()\n",
        "    async def stop(self):\n        self.n = 1\n\n\nSweeper = wrapped(Sweeper)\n",
        "    async def stop(self):\n        self.n = 1\n\n    stop = loudly(stop)\n",
    ],
    ids=["suppress", "returned", "async for", "heir", "rebound class", "rebound method"],
)
def test_what_may_fail_there_after_all_is_told(package: Path, loud: str) -> None:
    (package / "sweeper.py").write_text(f"import asyncio, contextlib\n\n\nclass Sweeper:\n{loud}")
    assert codes(package / "hub.py") == ["CML105"]


def test_an_attribute_that_may_hold_something_else_tells_nothing(package: Path) -> None:
    for other in ("Sweeper().client", "Sweeper() or self.y", "make()"):
        (package / "hub.py").write_text(HUB.replace("= Sweeper()", f"= {other}"))
        assert codes(package / "hub.py") == ["CML105"]


def test_a_name_that_a_package_only_hands_on_is_followed(package: Path) -> None:
    (package / "parts").mkdir()
    (package / "parts" / "__init__.py").write_text("from .inner import Sweeper\n")
    (package / "parts" / "inner.py").write_text(QUIET)
    (package / "hub.py").write_text(HUB.replace(".sweeper", "hubs.network.parts"))
    assert codes(package / "hub.py") == []


def test_a_package_may_be_part_of_a_namespace(package: Path) -> None:
    (package.parent / "__init__.py").unlink()
    (package / "hub.py").write_text(HUB.replace(".sweeper", "hubs.network.sweeper"))
    assert codes(package / "hub.py") == []


def test_imports_that_go_round_end(package: Path) -> None:
    (package / "sweeper.py").write_text("from .other import Sweeper\n")
    (package / "other.py").write_text("from .sweeper import Sweeper\n")
    assert codes(package / "hub.py") == ["CML105"]


def test_a_function_that_says_it_never_returns_ends_the_path(package: Path) -> None:
    (package / "client.py").write_text(ENDING)
    assert codes(package / "client.py") == ["CML201"]
    errors = package.parent / "errors.py"
    errors.write_text(
        "from typing import NoReturn\n\n\ndef give_up(error) -> NoReturn:\n    raise SystemExit(str(error))\n"
    )
    assert codes(package / "client.py") == []


def test_nothing_outside_the_package_is_looked_for(package: Path) -> None:
    around = neighbours_of(str(package))
    assert around.find("os.path.join") is None
    assert around.find("....secrets.Sweeper") is None
    assert around.consulted == {}
    found = around.find(".sweeper.Sweeper")
    assert found is not None
    assert found[1] == "Sweeper"
    assert all(os.path.commonpath([package.parent, path]) == str(package.parent) for path in around.consulted)


def test_a_folder_that_is_no_package_has_no_neighbours(tmp_path: Path) -> None:
    (tmp_path / "hub.py").write_text(HUB)
    (tmp_path / "sweeper.py").write_text(QUIET)
    assert codes(tmp_path / "hub.py") == ["CML105"]


def test_the_cache_is_not_stale_when_only_the_other_file_changed(package: Path, tmp_path: Path) -> None:
    run = Run(cache=str(tmp_path / "cache"))
    settings = Finder(Reader(CODES), {}, fixed=Config())

    def checked() -> tuple[list[str], int]:
        result = check_paths([str(package / "hub.py")], settings, run=run)
        return [finding.code for finding in result.findings], result.counts.cached

    assert checked() == ([], 0)
    assert checked() == ([], 1)
    (package / "sweeper.py").write_text(LOUD)
    assert checked() == (["CML105"], 0)
    assert checked() == (["CML105"], 1)
    (package / "sweeper.py").unlink()
    assert checked() == (["CML105"], 0)
    (package / "sweeper.py").write_text(QUIET)
    assert checked() == ([], 0)


def test_standard_input_has_the_neighbours_of_the_file_that_it_stands_for(cmlint: Command, package: Path) -> None:
    name = str(package / "hub.py")
    assert "CML105" not in cmlint("-", "--stdin-filename", name, stdin=HUB).stdout
    assert "CML105" in cmlint("-", stdin=HUB).stdout
