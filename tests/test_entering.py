"""A repaired `__enter__` does under CPython what its certificate says: each fault, each release, the same exception."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import pytest

from cmlint import Config, Source, repair_source
from faulty_world import Fault, World

THREE = """
import socket


class Three:
    def __init__(self, hosts, inner):
        self.hosts, self.inner = hosts, inner

    def __enter__(self):
        self.one = socket.create_connection(self.hosts[0])
        self.two = socket.create_connection(self.hosts[1])
        self.inner.__enter__()
        self.three = socket.create_connection(self.hosts[2])
        return self

    def __exit__(self, *exc_info):
        try:
            self.three.close()
        finally:
            try:
                self.inner.__exit__(*exc_info)
            finally:
                self.two.close()
                self.one.close()
"""


class Connected(World):
    """A world to which connections are opened; `told` is what a release was told of."""

    def __init__(self, failing: int | None) -> None:
        super().__init__(failing)
        self.told: BaseException | None = None

    def connection(self, host: str) -> Connection:
        self.step(f"open {host}")
        return Connection(self, host)


class Connection:
    def __init__(self, world: Connected, host: str) -> None:
        self._world, self._host = world, host

    def connect(self) -> None:
        self._world.step(f"connect {self._host}")

    def close(self) -> None:
        self._world.step(f"close {self._host}")


class Inner:
    def __init__(self, world: Connected) -> None:
        self._world = world

    def __enter__(self) -> None:
        self._world.step("open inner")

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: object) -> bool:
        assert (kind is None) == (error is None)
        self._world.told = error
        self._world.step("close inner")
        return True  # must not swallow what `__enter__` raises


def repaired(text: str) -> str:
    return repair_source(Source("three.py", text), Config(), unsafe=False).text


def manager_of(world: Connected, text: str = THREE) -> AbstractContextManager[Any]:
    namespace: dict[str, Any] = {}
    exec(compile(repaired(text), "three.py", "exec", dont_inherit=True), namespace)
    manager: AbstractContextManager[Any] = namespace["Three"](["a", "b", "c"], Inner(world))
    return manager


ORDER = ["open a", "open b", "open inner", "open c"]


@pytest.mark.parametrize("failing", range(4))
def test_a_setup_that_fails_releases_what_it_has(failing: int, monkeypatch: pytest.MonkeyPatch) -> None:
    world = Connected(failing)
    monkeypatch.setattr("socket.create_connection", world.connection)
    with pytest.raises(Fault) as caught, manager_of(world):
        raise AssertionError("not reached")
    assert caught.value is world.fault
    held = [step.replace("open", "close") for step in ORDER[:failing]]
    assert world.log == [*ORDER[: failing + 1], *reversed(held)]
    assert world.told is (world.fault if "close inner" in held else None)


def test_without_a_fault_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    world = Connected(None)
    monkeypatch.setattr("socket.create_connection", world.connection)
    with manager_of(world):
        world.step("body")
    assert world.log == [*ORDER, "body", "close c", "close inner", "close b", "close a"]
    assert world.told is None


def test_no_finding_is_left() -> None:
    assert repaired(THREE).count("except BaseException") == 3
    assert not repair_source(Source("three.py", repaired(THREE)), Config(), unsafe=True).left.findings


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("def __enter__(self)", "def __enter__(self, type=None)"), "error.__class__, error, error.__traceback__"),
        (("import socket", "import socket\ntype = None"), "error.__class__, error, error.__traceback__"),
        (
            ("        self.three = ", "        asked = [lambda: error]\n        self.three = "),
            "type(failure), failure, failure.__traceback__",
        ),
        (
            ("        self.three = ", "        def asked(): return error, failure\n        self.three = "),
            "type(raised), raised, raised.__traceback__",
        ),
    ],
)
def test_the_names_of_the_handler_are_free_and_mean_what_they_say(
    change: tuple[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = THREE.replace(*change)
    assert f"self.inner.__exit__({expected})" in repaired(text)
    world = Connected(ORDER.index("open c"))
    monkeypatch.setattr("socket.create_connection", world.connection)
    with pytest.raises(Fault), manager_of(world, text):
        raise AssertionError("not reached")
    assert world.log == [*ORDER, "close inner", "close b", "close a"]
    assert world.told is world.fault


def test_no_name_of_the_handler_is_free() -> None:
    line = "        self.three = "
    text = THREE.replace(line, f"        def asked(): return error, failure, raised\n{line}")
    assert "inner.__exit__(type" not in repaired(text)
    reasons = [
        left.no_fix_reason for left in repair_source(Source("three.py", text), Config(), unsafe=False).left.findings
    ]
    assert any("`error` means something else in `__enter__`" in (reason or "") for reason in reasons)


TWO_INNER = """
class Two:
    def __init__(self, link, one, two):
        self.link, self.one, self.two = link, one, two

    def __enter__(self):
        self.one.__enter__()
        self.two.__enter__()
        self.link.connect()
        return self

    def __exit__(self, *exc_info):
        try:
            self.two.__exit__(*exc_info)
        finally:
            self.one.__exit__(*exc_info)
"""


@pytest.mark.parametrize("failing", range(3))
def test_two_that_are_told_of_the_exception_are_told_by_two_names(failing: int) -> None:
    namespace: dict[str, Any] = {}
    exec(compile(repaired(TWO_INNER), "two.py", "exec", dont_inherit=True), namespace)
    world = Connected(failing)
    with pytest.raises(Fault) as caught, namespace["Two"](Connection(world, "a"), Inner(world), Inner(world)):
        raise AssertionError("not reached")
    assert caught.value is world.fault
    assert world.log == [*["open inner", "open inner", "connect a"][: failing + 1], *["close inner"] * failing]
    assert world.told is (world.fault if failing else None)
