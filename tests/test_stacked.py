"""What is repaired with an ExitStack does under CPython what nested `try` would: at each fault, and in order."""

from __future__ import annotations

import asyncio
import re
import sys
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any

import pytest

from cmlint import Config, Source, repair_source
from faulty_world import Fault, World

THREE = """
from contextlib import contextmanager
import socket


@contextmanager
def three(hosts, note):
    one = socket.create_connection(hosts[0])
    two = socket.create_connection(hosts[1])
    note("prepared")
    three = socket.create_connection(hosts[2])
    yield one, two, three
    note("done")
    three.close()
    two.close()
    one.close()
"""
AWAITED = """
import contextlib


@contextlib.asynccontextmanager
async def three(pool, queue, lock):
    await pool.connect()
    await lock.acquire()
    await queue.connect()
    await queue.subscribe("jobs")
    yield
    await queue.unsubscribe("jobs")
    await queue.disconnect()
    lock.release()
    await pool.disconnect()
"""


class Thing:
    """Stands for a connection, a pool, a queue and a lock."""

    def __init__(self, world: World, name: str) -> None:
        self._world, self._name = world, name

    def close(self) -> None:
        self._world.step(f"close {self._name}")

    def release(self) -> None:
        self._world.step(f"release {self._name}")

    def __getattr__(self, method: str) -> Any:
        async def awaited(*args: str) -> None:
            self._world.step(" ".join([method, self._name, *args]))

        return awaited


def repaired(text: str) -> str:
    return repair_source(Source("three.py", text), Config(), unsafe=False).text


