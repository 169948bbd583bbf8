"""The experiment: a healthy scheduler loses its database; does its process exit, and what is left?

The scheduler's loop always dies of it. Thirty seconds later a process that exits has exited (it takes a few), and one
that hangs waits for its children for ever: it was watched for seven minutes when the bug was measured.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from cmlint.prove.home import Home
from cmlint.prove.processes import wait_until
from cmlint.prove.scheduler import Scheduler

LOOP_PATIENCE = 120  # seconds until the loop must have noticed that the database is gone
EXIT_PATIENCE = 30  # seconds after which a process that is still there hangs
_LOOP_DIED = re.compile(r"Exited execute loop|Exception when (?:executing|running) [Ss]cheduler")
_WAITING = re.compile(r"in _exit_function\b")


@dataclass(frozen=True)
class Outcome:
    """What one outage did. Times are seconds since the database failed."""

    airflow: str
    code: str
    failed: str
    loop_died: float | None
    exited: float | None
    status: int | None
    left: tuple[str, ...]
    ports: tuple[int, ...]
    stack: str

    @property
    def restarts(self) -> bool:
        """Whether a supervisor's defaults bring the scheduler back: it exited, with a failure, and left nothing."""
        return self.exited is not None and self.status != 0 and not self.left and not self.ports

    @property
    def verdict(self) -> str:
        """What happened, in a few words."""
        if self.loop_died is None and self.exited is None:
            return "goes on: its loop did not die"
        if self.exited is None:
            return "hangs" + (" in multiprocessing's exit join" if self.waits_in_exit_join else "")
        return f"exits with status {self.status}" + (" and leaves something behind" if self.left or self.ports else "")

    @property
    def waits_in_exit_join(self) -> bool:
        """Whether the stack shows the interpreter's exit waiting for its child processes."""
        return bool(_WAITING.search(self.stack))


def run_outage(home: Home, code: str, *options: str) -> Outcome:
    """Start a scheduler in `home`, take its database away, and watch. `code` says what was run, for the record.

    The database is left failed. Raises ProofError when the scheduler does not get healthy.
    """
    with Scheduler(home, *options) as scheduler:
        before = len(home.logged())
        failed_at = time.monotonic()
        home.database.fail()
        died = wait_until(
            lambda: scheduler.status is not None or bool(_LOOP_DIED.search(home.logged(), before)), LOOP_PATIENCE
        )
        loop_died = time.monotonic() - failed_at if died else None
        exited = time.monotonic() - failed_at if scheduler.exits_within(EXIT_PATIENCE) else None
        if exited is not None:
            wait_until(lambda: not scheduler.leftovers() and not home.held_ports(), 3)  # a dying child needs a moment
        return Outcome(
            airflow=home.airflow,
            code=code,
            failed=f"{home.database.kind}: {home.database.failing}",
            loop_died=loop_died,
            exited=exited,
            status=scheduler.status,
            left=scheduler.leftovers(),
            ports=home.held_ports(),
            stack=home.stack(scheduler.pid) if exited is None else "",
        )
