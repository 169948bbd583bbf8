"""The label-free measure asks for clean-up only: what a `finally` tells is told apart by the syntax."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.mark.parametrize(
    ("body", "telling"),
    [
        ("pass", {1}),
        ("log.debug('closed %s', describe(name))\nserver.close()", {1}),
        ("took = time.monotonic() - start\nself.times[name] = took", {1, 2}),
        ("assert depth >= 0\ndepth -= 1", {1}),
        ("if thread.is_alive():\n    raise RuntimeError('alive')", {1, 2}),
        ("if verbose:\n    log.info('left')\nelse:\n    server.close()", {2}),
        ("if not kernel32.CloseHandle(handle):\n    raise OSError", {2}),
        ("assert stack.pop() is frame", set()),
        ("self.started = None", set()),
        ("old = self.level\nself.level = old", set()),
    ],
)
def test_only_what_tells_is_not_asked_for(body: str, telling: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    module = importlib.import_module("telling")
    assert module.telling_lines(ast.parse(body).body) == telling