def manager_in(text: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(compile(text, "three.py", "exec", dont_inherit=True), namespace)
    return namespace


def run(manager: AbstractContextManager[Any], world: World) -> None:
    with manager:
        world.step("body")


async def run_awaited(manager: AbstractAsyncContextManager[Any], world: World) -> None:
    async with manager:
        world.step("body")


@pytest.mark.parametrize("failing", [None, *range(9)])
def test_three_connections(failing: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    text = repaired(THREE)
    assert "with ExitStack() as stack:" in text
    world = World(failing)

    def connection(host: str) -> Thing:
        world.step(f"open {host}")
        return Thing(world, host)

    monkeypatch.setattr("socket.create_connection", connection)
    manager = manager_in(text)["three"](["a", "b", "c"], world.step)
    whole = WHOLE
    if failing is None:
        run(manager, world)
        assert world.log == whole
        return
    with pytest.raises(Fault) as caught:
        run(manager, world)
    assert caught.value is world.fault
    opened = [step[-1] for step in whole[:failing] if step.startswith("open")]
    assert [step for step in world.log if step.startswith("close")] == [f"close {name}" for name in reversed(opened)]
    assert world.log[: failing + 1] == whole[: failing + 1]


@pytest.mark.parametrize("failing", [None, *range(9)])
def test_awaited_releases_and_plain_ones(failing: int | None) -> None:
    text = repaired(AWAITED)
    assert "async with contextlib.AsyncExitStack() as stack:" in text
    world = World(failing)
    things = [Thing(world, name) for name in ("pool", "queue", "lock")]
    acquires = ["connect pool", "acquire lock", "connect queue", "subscribe queue jobs"]
    releases = ["unsubscribe queue jobs", "disconnect queue", "release lock", "disconnect pool"]
    manager = manager_in(text)["three"](*things)
    if failing is None:
        asyncio.run(run_awaited(manager, world))
        assert world.log == [*acquires, "body", *releases]
        return
    with pytest.raises(Fault) as caught:
        asyncio.run(run_awaited(manager, world))
    assert caught.value is world.fault
    assert [step for step in world.log if step in releases] == releases[max(0, len(acquires) - failing) :]


@pytest.mark.parametrize(
    "change",
    [
        ("    yield one", "    two = two.wrapped\n    yield one"),  # another object by then
        ("    two.close()", "    two.close()\n    two.join()"),  # two steps, of which the first one may fail
        ("    two.close()", "    two.link.close()"),  # another object may stand there by then
        ("    two.close()", "    two.close(reason())"),
        ('    note("prepared")', '    stack = exit_stack = clean_ups = note("prepared")'),
    ],
)
def test_what_can_not_be_given_away_as_it_is_stays_nested(change: tuple[str, str]) -> None:
    text = repaired(THREE.replace(*change))
    assert "ExitStack" not in text


def test_what_a_variable_of_the_module_holds_stays_nested_because_it_may_hold_another_thing_by_then() -> None:
    text = THREE.replace("two = socket.create_connection(hosts[1])", "TWO.connect()").replace("one, two,", "one,")
    text = repaired(text.replace("two.close()", "TWO.disconnect()"))
    assert text.count("try:") == 3
    assert "ExitStack" not in text


@pytest.mark.parametrize(
    ("imports", "expected", "called"),
    [
        ("from contextlib import contextmanager", "from contextlib import ExitStack, contextmanager", "ExitStack"),
        ("import contextlib as c\nfrom contextlib import contextmanager", None, "c.ExitStack"),
        ("from contextlib import ExitStack as Stack, contextmanager", None, "Stack"),
        (
            "from contextlib import (\n    closing,\n    contextmanager,\n)",
            "from contextlib import (\n    ExitStack,\n    closing,\n    contextmanager,\n)",
            "ExitStack",
        ),
        (
            "from contextlib import AbstractContextManager, contextmanager",
            "from contextlib import AbstractContextManager, ExitStack, contextmanager",
            "ExitStack",
        ),
        (
            "from contextlib import contextmanager  # used",
            "from contextlib import ExitStack, contextmanager  # used",
            "ExitStack",
        ),
    ],
)
def test_the_import_is_added_where_the_file_has_none(imports: str, expected: str | None, called: str) -> None:
    text = repaired(THREE.replace("from contextlib import contextmanager", imports))
    assert f"with {called}() as stack:" in text
    assert (expected or imports) in text
    compile(text, "three.py", "exec", dont_inherit=True)


PLAIN = "from contextlib import contextmanager"
ODD_IMPORTS = [
    ("from contextlib import  \\\n    contextmanager", "import  \\\n    ExitStack, contextmanager"),
    (
        "from contextlib import  (  # why\n    contextmanager,\n)",
        "import  (  # why\n    ExitStack,\n    contextmanager,\n)",
    ),
    ("from contextlib import *\n" + PLAIN, None),
    ("if 0:\n    import contextlib\n" + PLAIN, "import ExitStack, contextmanager"),
    ("import contextlib\n" + PLAIN + "\ndef at_end(): pass\ndel contextlib", "import ExitStack, contextmanager"),
    ("from contextlib import AsyncExitStack as é, contextmanager", "AsyncExitStack as é, ExitStack, contextmanager"),
]


def done_in(text: str, monkeypatch: pytest.MonkeyPatch, *more: object) -> list[str]:
    """What the manager in `text` does where nothing fails."""
    world = World(None)

    def connection(host: str) -> Thing:
        world.step(f"open {host}")
        return Thing(world, host)

    monkeypatch.setattr("socket.create_connection", connection)
    run(manager_in(text)["three"](["a", "b", "c"], world.step, *more), world)
    return world.log


WHOLE = ["open a", "open b", "prepared", "open c", "body", "done", "close c", "close b", "close a"]


@pytest.mark.parametrize(("imports", "expected"), ODD_IMPORTS)
def test_an_import_that_is_written_in_an_odd_way_or_made_sometimes_only(
    imports: str, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = repaired(THREE.replace(PLAIN, imports))
    assert text.count("try:") + text.count("with ExitStack()") == (1 if expected else 3)
    assert expected is None or expected in text
    assert done_in(text, monkeypatch) == WHOLE


def test_an_import_in_a_docstring_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    docstring = f'"""Use:\n\n{PLAIN}\n"""'
    text = repaired(docstring + THREE.replace(PLAIN, "from contextlib import (  # why\n    contextmanager,\n)"))
    assert text.startswith(docstring)
    assert "(  # why\n    ExitStack,\n    contextmanager,\n)" in text
    assert done_in(text, monkeypatch) == WHOLE


@pytest.mark.parametrize(
    "change",
    [
        (PLAIN, f"if 0:\n    from contextlib import ExitStack\n{PLAIN}"),
        (PLAIN, f"try:\n    {PLAIN}\nexcept ImportError:\n    contextmanager = None"),
        (PLAIN, f"{PLAIN}\nfrom os.path import *"),
        (PLAIN, f"{PLAIN}\ndef other():\n    global ExitStack\n    ExitStack = None"),
        (PLAIN, f"import contextlib\n{PLAIN}, ExitStack\nexcept_ = [contextlib := None]\ndel ExitStack"),
        (PLAIN, f"{PLAIN}\nexec('ExitStack = None')"),
        (PLAIN, f"{PLAIN}\nglobals().update(ExitStack=None)"),
        ("note)", "note, ExitStack=None)"),
        ('    note("prepared")', '    ExitStack = note("prepared")'),
    ],
)
def test_where_the_class_has_no_name_that_is_sure_the_repair_stays_nested(
    change: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = repaired(THREE.replace(*change))
    assert text.count("finally:") == 3
    assert "ExitStack()" not in text
    assert done_in(text, monkeypatch) == WHOLE


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters came with Python 3.12")
def test_a_type_parameter_of_the_class_around_takes_the_name() -> None:
    method = THREE.replace(PLAIN, f"{PLAIN}, ExitStack").replace("(hosts, note)", "(self, hosts, note)")
    imports, definition = method.split("\n\n\n")
    inside = "".join(f"    {line}" for line in definition.splitlines(keepends=True))
    assert "with ExitStack()" in repaired(f"{imports}\n\n\nclass Box:\n{inside}")
    assert "with ExitStack()" not in repaired(f"{imports}\n\n\nclass Box[ExitStack]:\n{inside}")


@pytest.mark.parametrize("inner", ["def inner(): return stack", "inner = lambda: stack", "inner = [stack for _ in ()]"])
def test_a_name_that_a_nested_function_reads_is_not_taken(inner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = repaired(THREE.replace('    note("prepared")', f'    note("prepared")\n    {inner}'))
    assert "with ExitStack() as exit_stack:" in text
    assert done_in(text, monkeypatch) == WHOLE


def test_two_managers_of_a_file_share_the_import() -> None:
    second = THREE.replace("def three", "def again").partition("import socket")[2]
    text = repaired(THREE + second)
    assert text.count("with ExitStack() as stack:") == 2
    assert text.count("import ExitStack, contextmanager") == 1


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_line_endings_are_kept(newline: str) -> None:
    assert repaired(THREE.replace("\n", newline)) == repaired(THREE).replace("\n", newline)


def many(count: int) -> str:
    opened = [f"    s{number} = socket.create_connection(hosts[{number}])" for number in range(count)]
    closed = [f"    s{number}.close()" for number in reversed(range(count))]
    header = ["import socket", "from contextlib import contextmanager", "", "", "@contextmanager", "def many(hosts):"]
    return "\n".join([*header, *opened, "    yield", *closed, ""])


def same_calls(count: int) -> str:
    """The same call for each of them, so that only the place tells which one was acquired."""
    return re.sub(r"hosts\[\d+\]", "hosts", many(count))


@pytest.mark.parametrize("text", [many(12), same_calls(12), same_calls(30)])
def test_a_dozen_and_more_are_repaired_at_once_and_a_second_run_changes_nothing(text: str) -> None:
    once = repaired(text)
    assert once.count("stack.callback(") == text.count(".close()")
    assert "try:" not in once
    assert repaired(once) == once


def test_where_no_stack_can_be_named_no_more_try_are_nested_than_python_compiles() -> None:
    text = many(40).replace("def many(hosts)", "def many(hosts, stack, exit_stack, clean_ups)")
    for _ in range(4):
        text = repaired(text)
        compile(text, "many.py", "exec", dont_inherit=True)


def test_more_than_a_parser_can_nest_are_protected_by_one_try() -> None:
    text = repaired(many(110))
    assert text.count("try:") == 1
    assert repaired(text) == text
