"""What a process left behind: the members of its session, and the ports they hold on 127.0.0.1.

A session (setsid) is what children stay in when their parent dies, so its members are found even when nobody is
left to ask. May miss a child that starts a session of its own; never names a process of another session.
"""

from __future__ import annotations

import os
import random
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

_PORTS = (15_000, 32_000)


def members(session: int) -> list[psutil.Process]:
    """The living processes of `session`, zombies left out, oldest first."""
    found = []
    for pid in psutil.pids():
        try:
            if os.getsid(pid) == session and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.append(psutil.Process(pid))
        except (ProcessLookupError, PermissionError, psutil.Error):
            continue
    return found


def described(process: psutil.Process) -> str:
    """The command line of `process` in at most 60 characters, or `gone`."""
    try:
        return " ".join(process.cmdline()).strip()[:60] or process.name()
    except psutil.Error:
        return "gone"


def end_session(session: int) -> None:
    """Kill every member of `session`, again until none is left."""
    for _ in range(100):
        living = members(session)
        if not living:
            return
        for process in living:
            try:
                process.kill()
            except psutil.Error:
                continue
        psutil.wait_procs(living, timeout=1)


def run_to_end(
    command: list[str], seconds: float, *, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `command` in a session of its own, of which nothing is left, whether it ends or not.

    Raises OSError, and TimeoutExpired after `seconds`.
    """
    process = subprocess.Popen(
        command,
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=seconds)
    finally:
        end_session(process.pid)
        process.wait()
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def free_port() -> int:
    """A TCP port that nobody listens on at the moment.

    It comes from below the range that systems give to outgoing connections, so that none of those takes it while the
    experiment has its server down.
    """
    while True:
        port = random.randrange(*_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def is_held(port: int) -> bool:
    """Whether somebody listens on `port` of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(condition: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Whether `condition` came true within `seconds`, asked every `pause` seconds."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(pause)
    return True
