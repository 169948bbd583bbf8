"""Runs a test that is about to be written, without pytest and behind the same fences: which releases it must name, and
whether it fails on the code as it is and passes on the repaired code.
"""

from __future__ import annotations

import ast  # noqa: F401 - what the test imports has to be there before the fences are
import builtins  # noqa: F401
import codecs
import contextlib
import gc
import json
import sys
import types
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

from . import fences

_FILE = "/rehearsal/test.py"
_NOTHING_FAILED = "AssertionError did not raise "


class _Noted(list[str]):
    """Notes that know the line of the code under test at which each was taken (0 after the run)."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.lines: list[tuple[str, int]] = []

    def append(self, text: str) -> None:
        """A note, and its line."""
        frame = sys._getframe(1)
        while frame.f_back is not None and frame.f_code.co_filename != self.name:
            frame = frame.f_back
        self.lines.append((text, frame.f_lineno if frame.f_code.co_filename == self.name else 0))
        super().append(text)

    def extend(self, texts: Any) -> None:
        """Several notes."""
        for text in texts:
            self.append(text)

    def clear(self) -> None:
        """Forget all of them."""
        self.lines.clear()
        super().clear()


def main(seconds: int, memory: int) -> None:
    """Answer one rehearsal as a JSON object on standard output."""
    given = json.load(sys.stdin)
    codecs.lookup(given["encoding"])  # what it imports can't be had behind the fences
    out = sys.stdout
    gc.disable()
    sys.modules["pytest"] = _pytest()
    sys.modules["asyncio"] = _asyncio()
    fences.limit(seconds, memory)
    fences.arm()
    out.write(json.dumps(_answer(given)))
    out.flush()


def _answer(given: dict[str, Any]) -> dict[str, Any]:
    try:
        releases = _releases(given)
        if not releases:
            return {"reason": "what it releases can't be seen by fakes", "releases": []}
        for text, passes in zip(given["texts"], (False, True)):  # noqa: B905 - there may be no second
            for name, wanted in (("raises", passes), ("nothing_fails", True)):
                failure = _failure(given["test"], text.encode(given["encoding"]), releases, name)
                if failure is not None and failure.startswith(_NOTHING_FAILED):
                    return {"reason": _never_reached(failure), "releases": []}
                if (failure is None) is not wanted:
                    return {"reason": _not_told_apart(failure, repaired=passes), "releases": []}
    except BaseException as error:
        return {"reason": f"fakes are not enough for it ({type(error).__name__}: {error})", "releases": []}
    return {"reason": None, "releases": releases}


def _not_told_apart(failure: str | None, *, repaired: bool) -> str:
    """Why such a test is not written: it is the fakes that fail the code, or that don't notice what is lost."""
    where = "the repaired code" if repaired else "the code as it is"
    said = f"fails on {where} ({failure})" if failure else f"passes on {where}"
    says = "; that says nothing against the repair" if repaired else ""
    return f"the fakes of a test are too simple for this code: with them it {said}{says}"


def _never_reached(failure: str) -> str:
    """Why such a test says nothing of the code, whether that is repaired or not."""
    error = failure.removeprefix(_NOTHING_FAILED)
    return f"{error} does not come out of the test's fakes: they don't reach what fails, or the code swallows it"


def _module(test: str, content: bytes) -> dict[str, Any]:
    Path.read_bytes = lambda *_: content  # type: ignore[method-assign]
    names: dict[str, Any] = {"__name__": "rehearsed", "__file__": _FILE}
    exec(compile(test, _FILE, "exec", dont_inherit=True), names)
    return names


def _releases(given: dict[str, Any]) -> list[str]:
    """What is noted at the skipped lines when nothing fails."""
    names = _module(given["test"], given["texts"][0].encode(given["encoding"]))
    notes = _Noted(str(names["SOURCE"]))
    _finished(names["run"](notes))
    texts = {given["first"] + at: line for at, line in enumerate(given["lines"])}
    lost = {line: texts.get(line, "") for line in given["lost"]}
    found = [
        text
        for text, line in notes.lines
        if line in lost or (line == 0 and any(text.partition(" = ")[0] in each for each in lost.values()))
    ]
    return list(dict.fromkeys(found))


def _failure(test: str, content: bytes, releases: list[str], name: str) -> str | None:
    """How one of the two tests fails, or None where it passes."""
    names = _module(test, content)
    names["RELEASES"] = releases
    chosen = [each for each in names if each.startswith("test_")]
    function = next(each for each in chosen if each.endswith("_nothing_fails") is (name == "nothing_fails"))
    try:
        names[function]()
    except AssertionError as error:
        return f"AssertionError {error}".strip()
    return None


def _finished(made: Any) -> None:
    if isinstance(made, Coroutine):
        with contextlib.suppress(StopIteration):
            while True:
                made.send(None)


def _asyncio() -> types.ModuleType:
    module = types.ModuleType("asyncio")
    module.run = _finished  # type: ignore[attr-defined]
    return module


def _pytest() -> types.ModuleType:
    """As much of pytest as the test uses."""

    @contextlib.contextmanager
    def raises(kind: type[BaseException]) -> Iterator[None]:
        try:
            yield
        except kind:
            return
        raise AssertionError(f"did not raise {kind.__name__}")

    module = types.ModuleType("pytest")
    module.raises = raises  # type: ignore[attr-defined]
    return module
