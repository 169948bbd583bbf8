"""Hard inputs end in bounded time and memory; what is not analysed is said."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Run
from hard_inputs import HARD

_SECONDS = 100  # some need ten on a busy machine; what grows without a bound needs hours


@pytest.mark.parametrize("make", HARD)
def test_a_hard_input_ends(cmlint: Run, tmp_path: Path, make: Callable[[], str]) -> None:
    (tmp_path / "hard.py").write_text(make())
    began = time.monotonic()
    result = cmlint("--output-format", "concise", "--statistics", "hard.py")
    assert time.monotonic() - began < _SECONDS
    assert result.returncode in (0, 1)
    if result.returncode == 0 and make.__name__ != "many_attributes":
        assert "was not analysed: " in result.stderr
    if make.__name__ == "many_managers":
        assert len(result.stdout.splitlines()) == 100
