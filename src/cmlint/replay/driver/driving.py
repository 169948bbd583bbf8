"""Drives one manager by its protocol, once: enters it, runs the body, injects the fault, leaves it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

from .recorder import Recorder
from .world import FILENAME, World


@dataclass(frozen=True)
class Runnable:
    """Compiled code of a manager and how it is entered.

    kind: `generator` (under contextlib), `class`, or `resumed` (a generator whose caller never throws into it).
    """

    code: CodeType
    name: str
    kind: str
    is_async: bool
    parameters: tuple[str, ...]


@dataclass
class Passage:
    """What came out of one run: the line at which the body ran, and the exception that left the manager."""

    yielded_at: int | None = None  # 0 where there is no yield, in a class
    error: BaseException | None = None


def drive(manager: Runnable, names: dict[str, Any], world: World, in_body: BaseException | None) -> Passage:
    """Run the manager; the body raises `in_body` where it is given. Never raises what the manager raises."""
    passage = Passage()
    traced = _tracer(world)
    sys.settrace(traced)
    try:
        exec(manager.code, names)
        run = _drive_async if manager.is_async else _drive
        result = run(manager, names, world, in_body, passage)
        if isinstance(result, Coroutine):
            _finished(result)
    except BaseException as error:
        passage.error = error
    finally:
        sys.settrace(None)
    return passage


def _tracer(world: World) -> Callable[..., Any]:
    def trace(frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code.co_filename != FILENAME:
            return None
        if event == "line":
            world.line(frame.f_lineno)
        return trace

    return trace


def _made(manager: Runnable, names: dict[str, Any], world: World) -> Any:
    """The context manager, or the generator where the protocol needs no more."""
    made = names[manager.name]
    if manager.kind == "class":
        return made.__new__(made)
    wrap: Any = {
        ("generator", False): contextlib.contextmanager,
        ("generator", True): contextlib.asynccontextmanager,
    }.get((manager.kind, manager.is_async), lambda function: function)
    return wrap(made)(*(Recorder(world, name) for name in manager.parameters))


def _drive(
    manager: Runnable, names: dict[str, Any], world: World, in_body: BaseException | None, passage: Passage
) -> None:
    made = _made(manager, names, world)
    if manager.kind == "resumed":
        next(made)
        _body(made.gi_frame, world, in_body, passage)
        next(made, None)
        return
    with made:
        _body(made.gen.gi_frame if manager.kind == "generator" else None, world, in_body, passage)


async def _drive_async(
    manager: Runnable, names: dict[str, Any], world: World, in_body: BaseException | None, passage: Passage
) -> None:
    made = _made(manager, names, world)
    if manager.kind == "resumed":
        await anext(made)
        _body(made.ag_frame, world, in_body, passage)
        await anext(made, None)
        return
    async with made:
        _body(made.gen.ag_frame if manager.kind == "generator" else None, world, in_body, passage)


def _body(suspended: FrameType | None, world: World, in_body: BaseException | None, passage: Passage) -> None:
    passage.yielded_at = suspended.f_lineno if suspended is not None else 0
    world.after = True
    if in_body is not None:
        world.injected = True
        raise in_body


def _finished(coroutine: Coroutine[Any, Any, Any]) -> None:
    """Run a coroutine to its end: what it awaits are recorders, which never wait."""
    while True:
        try:
            coroutine.send(None)
        except StopIteration:
            return
