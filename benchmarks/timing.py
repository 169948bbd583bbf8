"""Runs commands in turn and takes the medians of their time and memory, all of their processes included.

Wall time is the parent's clock; CPU time is what the kernel charges to the process and to the children it waited for.
Memory is looked at in runs of their own, because looking costs time: the largest sum, over all processes of the
command's session, of the memory that each has (shared pages divided by those who share them). Where there is no /proc
it is the largest resident set of one process.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

_LOOK_EVERY = 0.01  # seconds


@dataclass(frozen=True)
class Command:
    """A command to measure; `before` is done before each run and not measured (a cache is removed, or warmed)."""

    name: str
    arguments: tuple[str, ...]
    before: Callable[[], None] | None = None
    cwd: Path | None = None


@dataclass(frozen=True)
class Figures:
    """The medians of the runs of one command: seconds, seconds, megabytes; `runs` is how many there were."""

    name: str
    wall: float
    cpu: float
    memory: float
    runs: int
    exit_code: int


@dataclass
class _Runs:
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    exit_code: int = 0


def side_by_side(commands: Sequence[Command], times: int) -> list[Figures]:
    """The figures of `commands`, which take turns: one run of each, `times` times over, after one that warms up."""
    runs = {command.name: _Runs() for command in commands}
    for turn in range(times + 1):
        for command in commands if turn % 2 else reversed(commands):
            wall, cpu, exit_code = _timed(command)
            if turn:  # the first turn fills the operating system's cache of files
                runs[command.name].wall.append(wall)
                runs[command.name].cpu.append(cpu)
            runs[command.name].exit_code = exit_code
    for command in commands:
        runs[command.name].memory.extend(_memory(command) for _ in range(min(times, 3)))
    return [
        Figures(name, median(taken.wall), median(taken.cpu), median(taken.memory), len(taken.wall), taken.exit_code)
        for name, taken in runs.items()
    ]


def _started(command: Command) -> subprocess.Popen[bytes]:
    if command.before is not None:
        command.before()
    nowhere = subprocess.DEVNULL
    # As at a user's, compiled modules are kept from the first run on.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.Popen(
        command.arguments,
        stdin=nowhere,
        stdout=nowhere,
        stderr=nowhere,
        start_new_session=True,
        cwd=command.cwd,
        env=environment,
    )


def _timed(command: Command) -> tuple[float, float, int]:
    process = _started(command)
    began = time.perf_counter()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    return wall, used.ru_utime + used.ru_stime, process.returncode


def _memory(command: Command) -> float:
    process = _started(command)
    most = 0.0
    while True:
        pid, status, used = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            break
        most = max(most, _session(process.pid))
        time.sleep(_LOOK_EVERY)
    # A process that is gone before it is looked at, or a system without /proc: what the kernel says of the largest.
    return max(most, 0.0) or used.ru_maxrss / 1000


def _session(session: int) -> float:
    """The megabytes that the processes of a session hold now."""
    total = 0
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        if name.isdecimal():
            try:
                fields = Path("/proc", name, "stat").read_bytes().rpartition(b")")[2].split()
                if int(fields[3]) == session:
                    rollup = Path("/proc", name, "smaps_rollup").read_bytes()
                    total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith(b"Pss:"))
            except (OSError, StopIteration):
                continue  # it ended meanwhile
    return total * 1024 / 1e6
