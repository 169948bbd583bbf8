"""benchmarks/unlocking.py: an unlocking of a file that a `with` around it closes is nobody's clean-up."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.mark.parametrize(
    ("opened", "release", "asked_for"),
    [
        ("with open(path) as file:", "fcntl.flock(file, fcntl.LOCK_UN)", False),
        ("with (folder / 'lock').open('w') as file:", "fcntl.flock(file.fileno(), fcntl.LOCK_UN)", False),
        ("with os.fdopen(number) as file:", "msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)", False),
        ("with open(path) as file:", "fcntl.flock(other, fcntl.LOCK_UN)", True),
        ("with open(path) as file:", "os.remove(path)", True),
        ("with borrowed(path) as file:", "fcntl.flock(file, fcntl.LOCK_UN)", True),
    ],
)
def test_only_what_a_with_closes_is_not_asked_for(
    opened: str, release: str, asked_for: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    module = importlib.import_module("unlocking")
    function = ast.parse(
        f"def locked():\n    {opened}\n        try:\n            yield\n        finally:\n            {release}\n"
    )
    definition = function.body[0]
    assert isinstance(definition, ast.FunctionDef)
    cleanup = next(node for node in ast.walk(definition) if isinstance(node, ast.Try)).finalbody
    assert module.unlocking_lines(definition, cleanup) == (frozenset() if asked_for else {6})
