"""Runs the driver in a process of its own, bounded in time, and takes its answer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from cmlint.process_groups import end_group
from cmlint.replay.order import NotReplayable, Order

_SECONDS = 10.0  # the driver ends its own search sooner; this is for code that does not come back
_MEMORY = 1 << 30  # bytes
_START = """\
import sys
sys.path.insert(0, sys.argv[1])
from driver.{part} import main
main(int(sys.argv[2]), int(sys.argv[3]))
"""


def answer_to(order: dict[str, Any], seconds: float = _SECONDS) -> dict[str, Any]:
    """What the driver says of `order`. Raises NotReplayable when it does not answer."""
    return answered("main", json.dumps(order), seconds)


def rehearsed(test: str, texts: list[str], encoding: str, order: Order, lost: list[int]) -> dict[str, Any]:
    """What a test that is about to be written does on `texts`: the code as it is, then the repaired one.

    Raises NotReplayable when it does not fail on the first or not pass on the second.
    """
    lines = order.text.split("\n")
    what = {"test": test, "texts": texts, "encoding": encoding}
    given = {**what, "lost": lost, "lines": lines, "first": order.first_line}
    answer = answered("rehearsal", json.dumps(given), _SECONDS)
    if answer["reason"] is not None:
        raise NotReplayable(answer["reason"])
    return answer


def answered(part: str, given: str, seconds: float) -> dict[str, Any]:
    """The JSON object that a part of the driver prints, run isolated, in an empty folder, without an environment.

    Raises NotReplayable when there is none.
    """
    try:
        status, out, err = _run(part, given, seconds)
    except OSError as error:
        raise NotReplayable(f"no process could be started for it: {(error.strerror or str(error)).lower()}") from error
    try:
        answer: dict[str, Any] = json.loads(out)
    except ValueError:
        raise NotReplayable(_why(status, err)) from None
    return answer


def _run(part: str, given: str, seconds: float) -> tuple[int, bytes, bytes]:
    """The exit status of the driver, and what it wrote. Raises OSError, and NotReplayable when it does not end."""
    arguments = [str(Path(__file__).parent), str(int(seconds)), str(_MEMORY)]
    command = [sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", _START.format(part=part), *arguments]
    environment = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    with tempfile.TemporaryDirectory(prefix="cmlint-replay-") as folder:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            out, err = process.communicate(given.encode(), timeout=seconds)
        except subprocess.TimeoutExpired:
            raise NotReplayable(f"it does not come to an end: stopped after {seconds:.0f} s") from None
        finally:
            end_group(process)
    return process.returncode, out, err


def _why(status: int | None, err: bytes) -> str:
    last = err.decode("utf-8", "replace").strip().splitlines()[-1:]
    if status == -signal.SIGXCPU if hasattr(signal, "SIGXCPU") else False:
        return "it does not come to an end: its processor time was used up"
    if status and status < 0:
        return f"the process that ran it was ended by signal {-status}"
    return f"the process that ran it ended without an answer (status {status}{': ' + last[0] if last else ''})"
