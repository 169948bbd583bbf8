"""Builds runnable managers from a grammar, and runs them for real with a fault at any event.

The managers call a `world`: `world.open_one(n)` gives a resource with `close()`, `world.act(n)` is success-only, and so
is `world.execute(n)`, which can fail by its name; `world.box` is state to change and restore, `world.guard(n)` is a
context manager that releases by itself. Every call counts as an event and can be made to raise.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from hypothesis import strategies as st


@dataclass
class World:
    """What a manager acts on; the event number `fault` raises `error`."""

    fault: int | None
    error: BaseException
    flags: tuple[bool, ...]
    log: list[str] = field(default_factory=list)
    held: set[int] = field(default_factory=set)
    box: Box = field(init=False)

    def __post_init__(self) -> None:
        self.box = Box(self)

    def event(self, name: str) -> None:
        self.log.append(name)
        if len(self.log) - 1 == self.fault:
            raise self.error

    def act(self, number: int) -> None:
        self.event(f"act {number}")

    def execute(self, number: int) -> None:
        self.event(f"execute {number}")

    def open_one(self, number: int) -> Resource:
        self.event(f"open {number}")
        self.held.add(number)
        return Resource(self, number)

    @contextlib.contextmanager
    def guard(self, number: int) -> Iterator[None]:
        self.event(f"enter {number}")
        try:
            yield
        finally:
            self.log.append(f"leave {number}")


class Box:
    """State that outlives the manager; writing it is an event."""

    def __init__(self, world: World) -> None:
        self.__dict__["world"] = world
        self.__dict__["values"] = {}

    def __getattr__(self, name: str) -> object:
        return self.__dict__["values"].get(name, "before")

    def __setattr__(self, name: str, value: object) -> None:
        self.__dict__["values"][name] = value
        self.__dict__["world"].log.append(f"set {name} {value}")


@dataclass
class Resource:
    world: World
    number: int

    def close(self) -> None:
        self.world.held.discard(self.number)
        self.world.event(f"close {self.number}")


@dataclass(frozen=True)
class Outcome:
    """What one run came to: the events, what is still held or changed, and the exception that left the `with`."""

    log: tuple[str, ...]
    held: frozenset[int]
    changed: tuple[str, ...]
    error: BaseException | None


def run(source: str, flags: tuple[bool, ...], fault: int | str | None, error: BaseException) -> Outcome:
    """Run the manager in `source`; `fault` is the number of an event, or "body"."""
    world = World(fault if isinstance(fault, int) else None, error, flags)
    names: dict[str, object] = {}
    exec(compile(source, "manager.py", "exec"), names)
    left: BaseException | None = None
    enter = _enter_async if "async def manager" in source else _enter
    try:
        enter(names["manager"](world, *flags), world, error if fault == "body" else None)  # type: ignore[operator]
    except BaseException as caught:
        left = caught
    changed = tuple(sorted(name for name, value in world.box.__dict__["values"].items() if value != "before"))
    return Outcome(tuple(world.log), frozenset(world.held), changed, left)


def _enter(manager: contextlib.AbstractContextManager[None], world: World, error: BaseException | None) -> None:
    with manager:
        world.event("body")
        if error is not None:
            raise error


def _enter_async(
    manager: contextlib.AbstractAsyncContextManager[None], world: World, error: BaseException | None
) -> None:
    """The same with `async with`; nothing in it waits, so no event loop is needed to drive it."""

    async def body() -> None:
        async with manager:
            world.event("body")
            if error is not None:
                raise error

    with contextlib.suppress(StopIteration):
        body().send(None)


HEAD = "from contextlib import contextmanager\n\n\n@contextmanager\ndef manager(world, first, second):\n"


@st.composite
def managers(draw: st.DrawFn, protected: bool | None = None) -> str:
    """The source of a manager: acquisitions, something around the yield, and releases mixed with other statements.

    protected: whether the yield stands in a `try` with a `finally`; drawn where it is None.
    """
    before: list[str] = []
    releases: list[list[str]] = []
    for number in range(draw(st.integers(1, 3))):
        guard = draw(st.sampled_from(["", "", "first", "second"]))
        what = draw(st.sampled_from(["one", "several", "state", "state"]))
        if what == "one":
            acquire, release = [f"r{number} = world.open_one({number})"], [f"r{number}.close()"]
            missing = [f"r{number} = None"]
        elif what == "several":
            acquire = [f"all{number} = [world.open_one(n) for n in ({50 + 2 * number}, {51 + 2 * number})]"]
            release, missing, guard = [f"for each in all{number}:", "    each.close()"], [], ""
        else:
            acquire = [f"s{number} = world.box.v{number}", f"world.box.v{number} = {number}"]
            release, missing = [f"world.box.v{number} = s{number}"], [f"s{number} = None"]
        test = (
            draw(st.sampled_from([guard, f"r{number}" if release[0].endswith("close()") else guard])) if guard else ""
        )
        before += [*missing, *_guarded(guard, acquire)] if guard else acquire
        releases.insert(draw(st.integers(0, len(releases))), _guarded(test, release))
        if draw(st.booleans()):
            before.append(f"world.{draw(st.sampled_from(['act', 'execute']))}({10 + number})")
    protected = draw(st.integers(0, 4)) == 0 if protected is None else protected
    inside = [] if protected or draw(st.integers(0, 3)) else ["r9 = world.open_one(9)"]
    if inside:  # bound in the statement that holds the yield, released behind it
        releases.insert(draw(st.integers(0, len(releases))), ["r9.close()"])
    after = [line for release in releases for line in (*release, *_some_act(draw))]
    body = _around(draw, inside, ["yield"])
    unprotected = [*body, *_some_act(draw), *after]
    body = ["try:", *_indented(body), "finally:", *_indented(after)] if protected else unprotected
    source = HEAD + "".join(f"    {line}\n" for line in [*before, *body])
    return _asynchronous(source) if draw(st.integers(0, 3)) == 0 else source


def _asynchronous(source: str) -> str:
    return source.replace("contextmanager", "asynccontextmanager").replace("def manager", "async def manager")


def _some_act(draw: st.DrawFn) -> list[str]:
    verb = draw(st.sampled_from(["act", "execute"]))
    return [f"world.{verb}({draw(st.integers(20, 29))})"] if draw(st.integers(0, 2)) == 0 else []


def _guarded(test: str, lines: list[str]) -> list[str]:
    return [f"if {test}:", *_indented(lines)] if test else lines


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _around(draw: st.DrawFn, inside: list[str], body: list[str]) -> list[str]:
    shapes = ["plain", "plain", "with", "handler", "value"]
    shape = draw(st.sampled_from(shapes if inside else [*shapes, "branch"]))
    body = [*inside, *(["got = yield 1"] if shape == "value" else body)]
    if shape == "with":
        return ["with world.guard(40):", *_indented(body)]
    if shape == "handler":
        return ["try:", *_indented(body), "except ValueError:", "    world.act(41)", "    raise"]
    if shape == "branch":
        return ["if second:", *_indented(body), "else:", "    yield 1"]
    return body
