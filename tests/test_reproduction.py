"""The bug report, really run: a child that sleeps for a day keeps the interpreter alive; after the fix it does not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import Run

SCRIPT = """\
import multiprocessing
import sys
import time
from contextlib import contextmanager


def sleep_for_a_day():
    time.sleep(86400)


@contextmanager
def serving():
    child = multiprocessing.Process(target=sleep_for_a_day)
    child.start()
    print(child.pid, flush=True)
    yield
    child.terminate()


if __name__ == "__main__":
    with serving():
        raise RuntimeError("the database went away")
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are ended by POSIX signals here")


def _start(file: Path) -> tuple[subprocess.Popen[bytes], int]:
    process = subprocess.Popen([sys.executable, str(file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _end(process: subprocess.Popen[bytes], child: int) -> None:
    if _is_running(child):
        os.kill(child, signal.SIGKILL)
    process.communicate(timeout=60)


def test_as_written_it_hangs_and_after_the_fix_it_exits(cmlint: Run, tmp_path: Path) -> None:
    file = tmp_path / "reproduction.py"
    file.write_text(SCRIPT)

    process, child = _start(file)
    try:
        time.sleep(10)
        assert process.poll() is None, "as written, the interpreter waits for its child for ever"
    finally:
        _end(process, child)

    assert cmlint("--fix", "reproduction.py").returncode == 0

    process, child = _start(file)
    try:
        _, err = process.communicate(timeout=5)
        assert process.returncode not in (0, None)
        assert b"the database went away" in err
        assert not _is_running(child)
    finally:
        _end(process, child)
