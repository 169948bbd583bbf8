"""What the tests share: the switch that records cases anew, and running the command line in its own process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", action="store_true", help="write the recorded fences of the cases anew")


@pytest.fixture
def cmlint(tmp_path: Path) -> Run:
    """Run `python -m cmlint` in the test's folder, without colour and without a configuration from elsewhere."""

    def run(*arguments: str, stdin: str | bytes | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        given = stdin.encode() if isinstance(stdin, str) else stdin
        inherited = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
        result = subprocess.run(
            [sys.executable, "-m", "cmlint", *arguments],
            cwd=tmp_path,
            input=given,
            capture_output=True,
            env={**inherited, **environment},
            timeout=120,
        )
        return subprocess.CompletedProcess(
            result.args,
            result.returncode,
            result.stdout.decode("utf-8", "surrogateescape"),
            result.stderr.decode("utf-8", "surrogateescape"),
        )

    return run


LEAKY = """\
from contextlib import contextmanager
from multiprocessing import Process


@contextmanager
def serving(target):
    worker = Process(target=target)
    worker.start()
    yield worker
    worker.terminate()
"""

REPAIRED = """\
from contextlib import contextmanager
from multiprocessing import Process


@contextmanager
def serving(target):
    worker = Process(target=target)
    worker.start()
    try:
        yield worker
    finally:
        worker.terminate()
"""
